"""The key log of a capture is found beside it by name and by content, and nothing else is taken for one."""

from pathlib import Path

import pytest

from mingjian.inputs.recording.key_log import key_log

LINE = b"CLIENT_TRAFFIC_SECRET_0 " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n"
OLD = b"CLIENT_RANDOM " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n"


@pytest.mark.parametrize("name", ["run.keys", "run.log", "run.keylog", "run.txt", "sslkeys.txt", "sslkeylogfile.txt"])
@pytest.mark.parametrize("content", [LINE, OLD, b"# made by a client\n" + LINE, OLD.replace(b"\n", b"\r\n")])
def test_names_and_lines(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert key_log(tmp_path / "run.pcap", b"") == content


@pytest.mark.parametrize("content", [b"", b"I/ActivityManager: start\n", b"CLIENT_RANDOM none\n", b"\x00" * 5000])
def test_other_files_of_those_names(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "run.log").write_bytes(content)
    (tmp_path / "other.keys").write_bytes(LINE)
    (tmp_path / "run.keys").mkdir()
    assert key_log(tmp_path / "run.pcap", b"") == b""


def test_what_stands_in_the_capture_is_joined_with_what_lies_beside(tmp_path: Path) -> None:
    (tmp_path / "run.keys").write_bytes(OLD)
    found = key_log(tmp_path / "run.pcap", LINE)
    assert LINE in found
    assert OLD in found
