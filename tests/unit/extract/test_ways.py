"""When the code does what was found in it."""

from typing import Any

import pytest

from mingjian.extract import code
from mingjian.extract.context import Context
from mingjian.extract.package import PackageFacts
from mingjian.extract.ways import Reaches
from mingjian.model.line import format_line
from mingjian.model.types import Observation
from mingjian.model.way import Frame, Guard, Place, told
from tests.unit.extract.package_samples import call, flows, reader, way

ENTRY = "Lcom/example/food/App;->onCreate()V"
PLACE = "Lcom/example/food/Shop;->open()V"
READS = "Landroid/content/SharedPreferences;->getBoolean"
GUARD = {"flag": "stored", "method": ENTRY, "unit": 18, "reads": READS, "key": "agreed", "decides": True}
LIBRARY = "Landroidx/core/telephony/TelephonyManagerCompat;"


def found(answer: dict[str, Any] | None, **more: Any) -> list[Observation]:
    within = {key: more.pop(key) for key in ("within",) if key in more}
    package = reader(found={"finds": [call("API-0001", offset=0, **within)]}, flows=answer, **more)
    return code.extract(package, Context("a" * 64))[0]


def lines(answer: dict[str, Any] | None, **more: Any) -> list[str]:
    return [format_line(each) for each in found(answer, **more)]


def imei(phase: str, *, perhaps: bool = False) -> str:
    return f"possible {'perhaps ' if perhaps else ''}collect device.imei by app during {phase} via code"


JOB = "Lcom/example/food/Sync;->onStartJob(Landroid/app/job/JobParameters;)Z"


@pytest.mark.parametrize(
    ("told", "phase"),
    [
        (way(ENTRY, PLACE), "app_start"),
        (way(ENTRY, PLACE, guard=GUARD), "start_guarded"),
        # A field may be the latch of what is done once.
        (way(ENTRY, PLACE, guard={**GUARD, "flag": "field", "decides": False}), "app_start"),
        (way(ENTRY, PLACE, phase="ui", kind="activity", guard=GUARD), "ui"),
        (way(ENTRY, PLACE, phase="background", kind="service"), "service"),
        (way(ENTRY, PLACE, phase="background", kind="receiver"), "receiver"),
        (way(JOB, PLACE, phase="background", kind="service"), "job"),
        (way(ENTRY, "La/W;->doWork()Landroidx/work/ListenableWorker$Result;", PLACE, phase="ui", kind="activity"), "job"),
        # What nobody waits for at the start of the app runs at the start of the app.
        (way(ENTRY, JOB, PLACE), "app_start"),
        (way(ENTRY, PLACE, phase="background", kind="activity"), "unknown"),
        (way(ENTRY, PLACE, phase="background", kind="provider"), "unknown"),
    ],
)
def test_a_way_has_its_phase(told: dict[str, Any], phase: str) -> None:
    assert lines(flows(told)) == [imei(phase)]


def test_an_act_is_told_once_for_each_phase() -> None:
    ways = [way(ENTRY, PLACE), way(ENTRY, "long", PLACE), way(ENTRY, PLACE, phase="ui", kind="activity")]
    assert lines(flows(*ways)) == [imei("app_start"), imei("ui")]


def test_the_evidence_shows_the_way_the_broadcasts_and_the_guard() -> None:
    (start,) = found(flows(way(ENTRY, "long", PLACE, guard=GUARD), way(ENTRY, PLACE, guard=GUARD)))
    shown = told(start.evidence[0].excerpt)
    assert shown.way is not None
    assert [(frame.owner, frame.place.method) for frame in shown.way.frames] == [("app", ENTRY), ("app", PLACE)]
    assert shown.way.guard == Guard("stored", "agreed", "Landroid/content/SharedPreferences;->getBoolean", Place(ENTRY, 18))
    assert shown.rest == "001a: invoke-virtual {v0}"
    (boot,) = found(flows(way(ENTRY, PLACE, phase="background", kind="receiver", triggers=["android.intent.action.BOOT_COMPLETED"])))
    woken = told(boot.evidence[0].excerpt).way
    assert woken is not None
    assert (woken.phase, woken.triggers) == ("receiver", ("android.intent.action.BOOT_COMPLETED",))


def test_a_way_that_may_lead_elsewhere_is_a_doubt_about_the_start_and_not_about_the_call() -> None:
    unsure = way(ENTRY, PLACE, certain=False)
    assert lines(flows(unsure)) == [imei("app_start", perhaps=True), imei("unknown")]
    # One that is certain is enough, and from a screen or in support code the old measure stays.
    assert lines(flows(unsure, way(ENTRY, "long", PLACE))) == [imei("app_start")]
    assert lines(flows(way(ENTRY, PLACE, phase="ui", kind="activity", certain=False))) == [imei("ui")]
    (line,) = lines(flows(way(ENTRY, PLACE, phase="ui", kind="activity", certain=False)), within=LIBRARY)
    assert line.startswith("possible perhaps collect")
    (line,) = lines(flows(way(ENTRY, PLACE, phase="ui", kind="activity")), within=LIBRARY)
    assert line.startswith("possible collect")


def test_a_stored_flag_of_which_nobody_knows_what_it_does_at_the_first_start_makes_the_start_doubtful() -> None:
    guarded = way(ENTRY, PLACE, guard={**GUARD, "decides": False})
    assert lines(flows(guarded)) == [imei("app_start", perhaps=True), imei("unknown")]
    (start, _) = found(flows(guarded))
    asked = [line for line in start.evidence[0].excerpt.splitlines() if line.startswith("if ")]
    assert len(asked) == 1
    assert asked[0].startswith("if stored agreed Landroid/content/SharedPreferences;->getBoolean")
    assert lines(flows(guarded, way(ENTRY, "long", PLACE))) == [imei("app_start")]
    assert lines(flows(way(ENTRY, PLACE, phase="ui", kind="activity", guard={**GUARD, "decides": False}))) == [imei("ui")]


CHAINS = {"reached": [{"method_id": 1, "entry": 0, "chain": [ENTRY, PLACE]}]}


@pytest.mark.parametrize(
    ("answer", "phase"),
    [
        (None, "app_start"),
        # Exact calls alone see no guard; what the whole analysis does not reach is unknown.
        (flows(), "unknown"),
        (flows(spots={"budget": 3}), "app_start"),
        (flows(faults=[{"where": "ways:", "code": "ways_cut", "what": ""}], complete=False), "app_start"),
        # Lost.
        (flows(methods=0, faults=[{"where": "flows:", "code": "memory", "what": ""}], complete=False), "app_start"),
    ],
)
def test_chains_of_exact_calls_stand_in_where_the_flow_analysis_was_not_whole(answer: dict[str, Any] | None, phase: str) -> None:
    assert lines(answer, reached=CHAINS) == [imei(phase)]


def test_a_chain_of_exact_calls_has_owners_and_only_the_place_itself_has_a_unit() -> None:
    (start,) = found(None, reached=CHAINS)
    shown = told(start.evidence[0].excerpt).way
    assert shown is not None
    assert (shown.phase, shown.certain, shown.kind, shown.initiators) == ("app_start", True, "", ("app",))
    assert shown.frames == (Frame("app", Place(ENTRY, None)), Frame("app", Place(PLACE, 0)))


def test_ends_of_flows_are_found_by_method_and_unit() -> None:
    package = reader(flows=flows(way(ENTRY, PLACE, phase="ui", kind="activity", method_id=None)))
    reaches = Reaches(package, PackageFacts(package).owners)
    assert [each.phase for each in reaches.of_place(PLACE, 0)] == ["ui"]
    assert [each.phase for each in reaches.of_place(PLACE, 2)] == ["unknown"]
