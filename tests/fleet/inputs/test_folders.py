"""A folder as an input: packages by content, sets and dossiers as one, no link followed, always the same order."""

import os
import zipfile
from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.fleet.inputs import listings


def package(path: Path, entry: str = "AndroidManifest.xml") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "x")


def names(folder: Path) -> list[str]:
    return [str(Path(listing.location).relative_to(folder.resolve())) for _, listing in listings(str(folder))]


def test_packages_are_found_by_content_in_order_of_name(tmp_path: Path) -> None:
    package(tmp_path / "b" / "whatever.bin")
    package(tmp_path / "a.apk")
    package(tmp_path / "c" / "bundle", "base/manifest/AndroidManifest.xml")
    package(tmp_path / "c" / "set.zip", "universal.apk")
    package(tmp_path / "policy.docx", "word/document.xml")
    (tmp_path / "notes.txt").write_text("AndroidManifest.xml")
    (tmp_path / "z.apk").write_text("no package, and not kept quiet about")
    package(tmp_path / "line\nbreak\x1b[2J.apk")
    assert names(tmp_path) == ["a.apk", "b/whatever.bin", "c/bundle", "c/set.zip", "line\nbreak\x1b[2J.apk", "z.apk"]
    assert [place for place, _ in listings(str(tmp_path))] == list(range(6))


def test_packages_of_other_systems_are_found_by_name_and_by_content(tmp_path: Path) -> None:
    for name, entry in (("a.ipa", "x"), ("b.hap", "x"), ("c.app", "x"), ("d", "Payload/A.app/Info.plist"), ("e.bin", "pack.info")):
        package(tmp_path / name, entry)
    package(tmp_path / "f.zip", "src/config.json")
    assert names(tmp_path) == ["a.ipa", "b.hap", "c.app", "d", "e.bin"]


def test_sets_and_dossiers_are_one_listing_each(tmp_path: Path) -> None:
    for name in ("base.apk", "split_config.zh.apk", "split_config.arm64_v8a.apk"):
        package(tmp_path / "set" / name)
    for name in ("one.apk", "two.apk"):
        package(tmp_path / "several" / name)
    package(tmp_path / "dossier" / "app.apk")
    (tmp_path / "dossier" / "dossier.yml").write_text("package: app.apk\n")
    assert names(tmp_path) == ["dossier", "set", "several/one.apk", "several/two.apk"]
    assert names(tmp_path / "dossier") == ["."]


def test_one_package_is_an_input(tmp_path: Path) -> None:
    package(tmp_path / "app")
    assert [listing.location for _, listing in listings(str(tmp_path / "app"))] == [str((tmp_path / "app").resolve())]


def test_links_are_not_followed(tmp_path: Path) -> None:
    package(tmp_path / "outside" / "secret.apk")
    package(tmp_path / "given" / "a.apk")
    (tmp_path / "given" / "file.apk").symlink_to(tmp_path / "outside" / "secret.apk")
    (tmp_path / "given" / "folder").symlink_to(tmp_path / "outside")
    (tmp_path / "given" / "loop").symlink_to(tmp_path / "given")
    os.mkfifo(tmp_path / "given" / "pipe.apk")
    assert names(tmp_path / "given") == ["a.apk"]


def test_a_name_that_is_no_text_and_a_folder_without_packages_are_told_of(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"fleet.input.nothing"):
        list(listings(str(tmp_path)))
    package(tmp_path / os.fsdecode(b"\xff.apk"))
    with pytest.raises(InputError, match=r"input.bad_name"):
        list(listings(str(tmp_path)))


@pytest.mark.parametrize("given", ["x" * 5000, "/".join(["x" * 200] * 30), "\n\x1b"])
def test_a_path_that_can_be_none_is_told_of(given: str) -> None:
    with pytest.raises(InputError):
        list(listings(given))
