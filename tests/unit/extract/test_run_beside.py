"""A file that a session lists as its own: it is read by the clock that the session compared, and is of that session's app."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixtures.recordings.traffic import entry, har, posted
from fixtures.scenario import START, record
from mingjian.extract.context import Context
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Gained, Known
from mingjian.extract.run import RunFacts
from mingjian.extract.run import run_facts as facts
from mingjian.inputs import open_recording
from mingjian.runs.merge import merge

PACKAGE = "com.example.market"
MARKS = [{"at": 0, "mark": "install"}, {"at": 1, "mark": "launch"}, {"at": 30, "mark": "accepted"}, {"at": 90, "mark": "end"}]
AHEAD = 7200_000.0
"""The proxy's machine goes two hours before the device, so that read as they stand its moments lie outside the session."""


def traffic(folder: Path, *seconds: float, ahead: float = AHEAD, name: str = "traffic.har") -> Path:
    """A proxy's recording of requests at these seconds of the session, by its own clock."""
    moments = [datetime.fromtimestamp((START + second * 1000 + ahead) / 1000, UTC).isoformat() for second in seconds]
    sent = posted(json.dumps({"email": "li.wei@mail.example"}), "application/json")
    file = folder / name
    file.write_bytes(har(*(entry("https://mi.gdt.qq.com/v1", startedDateTime=moment, request=sent) for moment in moments)))
    return file


def run(folder: Path, listed: Path | None, app: str = PACKAGE, name: str = "run.jsonl", **told: Any) -> Path:
    """A session, which lists the file as one of its proxy."""
    head, *lines = record({"app": app, "tools": ["hook", "ui"], "events": MARKS}).splitlines()
    session = json.loads(head)
    if listed is not None:
        digest = hashlib.sha256(listed.read_bytes()).hexdigest()
        part = {"tool": "mitmproxy", "tier": "proxy", "format": "har", "sha256": digest, "apart": True}
        session["parts"].append({**part, "clock": {"offset_ms": AHEAD, "error_ms": 5.0}, **told})
    file = folder / name
    file.write_bytes(b"\n".join([json.dumps(session).encode(), *lines]) + b"\n")
    return file


def network(*files: Path) -> Gained:
    _, recording = open_recording(files)
    return facts(recording, Context("0" * 64, known=Known(Owners(PACKAGE, ()), PACKAGE))).of("network")


def shares(gained: Gained) -> set[tuple[str | None, str, bool]]:
    return {(each.phase, each.recipient or "", each.certain) for each in gained.observations if each.action == "share.plain"}


def test_a_listed_file_has_the_clock_and_the_app_of_its_session(tmp_path: Path) -> None:
    sent = traffic(tmp_path, 10, 60)
    assert shares(network(sent, run(tmp_path, sent))) == {("before_consent", "sdk.gdt", True), ("foreground", "sdk.gdt", True)}


def test_a_file_that_no_session_lists_is_of_nobody(tmp_path: Path) -> None:
    sent = traffic(tmp_path, 10, 60)
    assert shares(network(sent, run(tmp_path, None))) == {("unknown", "sdk.gdt", False)}
    other = traffic(tmp_path, 11, name="other.har")
    assert shares(network(sent, run(tmp_path, other))) == {("unknown", "sdk.gdt", False)}


def test_a_clock_that_the_session_did_not_compare_stays_as_it_is(tmp_path: Path) -> None:
    sent = traffic(tmp_path, 10, ahead=0.0)
    assert shares(network(sent, run(tmp_path, sent, clock={}))) == {("unknown", "sdk.gdt", True)}


def test_sessions_that_say_different_things_of_a_file_say_nothing(tmp_path: Path) -> None:
    sent = traffic(tmp_path, 10)
    one, other = run(tmp_path, sent), run(tmp_path, sent, name="other.jsonl", clock={"offset_ms": 0.0, "error_ms": 5.0})
    assert shares(network(sent, one, other)) == {("unknown", "sdk.gdt", False)}


def test_what_the_session_of_another_app_lists_is_that_apps(tmp_path: Path) -> None:
    sent = traffic(tmp_path, 10)
    gained = network(sent, run(tmp_path, sent, app="com.example.other"))
    assert gained.observations == []
    assert {row.status for row in gained.coverage} == {"failed"}


def test_the_file_watched_from_when_to_when_the_session_says(tmp_path: Path) -> None:
    """Nothing was sent in the first half, and that is known."""
    sent = traffic(tmp_path, 60)
    watched = {"started": START, "ended": START + 91_000, "all_traffic": True}
    coverage = [(row.status, set(row.phases)) for row in network(sent, run(tmp_path, sent, **watched)).coverage]
    assert ("complete", {"before_consent"}) in coverage
    assert not any(status == "complete" for status, _ in [(row.status, 0) for row in network(sent, run(tmp_path, sent)).coverage])


def test_a_session_alone_saw_nothing_of_what_lies_in_other_files(tmp_path: Path) -> None:
    """Were its traffic lost, its silence would mean nothing."""
    lost = traffic(tmp_path, 60)
    assert network(run(tmp_path, lost, started=START, ended=START + 91_000)).coverage == []


def test_joined_they_are_one_session_with_one_such_part(tmp_path: Path) -> None:
    sent = traffic(tmp_path, 10)
    _, recording = open_recording([run(tmp_path, sent), sent])
    merged = merge(recording)
    (proxy,) = [part for part in merged.session.parts if part.tier == "proxy"]
    assert (proxy.apart, proxy.clock.offset_ms, proxy.clock.error_ms, proxy.name) == (False, AHEAD, 5.0, "traffic.har")
    (request,) = [each for item in merged.items() for each in [getattr(item, "event", item)] if type(each).__name__ == "Net"]
    assert (request.ts, merged.session.parts[request.part]) == (START + 10_000, proxy)


def test_joined_without_its_file_a_session_still_lists_it(tmp_path: Path) -> None:
    sent = traffic(tmp_path, 10)
    merged = merge(open_recording([run(tmp_path, sent)])[1])
    assert [part.apart for part in merged.session.parts if part.tier == "proxy"] == [True]


def test_facts_do_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    sent = traffic(tmp_path, 10, 60)
    listing = run(tmp_path, sent)
    known = Known(Owners(PACKAGE, ()), PACKAGE)
    one, other = (RunFacts(open_recording(files)[1], known).of("network").observations for files in ([sent, listing], [listing, sent]))
    assert one == other
