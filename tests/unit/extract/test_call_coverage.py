"""How completely calls were watched, and that nothing incomplete acquits."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs
from run_samples import ALL_HOOKS, PACKAGE, USUAL, call, gained, hook_part, marks, session, source

from mingjian.extract.calls import Calls
from mingjian.extract.hooks import REQUEST, required_hooks
from mingjian.extract.known_values import KnownValues
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known
from mingjian.judge.covered import Covered
from mingjian.model.run import AnyEvent, Clock, Hooks, Mark, Missing, OsAccess, Part, Session, Span
from mingjian.record import hooks

LONG = ((0, "install"), (1, "launch"), (5, "prompt_shown"), (20, "accepted"), (100, "background"), (500, "closed"))
WALKED = Span(seq=90, ts=90_000.0, channel="ui", status="walked", begin=21_000.0, end=99_000.0)
RECORDS = Part(tool="appops", tier="os_record", format="appops", clock=Clock(error_ms=0.0))
EVERY = {"before_consent", "foreground", "background", "closed"}


def covered(*events: AnyEvent, told: Any = LONG, parts: tuple[Part, ...] = (), **changes: Any) -> set[str]:
    """The phases in which silence means something."""
    its = session(*parts, **{"started": 0.0, "ended": 600_000.0, **changes})
    rows = gained(*events, of=source(its, marks(*told))).coverage
    judged = Covered(rows)
    return {phase for phase in (*EVERY, "after_denial", "after_refusal") if not judged.lacking(["api"], [phase])}


def lost(**told: Any) -> Span:
    return Span(**{"seq": 80, "channel": "api", "status": "lost", "what": "flood", **told})


def test_everything_was_watched() -> None:
    assert covered(WALKED) == EVERY


def test_without_a_walk_the_foreground_is_not_known() -> None:
    assert covered() == EVERY - {"foreground"}
    assert covered(structs.replace(WALKED, channel="network")) == EVERY - {"foreground"}
    assert covered(structs.replace(WALKED, channel="api")) == EVERY


def test_a_phase_that_was_too_short() -> None:
    assert covered(WALKED, told=USUAL, ended=100_000.0) == {"before_consent"}


def test_what_began_late_or_ended_early() -> None:
    assert covered(WALKED, started=3000.0) == EVERY - {"before_consent"}
    assert covered(WALKED, ended=400_000.0) == {"before_consent", "foreground"}


def test_without_the_time_of_the_session_a_part_was_there_from_its_first_event_to_its_last() -> None:
    untold = {"started": None, "ended": None}
    its = session(RECORDS, hook_part(), **untold)
    inside = [call("a.B.c", at, part=1) for at in (2.0, 300.0)]
    rows = gained(WALKED, *inside, of=source(its, marks(*LONG))).coverage
    complete = [row.phases for row in rows if row.status == "complete"]
    assert complete == [("foreground",)]


def test_a_session_of_several_files_does_not_tell_when_each_was_there() -> None:
    merged = (structs.replace(hook_part(), sha256="1" * 64), structs.replace(RECORDS, sha256="2" * 64))
    short = [call("a.B.c", at, part=0) for at in (0.0, 21.0)]
    assert covered(WALKED, *short, parts=merged) == {"before_consent"}
    assert covered(WALKED, parts=tuple(structs.replace(part, sha256="") for part in merged)) == EVERY


@pytest.mark.parametrize(
    "hooks",
    [
        Hooks(placed=ALL_HOOKS.placed[1:], canary=True),
        Hooks(placed=ALL_HOOKS.placed[1:], missing=(Missing(hook=ALL_HOOKS.placed[0], why="failed"),), canary=True),
        Hooks(placed=ALL_HOOKS.placed, canary=False),
        Hooks(canary=True),
        None,
    ],
)
def test_without_all_hooks_nothing_is_complete(hooks: Hooks | None) -> None:
    assert covered(WALKED, parts=(hook_part(hooks),)) == set()


def test_what_the_platform_does_not_have_nobody_can_call() -> None:
    hooks = Hooks(placed=ALL_HOOKS.placed[1:], missing=(Missing(hook=ALL_HOOKS.placed[0], why="absent"),), canary=True)
    assert covered(WALKED, parts=(hook_part(hooks),)) == EVERY


def test_the_reason_names_what_is_missing() -> None:
    its = session(hook_part(Hooks(placed=ALL_HOOKS.placed[2:], canary=True)))
    (row,) = gained(of=source(its)).coverage
    assert row.status == "partial"
    assert row.reason is not None
    assert row.reason.en.startswith("2 calls that must be watched were not (such as L")


def test_losses_spoil_the_phases_that_they_fall_into() -> None:
    assert covered(WALKED, lost(begin=50_000.0, end=51_000.0)) == EVERY - {"foreground"}
    assert covered(WALKED, lost(begin=150_000.0)) == {"before_consent", "foreground"}
    assert covered(WALKED, lost()) == set()
    assert covered(WALKED, lost(channel="network")) == EVERY
    assert covered(WALKED, *(lost(seq=1000 + number, begin=0.0, end=1.0) for number in range(2000))) == set()


def test_a_loss_of_another_tool_spoils_only_that_tool() -> None:
    parts = (hook_part(), RECORDS)
    assert covered(WALKED, lost(part=1), parts=parts) == EVERY
    assert covered(WALKED, lost(part=0), parts=parts) == set()


def test_the_systems_records_alone_complete_nothing_and_spoil_nothing() -> None:
    assert covered(WALKED, parts=(RECORDS,)) == set()
    assert covered(WALKED, parts=(RECORDS, hook_part())) == EVERY


def test_a_process_that_the_system_starts_while_the_app_is_closed_may_be_unwatched() -> None:
    def started(at: float, hosting: str) -> OsAccess:
        told: dict[str, Any] = {
            "op": "PROCESS_START",
            "outcome": "access",
            "precision": "event",
            "package": PACKAGE,
            "attribution": hosting,
        }
        return OsAccess(seq=95, ts=at * 1000, **told)

    assert covered(WALKED, started(550.0, "broadcast")) == EVERY - {"closed"}
    assert covered(WALKED, started(550.0, "next-top-activity")) == EVERY
    assert covered(WALKED, started(150.0, "service")) == EVERY


def test_clocks_that_nobody_compared_date_nothing() -> None:
    operator = Part(tool="marks", tier="operator", format="run", clock=Clock(error_ms=0.0))
    assert covered(WALKED, parts=(operator, hook_part(error=None))) == set()
    assert covered(WALKED, parts=(operator, hook_part(error=5.0))) == EVERY


def test_marks_of_conditions_beside() -> None:
    told = (*LONG[:4], (30, "permission_denied"), (100, "background"))
    assert "after_denial" in covered(WALKED, told=told)


def test_without_marks_no_phase_is_named() -> None:
    its = session(fresh=False)
    rows = gained(call("a.B.c"), of=source(its, ())).coverage
    assert [(row.status, row.phases, row.count) for row in rows] == [("partial", (), 1)]


def test_tools_that_see_no_calls_have_no_row() -> None:
    assert gained(of=source(session(Part(tool="proxy", tier="proxy", format="har")))).coverage == []


def test_losses_stand_on_the_timeline() -> None:
    found = gained(lost(begin=30_000.0, end=31_000.0, detail="API-0001: 7")).moments
    assert [(each.ts, each.what, each.name, each.phase, each.locator) for each in found] == [
        (30_000.0, "lost", "flood: API-0001: 7", "unknown", "run:80")
    ]


def test_what_is_required_can_be_watched() -> None:
    required = required_hooks()
    assert "API-0001" in required
    assert "native.open" in required
    # Corroborating rows, fields and texts are no hooks, nor what hooks.yml leaves out.
    assert not {"API-0025", "API-0084", "API-0330", "API-0302", "API-0223"} & required.keys()


def test_members_of_sdks_that_the_package_calls_are_required_too() -> None:
    assert "API-0284" not in required_hooks()
    assert "API-0284" in required_hooks(frozenset({"API-0284"}))
    # A text and a member that hooks.yml leaves out stay out, whoever uses them.
    assert not {"API-0330", "API-0302"} & required_hooks(frozenset({"API-0330", "API-0302"})).keys()
    of = source(session(started=0.0, ended=600_000.0), marks(*LONG))
    assert "complete" in {row.status for row in gained(of=of).coverage}
    rows = gained(of=replace(of, called=frozenset({"API-0284"}))).coverage
    assert {row.status for row in rows} == {"partial"}
    assert rows[0].reason is not None
    assert "AdvertisingIdClient" in rows[0].reason.en


def test_the_agent_places_what_is_required() -> None:
    placed = {hook.id for hook in hooks.hooks() if hook.platform and not hook.id.startswith(REQUEST)}
    assert placed | {native.id for native in hooks.natives()} == required_hooks().keys()


def test_a_walk_that_another_file_tells_of() -> None:
    its = session(**{"started": 0.0, "ended": 600_000.0})
    hooked = source(its, marks(*LONG))
    screens = replace(hooked, artifact="b" * 64, session=Session(parts=(Part(tool="ui", tier="ui", format="uiautomator"),)))
    calls = Calls(Known(Owners("", ()), ""), KnownValues())
    calls.begin(hooked)
    calls.begin(screens)
    calls.add(WALKED, None)
    assert not Covered(calls.end().coverage).lacking(["api"], ["foreground"])


def test_a_mark_that_is_no_event_of_the_part_does_not_lengthen_it() -> None:
    its = session(hook_part(), Part(tool="hand", tier="operator", format="run", clock=Clock(error_ms=0.0)), started=None, ended=None)
    late = Mark(seq=70, ts=700_000.0, name="end", part=1)
    rows = gained(call("a.B.c", 0.5), call("a.B.c", 99.0), WALKED, of=source(its, (*marks(*LONG), late))).coverage
    assert all("closed" not in row.phases for row in rows if row.status == "complete")
