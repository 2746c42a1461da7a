"""Who reaches a method: what is asked of the core, and what its answers become."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mingjian.errors import InputError, UsageError
from mingjian.extract import why
from mingjian.extract.why import Method, method_named, reasons_for
from mingjian.model.types import Artifact
from mingjian.native import Questions

GET_ID = "Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;"
SPOTS = {"reflection": 2, "native": 0}
Opened = list[Questions]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("La/B;->c(I)V", Method("La/B;", "c", "(I)V")),
        ("La/B;->c", Method("La/B;", "c")),
        ("La/B$C;-><init>(Ljava/lang/String;[[I)V", Method("La/B$C;", "<init>", "(Ljava/lang/String;[[I)V")),
        ("a.b.C.method", Method("La/b/C;", "method")),
        ("a.b.C#method", Method("La/b/C;", "method")),
        ("a.b.C#method()V", Method("La/b/C;", "method", "()V")),
        ("  com.a.包.类#方法 ", Method("Lcom/a/包/类;", "方法")),
        ("a.b.C$D.<clinit>", Method("La/b/C$D;", "<clinit>")),
    ],
)
def test_a_method_is_named_as_people_do(said: str, meant: Method) -> None:
    assert method_named(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "method",
        "a.b.C#",
        "#m",
        "La/B;",
        "La/B;->",
        "La/B->c",
        "La/B;->c(",
        "La/B;->c(I)",
        "a b.C#d",
        "La/B;->c(Q)V",
        "a.B.c" * 1000,
        "[I->c",
    ],
)
def test_what_names_no_method_is_said(said: str) -> None:
    with pytest.raises(UsageError) as told:
        method_named(said)
    assert told.value.key == "error.no_method_name"


def find(q: str, cls: str, method: str = "c", offset: int | None = 0, kind: str = "override", proto: str = "()V") -> dict[str, Any]:
    return {"q": q, "kind": kind, "dex": "classes.dex", "class": cls, "method": method, "proto": proto, "offset": offset, "target": cls}


def way(method: str, unit: int, *before: tuple[str, int], **more: Any) -> dict[str, Any]:
    chain = [{"method": name, "unit": at} for name, at in (*before, (method, unit))]
    row = {"method_id": 1, "method": method, "unit": unit, "phase": "app_start", "component": "Lcom/food/App;", "kind": "application"}
    return {**row, "triggers": [], "certain": True, "chain": chain, "guard": None, **more}


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Opened]:
    """Puts a package in place of any file: its finds, and its ways."""

    def put(
        finds: Sequence[dict[str, Any]], ways: Sequence[dict[str, Any]] = (), later: Sequence[dict[str, Any]] = (), **flows: Any
    ) -> Opened:
        asked: Opened = []

        def opened(given: Sequence[Path], questions: Questions, limits: Any) -> tuple[Artifact, Any]:
            asked.append(questions)
            found = {"finds": list(later if len(asked) > 1 else finds), "complete": True, "finds_cut": False, "shapes": []}
            manifest = {"package": "com.food", "application": {"name": "com.food.App"}, "components": []}
            told = {"ways": list(ways), "further_ways": 3, "spots": SPOTS, "complete": True, **flows}
            return Artifact("ab" * 32, "package", "a.apk", 1), SimpleNamespace(manifest=manifest, found=found, flows=told, entries=[])

        monkeypatch.setattr(why, "open_package", opened)
        return asked

    return put


def test_a_call_of_the_platform_is_told_with_its_ways(package: Callable[..., Opened]) -> None:
    inside = "Lcom/umeng/commonsdk/X;->init()V"
    guard = {"flag": "stored", "key": "agreed", "reads": "La;->b()Z", "method": inside, "unit": 2, "decides": True}
    asked = package(
        [
            find("call", "Lcom/food/Idle;", "never", 4, "call"),
            find("call", "Lcom/umeng/commonsdk/X;", "init", 16, "call"),
            find("instead", "Lcom/food/Own;", "getDeviceId"),
        ],
        [way(inside, 16, ("Lcom/food/App;->onCreate()V", 3), guard=guard, triggers=["BOOT"])],
    )
    found = reasons_for([Path("a.apk")], method_named(GET_ID))
    assert [(site.kind, site.locator, site.owner, len(site.ways)) for site in found.sites] == [
        ("call", "dex:classes.dex!Lcom/umeng/commonsdk/X;->init()V+0x10", "sdk.umeng_analytics", 1),
        ("call", "dex:classes.dex!Lcom/food/Idle;->never()V+0x4", "app", 0),
        ("instead", "dex:classes.dex!Lcom/food/Own;->getDeviceId()V", "app", 0),
    ]
    (told,) = found.sites[0].ways
    assert told.initiators == ("app",)
    assert [frame.owner for frame in told.frames] == ["app", "sdk.umeng_analytics"]
    assert told.guard is not None
    assert (told.guard.key, told.guard.place.unit, told.triggers) == ("agreed", 2, ("BOOT",))
    assert (found.further_ways, found.spots, found.complete) == (3, SPOTS, True)
    question = json.loads(asked[0].flows or b"")
    assert question["ways"] is True
    assert json.loads(asked[0].find)["calls"][0]["class"] == "Landroid/telephony/TelephonyManager;"


def test_an_own_method_is_told_by_overload(package: Callable[..., Opened]) -> None:
    asked = package(
        [find("own", "Lcom/food/B;"), find("own", "Lcom/food/B;", proto="(I)V"), find("own", "Lcom/food/Other;")],
        [way("Lcom/food/B;->c(I)V", 0)],
    )
    found = reasons_for([Path("a.apk")], Method("Lcom/food/B;", "c"))
    assert [(site.place.method, len(site.ways)) for site in found.sites] == [("Lcom/food/B;->c(I)V", 1), ("Lcom/food/B;->c()V", 0)]
    assert json.loads(asked[0].flows or b"")["methods"] == ["Lcom/food/B;->c"]
    package([find("own", "Lcom/food/B;"), find("own", "Lcom/food/B;", proto="(I)V")])
    one = reasons_for([Path("a.apk")], Method("Lcom/food/B;", "c", "()V"))
    assert [site.place.method for site in one.sites] == ["Lcom/food/B;->c()V"]


def test_a_constructor_is_there_when_its_class_is(package: Callable[..., Opened]) -> None:
    package([find("class", "Lcom/food/B;", kind="class", offset=None)], [way("Lcom/food/B;-><init>(I)V", 0)])
    found = reasons_for([Path("a.apk")], Method("Lcom/food/B;", "<init>"))
    assert [(site.place.method, len(site.ways)) for site in found.sites] == [("Lcom/food/B;-><init>", 1)]


def test_a_search_that_was_cut_or_failed_is_not_complete(package: Callable[..., Opened]) -> None:
    package([find("own", "Lcom/food/B;")], complete=False)
    assert not reasons_for([Path("a.apk")], Method("Lcom/food/B;", "c")).complete


def test_a_method_of_another_class_is_suggested(package: Callable[..., Opened]) -> None:
    package([find("own", "Lcom/food/Bag;"), find("own", "Lz/Q;")])
    with pytest.raises(InputError) as told:
        reasons_for([Path("a.apk")], Method("Lcom/food/Bog;", "c"))
    assert (told.value.key, told.value.values["near"]) == ("error.no_such_method_near", "Lcom/food/Bag;->c")


def test_a_slip_in_the_name_is_suggested(package: Callable[..., Opened]) -> None:
    asked = package([], later=[find("own", "Lcom/food/B;", "collect"), find("own", "Lcom/food/Z;", "collect")])
    with pytest.raises(InputError) as told:
        reasons_for([Path("a.apk")], Method("Lcom/food/B;", "colect"))
    assert told.value.values["near"] == "Lcom/food/B;->collect"
    names = {row["name"] for row in json.loads(asked[1].find)["overrides"]}
    assert {"collect", "coletc", "olect", "colecT"} <= names
    assert "colect" not in names


def test_a_class_with_a_near_name_is_suggested(package: Callable[..., Opened]) -> None:
    package([], later=[find("class3", "Lcom/food/Basket;", kind="class", offset=None)])
    with pytest.raises(InputError) as told:
        reasons_for([Path("a.apk")], Method("Lcom/food/Baskte;", "c"))
    assert told.value.values["near"] == "Lcom/food/Basket;"


def test_what_nobody_calls_and_what_is_not_there_are_told_apart(package: Callable[..., Opened]) -> None:
    package([])
    with pytest.raises(InputError) as told:
        reasons_for([Path("a.apk")], method_named(GET_ID))
    assert told.value.key == "error.method_not_called"
    package([])
    with pytest.raises(InputError) as told:
        reasons_for([Path("a.apk")], Method("Lcom/food/B;", "c"))
    assert told.value.key == "error.no_such_method"
