"""A package on disk in each form it comes in."""

import io
import os
import zipfile
from pathlib import Path

import pytest

import fixtures.builder
from mingjian.errors import InputError
from mingjian.inputs import open_package
from mingjian.inputs.package import MOST_SPLITS, members
from mingjian.model.texts import say
from mingjian.native import Limits, PackageReader, Questions

pytest.importorskip("mingjian._core", reason="the core is not built")

APPS = Path(__file__).parents[3] / "fixtures" / "apps"
ASK = Questions(find=b'{"classes": [{"id": "app", "prefix": "L"}]}')


def _build(app: str, path: Path, bundle: str | None = None) -> Path:
    return fixtures.builder.build(APPS / app, path, bundle=bundle).path


def _key(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        open_package([path], ASK)
    assert str(path) in say(caught.value.key, "zh", **caught.value.values)
    return caught.value.key


def _facts(reader: PackageReader) -> tuple[str, set[str], set[str], int]:
    manifest = reader.manifest
    permissions = {permission["name"] for permission in manifest["permissions"]}
    components = {component["name"] for component in manifest["components"]}
    return manifest["package"], permissions, components, sum(dex["classes"] for dex in reader.found["dex"])


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> PackageReader:
    path = _build("kuaichi", tmp_path_factory.mktemp("alone") / "kuaichi.apk")
    return open_package([path], ASK)[1]


@pytest.mark.parametrize("bundle", ["splits", "xapk", "apks", "apkm", "aab"])
def test_every_form_of_a_package_tells_the_same(bundle: str, alone: PackageReader, tmp_path: Path) -> None:
    path = _build("kuaichi", tmp_path / f"kuaichi.{bundle}", bundle)
    artifact, reader = open_package([path], ASK)
    assert reader.identity["format"] == bundle
    assert _facts(reader) == _facts(alone)
    assert artifact.name == f"kuaichi.{bundle}"
    assert artifact.sha256 == reader.identity["sha256"]


def test_the_files_of_a_set_may_be_named_one_by_one_in_any_order(tmp_path: Path) -> None:
    folder = _build("kuaichi", tmp_path / "set", "splits")
    files = sorted(folder.iterdir())
    assert len(files) > 1
    forward, backward = open_package(files, ASK), open_package(files[::-1], ASK)
    assert forward[0] == backward[0]
    assert forward[1].manifest == backward[1].manifest
    assert forward[0].name == "set"


def test_a_folder_counts_only_the_apk_files_directly_in_it(tmp_path: Path) -> None:
    for name in ("b.apk", "a.APK", "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "c.apk").mkdir()
    assert members([tmp_path]) == (tmp_path / "a.APK", tmp_path / "b.apk")


def test_a_folder_without_apk_files(tmp_path: Path) -> None:
    assert _key(tmp_path) == "input.no_package_in_folder"


def test_a_folder_with_too_many_apk_files(tmp_path: Path) -> None:
    for number in range(MOST_SPLITS + 1):
        (tmp_path / f"{number}.apk").touch()
    assert _key(tmp_path) == "input.too_many_files"


def test_an_empty_split_is_named(tmp_path: Path) -> None:
    folder = _build("kuaichi", tmp_path / "set", "splits")
    empty = folder / "zz.apk"
    empty.touch()
    with pytest.raises(InputError) as caught:
        open_package([folder], ASK)
    assert (caught.value.key, caught.value.values["path"]) == ("input.empty", empty)


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.apk")
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError) as caught:
        open_package([path], ASK)
    assert caught.value.key == "input.bad_name"
    say(caught.value.key, "zh", **caught.value.values).encode()


def test_a_web_page_under_the_name_of_a_package(tmp_path: Path) -> None:
    path = tmp_path / "app.apk"
    path.write_text("<html>404</html>")
    with pytest.raises(InputError) as caught:
        open_package([path], ASK)
    assert caught.value.key == "input.not_a_package"
    assert "html" in say(caught.value.key, "en", **caught.value.values)


def _zip(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _with(app: Path, extra: dict[str, bytes], target: Path) -> PackageReader:
    target.write_bytes(app.read_bytes())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in extra.items():
            archive.writestr(name, content)
    return open_package([target], ASK)[1]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build("old-target", tmp_path_factory.mktemp("plain") / "plain.apk")


@pytest.fixture(scope="module")
def code(plain: Path) -> bytes:
    with zipfile.ZipFile(plain) as archive:
        return archive.read("classes.dex")


def _statuses(reader: PackageReader) -> dict[str, tuple[str, str]]:
    return {payload["path"]: (payload["kind"], payload["status"]) for payload in reader.found["payloads"]}


def test_code_is_found_wherever_it_hides(plain: Path, code: bytes, tmp_path: Path) -> None:
    extra = {
        "assets/plain.bin": code + b"1",
        "assets/ad.jar": _zip({"classes.dex": code + b"2", "META-INF/MANIFEST.MF": b""}),
        "META-INF/inner.zip": _zip({"deep.zip": _zip({"classes.dex": code + b"3"})}),
        "res/raw/notes.txt": b"nothing here",
    }
    reader = _with(plain, extra, tmp_path / "hiding.apk")
    assert _statuses(reader) == {
        "assets/plain.bin": ("dex", "read"),
        "assets/ad.jar": ("jar", "read"),
        "META-INF/inner.zip": ("zip", "read"),
        "META-INF/inner.zip!deep.zip": ("zip", "read"),
    }
    expected = {"classes.dex", "assets/plain.bin", "assets/ad.jar!classes.dex", "META-INF/inner.zip!deep.zip!classes.dex"}
    assert {dex["path"] for dex in reader.found["dex"]} == expected
    assert reader.found["complete"]


def test_the_same_code_is_read_once(plain: Path, code: bytes, tmp_path: Path) -> None:
    reader = _with(plain, {"classes7.dex": code, "assets/ad.jar": _zip({"classes.dex": code})}, tmp_path / "twice.apk")
    assert {dex["path"] for dex in reader.found["dex"]} == {"classes.dex"}
    reasons = {payload["path"]: payload["reason"] for payload in reader.found["payloads"]}
    assert reasons == {"classes7.dex": "the same file as classes.dex", "assets/ad.jar": None}
    assert reader.found["complete"]


def test_archives_deeper_than_the_limit_are_coverage_lost(plain: Path, code: bytes, tmp_path: Path) -> None:
    nested = _zip({"classes.dex": code})
    for _ in range(3):
        nested = _zip({"x.zip": nested})
    reader = _with(plain, {"assets/a.zip": nested}, tmp_path / "deep.apk")
    assert _statuses(reader)["assets/a.zip!x.zip!x.zip"] == ("zip", "over_budget")
    assert not reader.found["complete"]


def test_more_payloads_than_the_limit_are_coverage_lost(plain: Path, code: bytes, tmp_path: Path) -> None:
    path = tmp_path / "many.apk"
    _with(plain, {f"assets/{number}.dex": code for number in range(3)}, path)
    reader = open_package([path], ASK, Limits(package={"payloads": 2}))[1]
    assert sorted(status for _, status in _statuses(reader).values()) == ["over_budget", "read", "read"]
    assert not reader.found["complete"]


def test_what_looks_encrypted_is_coverage_lost(plain: Path, tmp_path: Path) -> None:
    noise = b"".join((number * number).to_bytes(8, "big") for number in range(3, 40_000, 7))
    scrambled = bytes((byte ^ (index * 2654435761 >> 13)) & 255 for index, byte in enumerate(noise))
    reader = _with(plain, {"assets/classes.dat": scrambled}, tmp_path / "encrypted.apk")
    assert _statuses(reader) == {"assets/classes.dat": ("unknown", "encrypted")}
    assert not reader.found["complete"]


def test_a_payload_that_is_cut_off_is_coverage_lost(plain: Path, code: bytes, tmp_path: Path) -> None:
    cut = _zip({"classes.dex": code})[:-30]
    reader = _with(plain, {"assets/ad.jar": cut}, tmp_path / "cut.apk")
    assert _statuses(reader) == {"assets/ad.jar": ("zip", "unreadable")}
    assert not reader.found["complete"]
