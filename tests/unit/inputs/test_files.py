"""Each kind of thing that is no plain file gets one clear refusal."""

import errno
import hashlib
import os
import socket
from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.inputs import files
from mingjian.model.texts import say


def _refusal(path: Path, kind: files.ArtifactKind = "policy") -> str:
    with pytest.raises(InputError) as caught:
        files.artifact(path, kind)
    error = caught.value
    for lang in ("zh", "en"):
        assert str(path) in say(error.key, lang, **error.values)
    return error.key


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "policy.html"
    content = b"<html>" + bytes(range(256)) * 9000
    path.write_bytes(content)
    artifact = files.artifact(path, "policy")
    assert artifact.sha256 == hashlib.sha256(content).hexdigest()
    assert (artifact.name, artifact.kind, artifact.size) == ("policy.html", "policy", len(content))
    assert files.read(path, "policy") == (artifact, content)


def test_a_missing_file(tmp_path: Path) -> None:
    assert _refusal(tmp_path / "none") == "input.missing"


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert _refusal(tmp_path / "file" / "below") == "input.missing"


def test_a_folder(tmp_path: Path) -> None:
    assert _refusal(tmp_path) == "input.is_folder"


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert _refusal(path) == "input.empty"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert _refusal(path) == "input.is_pipe"


def test_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By a short name: the path of a socket may have about a hundred bytes.
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert _refusal(Path("socket")) == "input.is_socket"


def test_a_device() -> None:
    assert _refusal(Path("/dev/zero")) == "input.is_device"


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_text("x")

    # The superuser may read everything, so that taking the permission away would prove nothing.
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert _refusal(path) == "input.denied"


def test_a_link_that_leads_in_a_circle(tmp_path: Path) -> None:
    path = tmp_path / "loop"
    path.symlink_to(path)
    assert _refusal(path) == "input.cannot_read"


def test_a_file_over_the_limit_of_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "review.yml"
    with path.open("wb") as file:
        file.truncate(files.MOST_BYTES["review"] + 1)
    assert _refusal(path, "review") == "input.too_large"
    assert files.artifact(path, "policy").size == files.MOST_BYTES["review"] + 1


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (b"PK\x03\x04rest", "zip"),
        (b"dex\n035\0", "dex"),
        (b"%PDF-1.7", "pdf"),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><p>", "html"),
        (b"<?xml version='1.0'?>", "xml"),
        (b'{"log": {}}', "json"),
        ("隐私政策".encode(), "text"),
        (b"\x01\x02\0", "binary"),
    ],
)
def test_content_and_not_the_name_says_what_a_file_looks_like(content: bytes, looks: str, tmp_path: Path) -> None:
    path = tmp_path / "app.apk"
    path.write_bytes(content)
    assert files.looks_like(path) == looks
