"""One line an event, which a program reads, and which nobody needs to hide."""

import json
import logging

import pytest

from mingjian.errors import TryAgainError
from mingjian.fleet.journal import Job, Progress
from mingjian.fleet.listing import Listing
from mingjian.fleet.logs import Lines, Told, ToldRun
from mingjian.fleet.outcome import Outcome
from tests.fleet.local.test_hostile_jobs import RUN

SECRET = "s3cr3t"  # a word to look for
KEY = "0" * 64


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "mingjian")
    return caplog


def as_json(record: logging.LogRecord) -> dict[str, object]:
    line = Lines("json").format(record)
    assert "\n" not in line
    row: dict[str, object] = json.loads(line)
    return row


def test_each_event_names_run_place_key_verdict_and_node(told: pytest.LogCaptureFixture) -> None:
    node = Told()
    job = Job("a", 7, Listing("/apps/somebody.apk", operator="Somebody"), 1)
    node.begun(job, "host-1")
    node.ended(RUN, Outcome(7, "ok", KEY, "1" * 64, seconds=2.5, cpu=2, memory=1 << 20))
    node.ended(RUN, Outcome(8, "ok", KEY, "1" * 64, known=True))
    node.spared(job)
    begun, ended, known, back = map(as_json, told.records)
    assert {name: begun[name] for name in ("event", "run", "place", "tries", "node")} == {
        "event": "begun",
        "run": "a",
        "place": 7,
        "tries": 1,
        "node": "host-1",
    }
    row = {"event": "ended", "level": "info", "run": "a", "place": 7, "key": KEY, "verdict": "ok", "node": "host-1"}
    assert {name: ended[name] for name in row} == row
    assert (ended["seconds"], ended["cpu"], ended["memory"]) == (2.5, 2, 1 << 20)
    assert known["known"] is True
    assert "seconds" not in known
    assert (back["event"], back["place"]) == ("given back", 7)
    assert "omebody" not in told.text
    text = Lines("text").format(told.records[1])
    assert "run=a place=7 verdict=ok" in text
    assert "\n" not in text


def test_a_run_tells_its_jobs_itself_only_where_nobody_else_does(told: pytest.LogCaptureFixture) -> None:
    for jobs in (False, True):
        with ToldRun(RUN, jobs=jobs) as run:
            run.planned(Progress(2, 1, 0, 0, 0))
            run.ended(Outcome(0, "crash"))
            run.storing()
            run.stopping()
    rows = [as_json(record) for record in told.records]
    assert [row["event"] for row in rows] == ["planned", "storing", "stopping", "planned", "ended", "storing", "stopping"]
    assert (rows[0]["open"], rows[0]["done"], rows[0]["poison"]) == (2, 1, 0)
    assert (rows[4]["level"], rows[4]["verdict"]) == ("warning", "crash")
    assert {row["run"] for row in rows} == {"a"}


@pytest.mark.parametrize(
    "said",
    [
        f"postgresql://mingjian:{SECRET}@db/fleet does not answer",
        f"https://store.example/apk?apikey={SECRET}&id=1 broke off",
        f"connection failed: host=db password={SECRET} user=mingjian",
        f"connection failed: password='{SECRET} {SECRET}'",
    ],
)
def test_no_line_opens_a_door(told: pytest.LogCaptureFixture, said: str) -> None:
    log = logging.getLogger("mingjian.fleet.node")
    log.warning("%s", said)
    try:
        raise ValueError(said + "\nand more")  # noqa: TRY301 - as a library would
    except ValueError:
        log.exception("failed")
    ToldRun(RUN, jobs=False).waiting(TryAgainError("fleet.house", what=said))
    for record in told.records:
        for line in (Lines("text").format(record), Lines("json").format(record)):
            assert SECRET not in line
            assert "\n" not in line
            assert "does not answer" in line or "broke off" in line or "connection failed" in line


def test_what_a_hostile_name_says_stays_one_bounded_line() -> None:
    record = logging.LogRecord("mingjian", logging.INFO, "", 0, "%s", ("a\r\nb\x1b[2J" + "x" * 100_000,), None)
    for form in ("text", "json"):
        line = Lines(form).format(record)  # type: ignore[arg-type]
        assert len(line) < 3000
        assert not {"\r", "\n", "\x1b"} & set(line)
