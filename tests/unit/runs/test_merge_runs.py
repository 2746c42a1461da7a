"""Recordings become one session: times and parts stay right, contradictions are told, what does not belong together is refused."""

from pathlib import Path

import pytest
from msgspec import structs

from mingjian.errors import InputError
from mingjian.inputs.recording import Recording, open_recording
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import AnyEvent, App, Clock, Device, Mark, Net, Part, Session, Ui
from mingjian.runs.merge import Merged, merge
from tests.unit.inputs.recording.run_file_samples import EVENTS, SALT, SESSION, START, encoded, imei, written

PROXY = Session(
    parts=(Part(tool="proxy", tier="proxy", format="har"),), app=App(package="com.example.shop"), device=Device(api=33), salt=SALT
)
REQUEST = Net(seq=2, ts=START + 2600, end=START + 2700, visibility="plain", host="ads.example")


def opened(folder: Path, **files: list[bytes]) -> Recording:
    return open_recording([written(folder, lines, name) for name, lines in files.items()])[1]


def events(merged: Merged) -> list[AnyEvent]:
    return [item for item in merged.items() if not isinstance(item, Carried)]


def told(merged: Merged) -> str:
    return "\n".join(text.en for text in merged.conflicts)


def test_parts_follow_each_other_and_events_keep_theirs(tmp_path: Path) -> None:
    merged = merge(opened(tmp_path, run=encoded(), proxy=encoded([REQUEST], PROXY)))
    assert [part.tool for part in merged.session.parts] == ["mingjian", "proxy", "proxy"]
    assert [part.name for part in merged.session.parts] == ["run", "run", "proxy"]
    assert {event.part for event in events(merged) if isinstance(event, Net)} == {1, 2}
    assert len({event.seq for event in events(merged)}) == len(EVENTS) + 1
    assert not merged.conflicts
    assert (merged.session.fresh, merged.session.salt, merged.session.started) == (True, SALT, START)


def test_requests_still_refer_to_their_calls(tmp_path: Path) -> None:
    merged = merge(opened(tmp_path, proxy=encoded([REQUEST], PROXY), run=encoded()))
    found = {event.seq: event for event in events(merged)}
    (match,) = (match for event in found.values() if isinstance(event, Net) for match in event.matches)
    assert match.event is not None
    assert found[match.event].ts == START + 2000


def test_calls_come_before_requests_whatever_the_order_of_files(tmp_path: Path) -> None:
    merged = merge(opened(tmp_path, proxy=encoded([REQUEST], PROXY), run=encoded()))
    assert isinstance(events(merged)[-1], Net)


def test_a_clock_is_lent_to_those_that_were_never_compared(tmp_path: Path) -> None:
    recording = opened(tmp_path, run=encoded(), proxy=encoded([REQUEST], PROXY))
    merged = merge(recording, Clock(offset_ms=2000.0, error_ms=50.0))
    (request,) = (event for event in events(merged) if isinstance(event, Net) and event.part == 2)
    assert (request.ts, request.end) == (START + 600, START + 700)
    assert [part.clock.error_ms for part in merged.session.parts] == [0.0, 5.0, 50.0]
    assert [event.ts for event in events(merged) if isinstance(event, Mark)] == [e.ts for e in EVENTS if isinstance(e, Mark)]


def test_what_files_disagree_on_is_unknown_and_told(tmp_path: Path) -> None:
    other = structs.replace(PROXY, app=App(package="com.example.shop", version="1.3"), device=Device(api=34), fresh=False, salt="ff" * 16)
    merged = merge(opened(tmp_path, run=encoded(), proxy=encoded([REQUEST], other)))
    assert merged.session.fresh is None
    assert merged.session.device is not None
    assert (merged.session.device.api, merged.session.device.model) == (None, "sample")
    assert merged.session.app is not None
    assert merged.session.app.version is None
    assert all(word in told(merged) for word in ("fresh", "device.api", "app.version", "salts"))


def test_marks_that_two_tools_set_at_different_moments_are_told(tmp_path: Path) -> None:
    lone = Session(parts=(Part(tool="ui", tier="ui", format="run"),), salt=SALT)
    later = [Mark(seq=2, ts=START + 5400, name="accepted", by="ui"), Mark(seq=3, ts=START + 9000, name="background")]
    merged = merge(opened(tmp_path, run=encoded(), ui=encoded(later, lone)))
    assert "accepted 400 ms apart" in told(merged)
    assert sum(isinstance(event, Mark) and event.name == "accepted" for event in events(merged)) == 2
    near = [structs.replace(later[0], error_ms=400.0), later[1]]
    assert not merge(opened(tmp_path, run=encoded(), ui=encoded(near, lone))).conflicts


@pytest.mark.parametrize(
    ("app", "key"),
    [
        (App(package="com.example.other"), "input.run_other_app"),
        (App(package="com.example.shop", sha256="cd" * 32), "input.run_other_build"),
    ],
)
def test_another_app_or_build_is_refused(app: App, key: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        merge(opened(tmp_path, run=encoded(), proxy=encoded([REQUEST], structs.replace(PROXY, app=app))))
    assert refused.value.key == key


def test_two_sessions_are_not_made_one(tmp_path: Path) -> None:
    next_day = [structs.replace(event, ts=(event.ts or 0) + 86_400_000) for event in EVENTS]
    later = structs.replace(SESSION, started=START + 86_400_000, ended=START + 86_460_000)
    with pytest.raises(InputError) as refused:
        merge(opened(tmp_path, run=encoded(), later=encoded(next_day, later)))
    assert refused.value.key == "input.run_other_time"


def test_what_is_part_of_another_already_would_count_twice(tmp_path: Path) -> None:
    single = encoded([imei(2, START + 2000)], PROXY)
    artifacts, _ = open_recording([written(tmp_path, single, "single")])
    whole = structs.replace(SESSION, parts=(*SESSION.parts, Part(tool="proxy", tier="proxy", format="har", sha256=artifacts[0].sha256)))
    with pytest.raises(InputError) as refused:
        merge(opened(tmp_path, whole=encoded(session=whole), single=single))
    assert refused.value.key == "input.run_twice"


def test_a_file_of_screens_has_no_values_that_its_salt_would_matter_to(tmp_path: Path) -> None:
    screens = Session(parts=(Part(tool="ui", tier="ui", format="run"),), salt="ff" * 16)
    merged = merge(opened(tmp_path, ui=encoded([Ui(seq=2, ts=START)], screens), run=encoded()))
    assert not merged.conflicts
    assert merged.session.salt == SALT
