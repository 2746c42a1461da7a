"""What the system's own records state."""

from typing import Any

import pytest
from run_samples import PACKAGE, gained, lines, marks, session, source

from mingjian.extract import catalogue
from mingjian.model.line import format_line
from mingjian.model.run import App, Clock, OsAccess, Part
from mingjian.model.shipped import catalog
from mingjian.model.terms import exists

RECORDS = Part(tool="appops", tier="os_record", format="appops", clock=Clock(error_ms=0.0))


def access(op: str, at: float | None = 30.0, **told: Any) -> OsAccess:
    given = {"outcome": "access", "precision": "event", "package": PACKAGE, **told}
    return OsAccess(seq=given.pop("seq", 9), ts=None if at is None else at * 1000, op=op, **given)


def stated(*events: OsAccess) -> list[str]:
    return lines(*events, of=source(session(RECORDS)))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (access("FINE_LOCATION"), ["observed open permission.location.ACCESS_FINE_LOCATION by unknown during foreground"]),
        (access("android:fine_location"), ["observed open permission.location.ACCESS_FINE_LOCATION by unknown during foreground"]),
        (access("CAMERA", outcome="reject"), ["observed attempt permission.camera.CAMERA by unknown during foreground"]),
        # What is noted when the content is handed out proves that it was read; what a check notes as well does not.
        (access("READ_CLIPBOARD"), ["observed collect clipboard.content by unknown during foreground"]),
        (access("READ_CLIPBOARD", outcome="reject"), ["observed attempt clipboard.content by unknown during foreground"]),
        (
            access("READ_CONTACTS"),
            [
                "observed open permission.contacts.READ_CONTACTS by unknown during foreground",
                "observed perhaps collect contacts.address_book by unknown during foreground",
            ],
        ),
        # The microphone was on when it was on for a while.
        (access("RECORD_AUDIO"), ["observed open permission.microphone.RECORD_AUDIO by unknown during foreground"]),
        (
            access("RECORD_AUDIO", duration_ms=5000.0),
            [
                "observed open permission.microphone.RECORD_AUDIO by unknown during foreground",
                "observed collect media.microphone by unknown during foreground",
            ],
        ),
        # Operations that open nothing personal, and those of other apps.
        (access("VIBRATE"), []),
        (access("POST_NOTIFICATION"), []),
        (access("CAMERA", package="com.rival.app"), []),
        # A tag that is an SDK's own name tells whose code it was; what came through the app as a proxy is others'.
        (
            access("CAMERA", attribution="com.umeng.analytics.tag"),
            ["observed open permission.camera.CAMERA by sdk.umeng_analytics during foreground"],
        ),
        (access("CAMERA", attribution="share"), ["observed open permission.camera.CAMERA by unknown during foreground"]),
        (
            access("CAMERA", attribution="com.umeng.analytics.tag", proxy=True),
            ["observed open permission.camera.CAMERA by unknown during foreground"],
        ),
        # The system decides what is background; where it sees the app in front and marks do not, nobody knows.
        (access("CAMERA", 30.0, state="background"), ["observed open permission.camera.CAMERA by unknown during background"]),
        (access("CAMERA", 50.0, state="foreground"), ["observed open permission.camera.CAMERA by unknown during unknown"]),
        (access("CAMERA", 65.0, state="background"), ["observed open permission.camera.CAMERA by unknown during closed"]),
        (access("CAMERA", 10.0, state="background"), ["observed open permission.camera.CAMERA by unknown during before_consent"]),
        (access("CAMERA", None), ["observed open permission.camera.CAMERA by unknown during unknown"]),
    ],
)
def test_what_a_record_states(event: OsAccess, expected: list[str]) -> None:
    assert stated(event) == expected


def test_before_android_11_a_look_at_the_clipboards_description_was_noted_as_well() -> None:
    old = session(RECORDS)
    old = type(old)(parts=old.parts, app=old.app, fresh=True, started=0.0, ended=100_000.0)
    assert lines(access("READ_CLIPBOARD"), of=source(old)) == ["observed perhaps collect clipboard.content by unknown during foreground"]


def test_records_that_name_no_package_are_those_of_the_session() -> None:
    nameless = access("CAMERA", package=None)
    assert len(stated(nameless)) == 1
    assert lines(nameless, of=source(session(RECORDS, app=None))) == []
    assert lines(nameless, of=source(session(RECORDS, app=App(package="com.rival.app")))) == []


def test_counts_of_different_precision_are_not_added_up() -> None:
    events = [
        access("CAMERA", 30.0, seq=10),
        access("CAMERA", 35.0, seq=11),
        access("CAMERA", 35.0, precision="last", seq=12),
        access("CAMERA", None, precision="aggregate", count=5, begin=25_000.0, end=39_000.0, seq=13),
    ]
    (found,) = gained(*events, of=source(session(RECORDS))).observations
    assert found.tally is not None
    assert (found.tally.count, found.tally.second, found.sites) == (5, 1, 8)
    (last,) = gained(events[2], of=source(session(RECORDS))).observations
    assert format_line(last).endswith(" via api count 1")
    (counted,) = gained(events[3], of=source(session(RECORDS))).observations
    assert format_line(counted).endswith(" via api count 5")


@pytest.mark.parametrize(
    ("begin", "end", "phase"),
    [(25.0, 39.0, "foreground"), (25.0, 45.0, "unknown"), (25.0, 90.0, "unknown"), (41.0, 59.0, "background"), (None, 30.0, "unknown")],
)
def test_a_count_belongs_to_a_phase_when_all_its_time_does(begin: float | None, end: float, phase: str) -> None:
    counted = access("CAMERA", 30.0, precision="aggregate", count=3, begin=None if begin is None else begin * 1000, end=end * 1000)
    assert stated(counted) == [f"observed open permission.camera.CAMERA by unknown during {phase}"]


def test_what_the_system_remembers_of_earlier_times_is_of_no_phase() -> None:
    begun = {"started": 10_000.0, "ended": 100_000.0, "fresh": True}
    for told, usual in ((begun, marks((12, "launch"), (20, "accepted"))), ({"started": None, "fresh": True}, marks((10, "install")))):
        of = source(session(RECORDS, **told), usual)
        assert lines(access("CAMERA", 5.0, precision="last"), of=of) == ["observed open permission.camera.CAMERA by unknown during unknown"]
        assert lines(access("CAMERA", 11.0), of=of) == ["observed open permission.camera.CAMERA by unknown during before_consent"]


@pytest.mark.parametrize(
    ("hosting", "at", "expected"),
    [
        ("broadcast", 65.0, ["observed start.self by unknown during closed"]),
        ("service", 65.0, ["observed start.self by unknown during closed"]),
        ("content provider", 65.0, ["observed perhaps start.self by unknown during closed"]),
        ("next-top-activity", 65.0, []),
        ("top-activity", 65.0, []),
        (None, 65.0, []),
        # A further process of a running app, and the start that the user made.
        ("service", 30.0, []),
        ("service", 10.0, []),
        ("broadcast", None, ["observed perhaps start.self by unknown during unknown"]),
    ],
)
def test_starts_by_itself(hosting: str | None, at: float | None, expected: list[str]) -> None:
    assert stated(access("PROCESS_START", at, attribution=hosting)) == expected


def test_a_start_while_closed_before_consent() -> None:
    of = source(session(RECORDS), marks((0, "install"), (1, "launch"), (5, "closed")))
    assert lines(access("PROCESS_START", 30.0, attribution="broadcast"), of=of) == [
        "observed start.self by unknown during before_consent",
        "observed start.self by unknown during closed",
    ]


def test_every_operation_leads_to_known_terms() -> None:
    for op, row in catalog("appops")["ops"].items():
        if "permission" in row:
            group = catalogue.permission_term(row["permission"]).split(".")[1]
            assert group not in ("normal", "custom"), op
        if "data" in row:
            assert exists("data", row["data"]), op
            assert "certain" in row, op
