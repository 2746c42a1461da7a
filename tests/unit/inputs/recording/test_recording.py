"""Whatever somebody gives is recognised by what it holds, a folder by the files in it, and nothing is taken twice."""

import hashlib
from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.inputs.recording import IMPORTERS, open_recording, recording
from tests.unit.inputs.recording.run_file_samples import encoded, written

DUMP = b"""<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><hierarchy rotation="0"><node index="0" text="" class="a.B"
 package="com.x" content-desc="" bounds="[0,0][10,10]" /></hierarchy>"""


def test_formats_have_names_of_their_own() -> None:
    assert len({importer.name for importer in IMPORTERS}) == len(IMPORTERS)


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    artifacts, found = open_recording([written(tmp_path, encoded(), "whatever.bin"), written(tmp_path, [DUMP], "window_dump.xml")])
    assert [(file.format, file.artifact.kind, file.artifact.name) for file in found.files] == [
        ("run", "run", "whatever.bin"),
        ("uiautomator", "run", "window_dump.xml"),
    ]
    assert artifacts == tuple(file.artifact for file in found.files)
    assert artifacts[1].sha256 == hashlib.sha256(DUMP).hexdigest()


def test_the_part_of_another_tools_file_says_which_file_it_was(tmp_path: Path) -> None:
    _, found = open_recording([written(tmp_path, [DUMP], "window_dump.xml")])
    (part,) = found.files[0].track.session.parts
    assert (part.name, part.sha256) == ("window_dump.xml", found.files[0].artifact.sha256)


def test_the_same_file_is_taken_once(tmp_path: Path) -> None:
    _, found = open_recording([written(tmp_path, encoded(), "one"), written(tmp_path, encoded(), "two")])
    assert [file.artifact.name for file in found.files] == ["one"]


@pytest.mark.parametrize("content", [b"hello", b"{}", b"[]", b"\x00" * 64, b"\x1f\x8b\x08\x00", b"[" * 100_000, b"<html></html>"])
def test_what_is_no_recording_is_told_with_the_formats_that_are(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        open_recording([written(tmp_path, [content])])
    assert refused.value.key == "input.run_unknown_format"
    assert "har" in str(refused.value.values["formats"])
    assert "frida-trace" not in str(refused.value.values["formats"]), "known only to be refused"
    assert "run" in str(refused.value.values["formats"])


def folder(tmp_path: Path) -> Path:
    screens = tmp_path / "dossier" / "screens"
    screens.mkdir(parents=True)
    for number in (1, 2):
        (screens / f"{number}.xml").write_bytes(DUMP)
        (screens / f"{number}.png").write_bytes(b"no picture")
    written(tmp_path / "dossier", encoded())
    (tmp_path / "dossier" / "notes.txt").write_bytes(b"seen on Monday")
    (tmp_path / "dossier" / ".hidden").write_bytes(b"".join(encoded([])))
    return tmp_path / "dossier"


def test_a_folder_stands_for_what_is_recognised_in_it(tmp_path: Path) -> None:
    artifacts, found = open_recording([folder(tmp_path)])
    assert [file.format for file in found.files] == ["run", "uiautomator"]
    assert [artifact.name for artifact in artifacts] == ["run.jsonl", "screens"]
    assert sum(1 for _ in found.files[1].track.events()) >= 2


def test_the_digest_of_screens_is_that_of_their_list(tmp_path: Path) -> None:
    artifacts, _ = open_recording([folder(tmp_path) / "screens"])
    names = {"1.png": b"no picture", "1.xml": DUMP, "2.png": b"no picture", "2.xml": DUMP}
    listed = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in names.items())
    assert artifacts[0].sha256 == hashlib.sha256(listed.encode()).hexdigest()
    (tmp_path / "dossier" / "screens" / "2.xml").write_bytes(DUMP + b" ")
    assert open_recording([tmp_path / "dossier" / "screens"])[0][0].sha256 != artifacts[0].sha256


def test_a_folder_without_recordings_and_too_many_of_them_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"input\.run_empty_folder"):
        open_recording([tmp_path / "empty"])
    monkeypatch.setattr(recording, "MOST_FILES", 1)
    with pytest.raises(InputError, match=r"input\.run_too_many_files"):
        open_recording([folder(tmp_path)])


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"input\.missing"):
        open_recording([tmp_path / "none"])
