"""Code that was read before is not read again, and nobody can tell from the answers."""

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.builder import build
from mingjian.extract import questions
from mingjian.native import Limits, PackageReader, Questions, read_package
from mingjian.native.kept import KnownCode, take_in

pytest.importorskip("mingjian._core", reason="the core is not built")

APPS = Path(__file__).parents[3] / "fixtures" / "apps"
Make = Callable[[Path, Path], Path]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app of two DEX files, with a DEX in a jar among its assets and native libraries."""
    return build(APPS / "kuaichi", tmp_path_factory.mktemp("app") / "app.apk").path


class Reader:
    """Reads packages with answers kept in `folder`, which are taken in after each, as of two packages."""

    def __init__(self, folder: Path) -> None:
        self.known = KnownCode(folder / "kept", folder / "left")
        self.known.kept.mkdir()

    def read(self, package: Path, ask: Questions | None = None, limits: Limits | None = None) -> tuple[dict[str, Any], bool]:
        """All answers, and whether the code was known."""
        limits = replace(limits or Limits(), known=self.known)
        answers = asdict(read_package(_files(package), ask or questions(), limits))
        assert answers["core"]["confinement"]["level"] == asdict(plain(package))["core"]["confinement"]["level"]
        again = shutil.copytree(self.known.left, self.known.left.with_name("again"))
        taken = take_in(self.known.left, self.known.kept, "one")
        # Two packages must agree; here the second has the same code.
        take_in(again, self.known.kept, "other")
        for folder in (self.known.left, again):
            shutil.rmtree(folder)
        return answers, taken == "known"

    def files(self) -> list[Path]:
        return [path for path in self.known.kept.glob("[0-9a-f][0-9a-f]/*") if path.is_file()]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def plain(package: Path) -> PackageReader:
    return read_package(_files(package), questions())


def _files(package: Path) -> tuple[Path, ...]:
    return tuple(sorted(package.iterdir())) if package.is_dir() else (package,)


def changed(package: Path, out: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The package with other entries, unsigned as stamping leaves it."""
    with zipfile.ZipFile(package) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out


def resigned(app: Path, out: Path) -> Path:
    del app
    return build(APPS / "kuaichi", out, key="ec", schemes=("v2",)).path


def stamped(app: Path, out: Path) -> Path:
    return changed(app, out, lambda entries: entries.update({"META-INF/channel_huawei": b"", "assets/channel.txt": b"huawei"}))


def commented(app: Path, out: Path) -> Path:
    content = app.read_bytes()
    out.write_bytes(content[:-2] + (6).to_bytes(2, "little") + b"huawei")
    return out


def test_known_code_is_read_when_flows_are_asked_since_they_rest_on_what_was_found(app: Path, reader: Reader) -> None:
    deep = questions(flows=True)
    assert reader.read(app)[1] is False
    answers, known = reader.read(app, deep)
    assert known is False
    assert answers == asdict(read_package(_files(app), deep))
    assert answers["flows"]["ways"]
    # What was read then is known to who asks for less.
    assert reader.read(app)[1] is True


@pytest.mark.parametrize("make", [resigned, stamped, commented])
def test_channel_packages_and_copies_signed_anew_have_known_code(app: Path, reader: Reader, tmp_path: Path, make: Make) -> None:
    assert reader.read(app)[1] is False
    other = make(app, tmp_path / "other.apk")
    answers, known = reader.read(other)
    assert known is True
    assert answers == asdict(plain(other))
    assert answers["identity"]["sha256"] != asdict(plain(app))["identity"]["sha256"]


@pytest.mark.parametrize("name", ["hidden-payload", "packed", "flutter", "old-target"])
def test_answers_are_equal_for_every_kind_of_app(reader: Reader, tmp_path: Path, name: str) -> None:
    package = build(APPS / name, tmp_path / "app.apk").path
    _equal_cold_and_warm(reader, package)


@pytest.mark.parametrize("bundle", ["splits", "xapk", "aab"])
def test_answers_are_equal_for_bundles_beside_the_plain_package(app: Path, reader: Reader, tmp_path: Path, bundle: str) -> None:
    """The same DEX files under other paths: whatever names a path must name this package's."""
    reader.read(app)
    _equal_cold_and_warm(reader, build(APPS / "kuaichi", tmp_path / f"app.{bundle}", bundle=bundle).path)


def _equal_cold_and_warm(reader: Reader, package: Path) -> None:
    expected = asdict(plain(package))
    assert expected["found"]["finds"] or expected["found"]["payloads"] or expected["packages"]["packages"]
    assert reader.read(package)[0] == expected
    answers, known = reader.read(package)
    assert known is True
    assert answers == expected


def _swap(entries: dict[str, bytes]) -> None:
    entries["classes.dex"], entries["classes2.dex"] = entries["classes2.dex"], entries["classes.dex"]


def _lose_dex(entries: dict[str, bytes]) -> None:
    del entries["classes2.dex"]


def _lose_payload(entries: dict[str, bytes]) -> None:
    del entries["assets/ad/adcube.jar"]


def _move_payload(entries: dict[str, bytes]) -> None:
    entries["assets/moved.jar"] = entries.pop("assets/ad/adcube.jar")


def _damage(entries: dict[str, bytes]) -> None:
    entries["classes.dex"] = entries["classes.dex"][:-1] + b"\xff"


@pytest.mark.parametrize("change", [_swap, _lose_dex, _lose_payload, _move_payload, _damage])
def test_other_code_is_not_known(app: Path, reader: Reader, tmp_path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    reader.read(app)
    other = changed(app, tmp_path / "other.apk", change)
    answers, known = reader.read(other)
    assert known is False
    assert answers == asdict(plain(other))


def test_other_questions_ways_in_and_limits_are_other_answers(app: Path, reader: Reader) -> None:
    reader.read(app)
    ask = questions()
    find = json.dumps({**json.loads(ask.find), "strings": []}).encode()
    for other in (replace(ask, find=find), replace(ask, entry_points={"launcher": ("onCreate",)})):
        answers, known = reader.read(app, other)
        assert known is False
        assert answers == asdict(read_package((app,), other))
    answers, known = reader.read(app, limits=Limits(package={"finds": 1}))
    assert known is False
    assert answers["found"]["finds_cut"]
    # What asks nothing of the code asks nothing new.
    assert reader.read(app, replace(ask, natives=b"{}"))[1] is True


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:60] + b"x" + content[61:], lambda _: b""])
def test_damaged_answers_are_made_anew(app: Path, reader: Reader, damage: Callable[[bytes], bytes]) -> None:
    expected, _ = reader.read(app)
    (path,) = reader.files()
    content = path.read_bytes()
    path.write_bytes(damage(content))
    assert reader.read(app) == (expected, False)
    assert path.read_bytes() == content
    assert reader.read(app) == (expected, True)


def test_answers_of_another_key_are_no_answers(app: Path, reader: Reader, tmp_path: Path) -> None:
    reader.read(app)
    (other,) = reader.files()
    package = build(APPS / "hidden-payload", tmp_path / "other.apk").path
    expected, _ = reader.read(package)
    (path,) = (each for each in reader.files() if each != other)
    shutil.copyfile(other, path)
    assert reader.read(package) == (expected, False)
