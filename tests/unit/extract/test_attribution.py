"""Whose act it is, by hand-made ways: `Lcom/example/food/…` is the app, `Lcn/jpush/…` an SDK, `Lokhttp3/…` support code."""

from dataclasses import replace
from typing import Any

from package_samples import call, reader

from mingjian.extract.attribution import owner_of_act
from mingjian.extract.code import extract
from mingjian.extract.context import Context
from mingjian.extract.owner import Owners
from mingjian.native.flow_answers import Link, Way

OWNERS = Owners("com.example.food", ())
WRAPPER = "Lokhttp3/internal/Util;"


def way(component: str, *methods: str, certain: bool = True) -> Way:
    chain: list[Link] = [{"method": f"{name}->run()V", "unit": 0} for name in methods]
    return made_way(component, chain, certain=certain)


def made_way(component: str, chain: list[Link], *, certain: bool = True) -> Way:
    return {
        "method_id": None, "method": "", "unit": 0, "phase": "ui", "component": component, "kind": "activity",
        "triggers": [], "certain": certain, "chain": chain, "guard": None,
    }  # fmt: skip


def test_a_callback_of_the_app_that_an_sdk_calls_is_the_apps() -> None:
    called = way("Lcn/jpush/android/service/PushService;", "Lcn/jpush/android/service/PushService;", "Lcom/example/food/OnPush;")
    assert owner_of_act("Lcom/example/food/OnPush;", (called,), OWNERS) == "app"


def test_support_code_is_charged_to_the_nearest_caller_that_acts_of_itself() -> None:
    app, sdk = "Lcom/example/food/App;", "Lcn/jpush/android/Id;"
    assert owner_of_act(WRAPPER, (way(app, app, sdk, "Landroidx/core/Task;", WRAPPER),), OWNERS) == "sdk.jpush"
    assert owner_of_act(WRAPPER, (way(app, app, WRAPPER),), OWNERS) == "app"


def test_what_the_analysis_made_is_no_caller() -> None:
    made: Link = {"method": "Lcom/example/food/App;->$life()V", "unit": 0}
    only = made_way("Lcom/example/food/App;", [made, {"method": f"{WRAPPER}->a()V", "unit": 3}])
    assert owner_of_act(WRAPPER, (only,), OWNERS) == "unknown"


def test_callers_that_differ_or_are_not_sure_or_not_known_leave_support_code_without_owner() -> None:
    app, sdk = "Lcom/example/food/App;", "Lcn/jpush/android/Id;"
    assert owner_of_act(WRAPPER, (way(app, app, WRAPPER), way(app, sdk, WRAPPER)), OWNERS) == "unknown"
    assert owner_of_act(WRAPPER, (way(app, app, WRAPPER, certain=False),), OWNERS) == "unknown"
    assert owner_of_act(WRAPPER, (way(app, "Lsome/other/Code;", WRAPPER),), OWNERS) == "unknown"
    assert owner_of_act(WRAPPER, (), OWNERS) == "unknown"


def test_the_frame_that_holds_the_call_decides_whoever_called() -> None:
    app, sdk = "Lcom/example/food/App;", "Lcn/jpush/android/Id;"
    assert owner_of_act(sdk, (way(app, app, sdk),), OWNERS) == "sdk.jpush"


def acts(within: str, *ways: Way, further: int = 0) -> list[tuple[str | None, list[str]]]:
    """The actors of one reading of the Android ID, with the lines of their evidence."""
    found = call("API-0099", {"k": "?"}, "android_id", within=within, method_id=7)
    told = [{**way, "method_id": 7, "unit": found["offset"]} for way in ways]
    flows: Any = {"ways": told, "further_ways": further, "methods": 9, "spots": {}, "faults": []}
    observations, _ = extract(replace(reader(found={"finds": [found]}), flows=flows), Context("0" * 64))
    return [(each.actor, each.evidence[0].excerpt.splitlines()) for each in observations]


def test_the_statement_of_support_code_names_its_caller_and_who_set_it_going() -> None:
    from_sdk = way("Lcom/example/food/App;", "Lcom/example/food/App;", "Lcn/jpush/android/Id;", WRAPPER)
    ((actor, lines),) = acts(WRAPPER, from_sdk)
    assert actor == "sdk.jpush"
    assert "for app" in lines


def test_who_set_it_going_is_told() -> None:
    component = "Lcn/jpush/android/service/PushService;"
    ((actor, lines),) = acts("Lcom/example/food/OnPush;", way(component, component, "Lcom/example/food/OnPush;"))
    assert (actor, "for sdk.jpush" in lines) == ("app", True)


def test_everybody_who_begins_a_way_of_the_phase_is_told() -> None:
    app, sdk = "Lcom/example/food/App;", "Lcn/jpush/android/Id;"
    ((actor, lines),) = acts(sdk, way(app, app, sdk), way("Lcn/jpush/android/Start;", sdk))
    assert (actor, "for app sdk.jpush" in lines) == ("sdk.jpush", True)


def test_ways_that_were_not_told_leave_support_code_without_owner() -> None:
    from_app = way("Lcom/example/food/App;", "Lcom/example/food/App;", WRAPPER)
    assert [acts(WRAPPER, *[from_app] * count, further=1)[0][0] for count in (3, 4)] == ["app", "unknown"]
    assert acts(WRAPPER, *[from_app] * 4)[0][0] == "app"
