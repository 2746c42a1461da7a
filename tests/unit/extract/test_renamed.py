"""SDKs under other names: recognised by shares of known digests and other clues, by hand-made answers. Odd digests are methods'."""

from collections.abc import Iterator
from typing import Any

import pytest
from package_samples import PACKAGE, component, reader

from mingjian.extract import shapes
from mingjian.extract.context import Context
from mingjian.extract.package import PackageFacts
from mingjian.extract.renamed import recognised
from mingjian.extract.sdk import extract

JPUSH = [(number, "jpush") for number in range(100)]
BUGLY = [(number, "bugly") for number in range(100, 200)]


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shapes, "known", lambda: (*JPUSH, *BUGLY))
    yield


def package(name: str, hits: list[int], digests: int) -> Any:
    known = [{"name": f"L{name.replace('.', '/')}/c;", "digests": digests, "hits": hits}] if hits else []
    return {"name": name, "classes": 3, "digests": digests, "known": known}


def judged(*rows: Any, clues: dict[str, dict[str, str]] | None = None) -> dict[str, tuple[str, bool]]:
    return {name: (each.sdk, each.certain) for name, each in recognised(rows, clues or {}, frozenset({"taken"})).items()}


def test_a_package_most_of_which_is_known_belongs_to_the_sdk() -> None:
    assert judged(package("a.b", list(range(20)), 50)) == {"a.b": ("jpush", True)}


@pytest.mark.parametrize(
    ("hits", "digests"),
    [
        (list(range(19)), 40),
        (list(range(20)), 51),
        # Texts alone: whoever speaks to the same service has them too.
        ([*range(0, 40, 2)], 40),
        ([*range(20), *range(100, 105)], 50),
    ],
    ids=["too few", "too small a share", "too few methods", "another's too"],
)
def test_a_near_miss_is_doubtful_or_nothing(hits: list[int], digests: int) -> None:
    assert ("jpush", True) not in judged(package("a.b", hits, digests)).values()


def test_a_fair_share_is_doubtful_alone_and_sure_with_another_clue() -> None:
    row = package("a.b", list(range(8)), 40)
    assert judged(row) == {"a.b": ("jpush", False)}
    assert judged(row, clues={"jpush": {"library": "libjcore412.so"}}) == {"a.b": ("jpush", True)}
    # What is there of another SDK says nothing about this one.
    assert judged(row, clues={"bugly": {"library": "libBugly.so"}}) == {"a.b": ("jpush", False)}


def test_other_clues_make_no_code_anybodys() -> None:
    few = package("a.b", list(range(7)), 7)
    assert judged(few, clues={"jpush": {"library": "libjcore412.so", "kept": "Lcn/jpush/android/Id;", "component": "x"}}) == {}


def test_what_is_there_twice_or_taken_or_has_no_name_is_not_given_away() -> None:
    all_ = list(range(30))
    assert judged(package("a", all_, 30), package("a", all_, 30)) == {}
    assert judged(package("taken", all_, 30), package("", all_, 30)) == {}


def test_a_package_below_a_recognised_one_is_not_recognised_by_that() -> None:
    facts = PackageFacts(reader(found={"shapes": [package("a.b", list(range(30)), 40)]}))
    assert facts.owners.of("La/b/c;") == "sdk.jpush"
    assert [facts.owners.of(name) for name in ("La/b/d/c;", "La/c;", "La/bb/c;")] == ["unknown"] * 3


def test_the_packages_of_the_apps_entry_classes_stay_the_apps() -> None:
    facts = PackageFacts(reader(found={"shapes": [package(f"{PACKAGE}.ui", list(range(30)), 40)]}))
    assert facts.owners.of(f"L{PACKAGE.replace('.', '/')}/ui/MainActivity;") == "app"
    moved = PackageFacts(reader(found={"shapes": [package(f"{PACKAGE}.a", list(range(30)), 40)]}))
    assert moved.owners.of(f"L{PACKAGE.replace('.', '/')}/a/c;") == "sdk.jpush"


def test_a_doubtful_sdk_is_told_and_owns_nothing() -> None:
    answers = reader(found={"shapes": [package("a.b", list(range(8)), 40)]})
    (told,), _ = extract(answers, Context("0" * 64))
    assert (told.mode, told.action, told.actor, told.certain) == ("possible", "embed", "sdk.jpush", False)
    assert told.evidence[0].excerpt == "a.b ≈ sdk.jpush 8/40"
    assert PackageFacts(answers).owners.of("La/b/c;") == "unknown"


def test_a_library_beside_renamed_code_is_told_as_its_clue() -> None:
    answers = reader(entries=["lib/arm64-v8a/libjcore412.so"], found={"shapes": [package("a.b", list(range(8)), 40)]})
    told, _ = extract(answers, Context("0" * 64))
    assert [(each.actor, each.certain) for each in told] == [("sdk.jpush", True)]
    assert "a.b ≈ sdk.jpush 8/40 + libjcore412.so" in [evidence.excerpt for evidence in told[0].evidence]


def test_a_component_under_the_sdks_own_name_is_a_clue() -> None:
    kept = component("service", "cn.jpush.android.service.PushService")
    launcher = component("activity", f"{PACKAGE}.ui.MainActivity", launcher=True)
    answers = reader(manifest={"components": [launcher, kept]}, found={"shapes": [package("a.b", list(range(8)), 40)]})
    assert PackageFacts(answers).owners.of("La/b/c;") == "sdk.jpush"


def test_every_row_of_the_catalogue_can_be_read() -> None:
    assert set(shapes.weights().clues) == {*shapes.measures(), "library", "kept", "component"}
    assert shapes.unpacked("AQAAAAAA////////") == (1, 0xFFFFFFFFFFFF)
