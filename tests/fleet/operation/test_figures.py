"""What is counted is what came of the jobs, and it is served to who asks."""

import math
import socket
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from mingjian.errors import UsageError
from mingjian.fleet import metrics
from mingjian.fleet.journal import Job, Progress
from mingjian.fleet.listing import Listing
from mingjian.fleet.local import Local
from mingjian.fleet.metrics import Done, Following, Served, exposition
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.fleet.steps import staged_at
from tests.fleet.local.hostile_acts import act
from tests.fleet.local.test_hostile_jobs import RUN
from tests.fleet.operation.scraping import of, parsed, scraped

# Two listings of one content; a crash, which is tried twice; and what is not there at all.
WORDS = ("good 1", "good 2", "good 2", "segfault", None)


def test_the_figures_are_the_outcomes(tmp_path: Path) -> None:
    for place, word in enumerate(WORDS):
        if word:
            (tmp_path / f"{place}.apk").write_text(word)
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    journal.begin(RUN)
    journal.plan(RUN, ((place, Listing(str(tmp_path / f"{place}.apk"))) for place in range(len(WORDS))))
    registry = CollectorRegistry()
    journal.observer = Done(registry, 2, tmp_path)
    following = Following(RUN, journal.verdicts(RUN))
    registry.register(following)
    following.planned(journal.progress(RUN))
    outcomes = []
    for outcome in Local(journal, tmp_path, slots=2).run(RUN, act, Event()):
        following.ended(outcome)
        outcomes.append(outcome)

    figures = parsed(generate_latest(registry).decode())
    assert Counter(each.verdict for each in outcomes) == {"ok": 3, "crash": 1, "refused": 1}
    assert of(figures, "jobs_total", verdict="ok") == 3
    assert of(figures, "jobs_total", verdict="crash") == 1
    assert of(figures, "jobs_total", verdict="refused") == 1
    assert of(figures, "known_total") == 1
    # Two good ones once, the crash twice; what was known or not there had no child.
    assert of(figures, "tries_total") == 4
    assert of(figures, "spared_total") == 0
    assert of(figures, "slots") == 2
    assert of(figures, "slots_busy") == 0
    ran = [each for each in outcomes if each.seconds]
    assert len(ran) == 3
    assert of(figures, "job_seconds_count") == of(figures, "job_memory_bytes_count") == 3
    assert of(figures, "job_seconds_sum") == pytest.approx(sum(each.seconds for each in ran))
    assert of(figures, "cpu_seconds_total") == pytest.approx(sum(each.cpu for each in ran))
    assert of(figures, "memory_peak_bytes") == max(each.memory for each in ran)
    staged = {each.key for each in outcomes if each.sha256}
    assert of(figures, "staged_bytes_total") == sum(staged_at(tmp_path, key).stat().st_size for key in staged)

    # Whoever follows the outcomes comes to what the journal has.
    told = {name: value for name, value in figures.items() if name[0].startswith("run_")}
    assert told == pytest.approx(parsed(exposition(RUN, journal.progress(RUN), journal.verdicts(RUN))))
    assert of(told, "run_jobs", run="a", state="done") == 3
    assert of(told, "run_jobs", run="a", state="poison") == 2
    assert of(told, "run_jobs", run="a", state="open") == 0
    assert of(told, "run_verdicts", run="a", verdict="refused") == 1
    assert of(told, "run_known", run="a") == 1


def test_slots_are_busy_from_the_beginning_of_a_job_to_its_end_or_until_it_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = CollectorRegistry()
    done = Done(registry, 2, tmp_path)
    first, second, third = (Job("a", place, Listing("-")) for place in range(3))

    def busy() -> float:
        return of(parsed(generate_latest(registry).decode()), "slots_busy")

    done.begun(first, "n")
    done.begun(second, "n")
    assert busy() == 2
    # The first failed and waits for its second try, since both slots are taken again.
    done.begun(third, "n")
    assert busy() == 2
    done.spared(third)
    done.ended(RUN, Outcome(1, "ok"))
    assert busy() == 1
    done.begun(first, "n")
    assert busy() == 1
    done.ended(RUN, Outcome(0, "crash"))
    assert busy() == 0

    figures = parsed(generate_latest(registry).decode())
    assert math.isnan(of(figures, "waiting"))
    assert math.isnan(of(figures, "heartbeat_timestamp_seconds"))
    monkeypatch.setattr(metrics, "now", lambda: datetime(2026, 11, 22, tzinfo=UTC))
    done.alive(7)
    figures = parsed(generate_latest(registry).decode())
    assert of(figures, "waiting") == 7
    assert of(figures, "heartbeat_timestamp_seconds") == 1795305600


def test_nobody_is_answered_before_the_first_job_and_nobody_reaches_it_from_elsewhere_unasked() -> None:
    registry = CollectorRegistry()
    following = Following(RUN, {})
    registry.register(following)
    served = Served("0", registry)
    try:
        assert served.host == "127.0.0.1"
        with socket.create_connection((served.host, served.port), timeout=30) as early:
            early.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            early.setblocking(False)
            with pytest.raises(BlockingIOError):
                early.recv(1)
            following.planned(Progress(3, 0, 0, 0, 0))
            served.begun(Job("a", 0, Listing("-")), "n")
            early.settimeout(30)
            assert early.recv(12) == b"HTTP/1.0 200"
        assert of(scraped(f"127.0.0.1:{served.port}"), "run_jobs", run="a", state="open") == 3
        with pytest.raises(UsageError):
            Served(f"127.0.0.1:{served.port}", registry)
    finally:
        served.close()
    with pytest.raises(OSError):
        scraped(f"127.0.0.1:{served.port}")


@pytest.mark.parametrize("address", ["", "host", "127.0.0.1:", "127.0.0.1:a", "127.0.0.1:-1", "127.0.0.1:65536", "a b:9"])
def test_what_is_no_address_is_wrong_usage(address: str) -> None:
    with pytest.raises(UsageError):
        Served(address, CollectorRegistry())
