"""The event log in every dialect of logcat. All lines are written here after the format."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.inputs.recording import eventlog
from mingjian.inputs.recording.track import Head
from mingjian.model.run import AnyEvent, Mark, OsAccess, Span

PACKAGE = "com.example.mall"
ABOUT = f"# package {PACKAGE}\n"
MOMENT = datetime(2026, 10, 26, 7, 5, 27, 753_000, tzinfo=UTC).timestamp() * 1000


def logged(told: str, second: int = 27, tag: str = "am_proc_start") -> str:
    return f"2026-10-26 15:05:{second:02d}.753 +0800  1765  1866 I {tag}: {told}\n"


def process(hosting: str, name: str = PACKAGE) -> str:
    return f"[0,4660,10123,{name},{hosting},{{{PACKAGE}/{PACKAGE}.Main}}]"


def events(folder: Path, text: str) -> list[AnyEvent]:
    file = folder / "events.txt"
    file.write_text("--------- beginning of events\n" + text if not text.startswith("#") else text)
    assert eventlog.recognises(Head(file.name, file.read_bytes()[:65536]))
    track = eventlog.read(file)
    found: list[AnyEvent] = list(track.events())  # type: ignore[arg-type]
    assert [event.seq for event in found] == list(range(2, len(found) + 2))
    assert list(track.marks()) == [event for event in found if isinstance(event, Mark)]
    return found


@pytest.mark.parametrize(
    ("begins", "ts"),
    [
        ("2026-10-26 15:05:27.753 +0800  1765  1866 I", MOMENT),
        ("2026-10-26 15:05:27.753000 +0800  1765  1866 I", MOMENT),
        ("2026-10-26 15:05:27.753 +0800 system  1765  1866 I", MOMENT),
        ("1792998327.753  1765  1866 I", MOMENT),
        ("  1792998327.753000  1765  1866 I", MOMENT),
        ("10-26 15:05:27.753  1765  1866 I", None),
        ("10-26 15:05:27.753000 +0800  1765  1866 I", None),
        ("2026-10-26 15:05:27.753  1765  1866 I", None),
    ],
)
def test_a_moment_needs_its_year_and_its_zone(begins: str, ts: float | None, tmp_path: Path) -> None:
    (start,) = events(tmp_path, f"{begins} am_proc_start: {process('broadcast')}\n")
    assert isinstance(start, OsAccess)
    assert (start.op, start.attribution, start.package, start.uid) == ("PROCESS_START", "broadcast", PACKAGE, 10123)
    assert (start.ts, start.precision, start.outcome) == (ts, "event", "access")
    clock = eventlog.read(tmp_path / "events.txt").session.parts[0].clock
    assert clock.error_ms == (None if ts is None else 0.0)


def test_a_line_of_ours_gives_the_zone_that_is_missing(tmp_path: Path) -> None:
    text = f"# captured 2026-10-26T16:00:00+08:00\n2026-10-26 15:05:27.753  1765  1866 I am_proc_start: {process('service')}\n"
    assert [event.ts for event in events(tmp_path, text)] == [MOMENT]


def test_starts_of_every_app_are_told_and_fields_may_be_more_or_fewer(tmp_path: Path) -> None:
    text = (
        logged(f"[0,1,10123,{PACKAGE}:push,service,{{{PACKAGE}/.Push}},extra,fields]")
        + logged("[10,2,1010200,com.example.other,content provider]")
        + logged("[0,3,10124,odd_name,top-activity,{com.example.third/.A}]")
        + logged("[0,4]")
        + logged("not what it should be")
    )
    starts = [event for event in events(tmp_path, text) if isinstance(event, OsAccess)]
    assert [(start.package, start.attribution, start.uid) for start in starts] == [
        (PACKAGE, "service", 10123),
        ("com.example.other", "content provider", 1_010_200),
        ("com.example.third", "top-activity", 10124),
    ]


def seconds(found: list[AnyEvent]) -> list[tuple[str, int]]:
    return [(event.name, int(((event.ts or 0) - MOMENT) // 1000)) for event in found if isinstance(event, Mark)]


def test_the_life_of_the_app_it_is_about(tmp_path: Path) -> None:
    text = "".join(
        [
            ABOUT,
            logged(process("next-top-activity"), 27),
            logged(f"[0,{PACKAGE}/.Main,minimalResumeActivityLocked]", 28, "wm_set_resumed_activity"),
            logged("[0,com.android.permissioncontroller/.Grant,x]", 29, "wm_set_resumed_activity"),
            logged(f"[0,{PACKAGE}/.Main,x]", 30, "wm_set_resumed_activity"),
            logged("[0,com.example.launcher/.Home,x]", 31, "wm_set_resumed_activity"),
            logged(f"[0,{PACKAGE}/.Main,x]", 32, "am_set_resumed_activity"),
            logged("0", 33, "screen_toggled"),
            logged(f"[0,9,10123,{PACKAGE}:push,service,{{{PACKAGE}/.Push}}]", 34),
            logged(f"[0,4660,{PACKAGE},900,stop it]", 35, "am_kill"),
            logged(f"[0,4660,{PACKAGE},900,19]", 36, "am_proc_died"),
            logged(f"[0,9,{PACKAGE}:push,900,19]", 37, "am_proc_died"),
        ]
    )
    marks = [
        ("launch", 0),
        ("foreground", 1),
        ("background", 4),
        ("foreground", 5),
        ("background", 6),
        ("closed", 10),
    ]
    found = events(tmp_path, text)
    assert seconds(found) == marks, "a process of the app still ran when its main process ended"
    assert {event.by for event in found if isinstance(event, Mark)} == {"system"}


def test_an_app_is_closed_once_and_what_starts_it_then_is_no_launch(tmp_path: Path) -> None:
    text = "".join(
        [
            ABOUT,
            logged(process("pre-top-activity"), 27),
            logged(f"[0,4660,{PACKAGE},900,stop it]", 28, "am_kill"),
            logged(f"[0,4660,{PACKAGE},900,19]", 29, "am_proc_died"),
            logged(process("broadcast"), 30),
            logged(f"[0,4661,{PACKAGE},900,19]", 31, "am_proc_died"),
            logged(f"[0,4661,{PACKAGE}ing,900,19]", 32, "am_proc_died"),
        ]
    )
    assert seconds(events(tmp_path, text)) == [("launch", 0), ("closed", 1)]


def test_the_end_of_one_process_says_nothing_of_those_from_before_the_log(tmp_path: Path) -> None:
    text = ABOUT + logged(f"[0,9,{PACKAGE}:push,900,19]", 30, "am_proc_died")
    file = tmp_path / "events.txt"
    file.write_text(text)
    assert list(eventlog.read(file).events()) == []


def test_nobody_is_taken_for_the_app_that_no_line_names(tmp_path: Path) -> None:
    text = logged(process("top-activity")) + logged(f"[0,{PACKAGE}/.Main,x]", 28, "wm_set_resumed_activity")
    assert [type(event) for event in events(tmp_path, text)] == [OsAccess]
    assert eventlog.read(tmp_path / "events.txt").session.app is None
    events(tmp_path, ABOUT + text)
    app = eventlog.read(tmp_path / "events.txt").session.app
    assert app is not None and app.package == PACKAGE


def test_lines_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    text = logged(process("service")) + "2026-10-26 15:05 am_proc_died: [0,4\n" + "x" * 20_000 + "\n2026-10-26 nonsense\n"
    spans = [(event.what, event.at) for event in events(tmp_path, text) if isinstance(event, Span)]
    assert spans == [("bad_line", "line:3"), ("too_long", "line:4")]


def test_another_log_is_not_taken_for_it(tmp_path: Path) -> None:
    text = "10-26 15:05:27.753  1765  1866 I ActivityManager: Start proc 4660:com.example.mall/u0a123 for activity\n"
    assert not eventlog.recognises(Head("log.txt", text.encode()))
    file = tmp_path / "log.txt"
    file.write_text(text)
    with pytest.raises(InputError, match="run_no_events"):
        eventlog.read(file)
