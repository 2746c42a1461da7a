"""A run as it is operated: scraped while it works, its log read line by line, its state left to a textfile collector."""

import json
import time
from pathlib import Path

from mingjian.fleet.sqlite import SqliteJournal
from tests.fleet.local.conftest import Zygote
from tests.fleet.operation.scraping import Figures, free_port, of, parsed, scraped


def test_a_run_is_scraped_while_it_works_and_logs_one_line_an_event(zygote: Zygote, few_apps: Path, tmp_path: Path) -> None:
    market, address = tmp_path / "market", f"127.0.0.1:{free_port()}"
    zygote.start("fleet", "run", str(few_apps), "--lake", str(market), "--slots", "1", "--metrics", address, "--log-format", "json")
    seen: list[Figures] = []
    until = time.monotonic() + 60
    while time.monotonic() < until and not (seen and of(seen[-1], "run_jobs", run=_run(seen[-1]), state="open") < 5):
        try:
            seen.append(scraped(address))
        except OSError:
            time.sleep(0.02)
    assert zygote.ended() == 65, zygote.said()

    for figures in seen:
        run = _run(figures)
        assert sum(of(figures, "run_jobs", run=run, state=state) for state in ("open", "done", "poison")) == 11
        assert of(figures, "slots") == 1
        assert of(figures, "slots_busy") in (0, 1)
        ended = sum(value for (name, _), value in figures.items() if name == "jobs_total")
        assert ended <= 11
    counted = [of(figures, "tries_total") for figures in seen]
    assert counted == sorted(counted)
    assert counted[-1] > 0

    lines = [json.loads(line) for line in zygote.said().splitlines() if line.startswith("{")]
    journal = SqliteJournal(market / "journal.sqlite3")
    assert {line["run"] for line in lines} == {journal.run().id}
    ended_lines = {line["place"]: line["verdict"] for line in lines if line["event"] == "ended"}
    assert len(ended_lines) == 11
    assert sorted(ended_lines.values()) == ["ok"] * 10 + ["refused"]
    assert len({line["key"] for line in lines if line["event"] == "ended" and line["verdict"] == "ok"}) == 9
    assert all(line["node"] for line in lines if line["event"] == "begun")
    assert [line["event"] for line in lines if line["event"] in ("planned", "storing")] == ["planned", "storing"]
    assert str(few_apps) not in "".join(map(str, lines))

    assert zygote.run("fleet", "status", "--lake", str(market), "--format", "prometheus") == 0
    left = parsed(zygote.said())
    run = journal.run().id
    assert of(left, "run_jobs", run=run, state="done") == 10
    assert of(left, "run_jobs", run=run, state="poison") == 1
    assert of(left, "run_verdicts", run=run, verdict="ok") == 10
    assert of(left, "run_known", run=run) == 1


def test_an_address_that_is_taken_is_told_before_a_package_is_opened(zygote: Zygote, few_apps: Path, tmp_path: Path) -> None:
    assert zygote.run("fleet", "run", str(few_apps), "--lake", str(tmp_path / "market"), "--metrics", "nowhere") == 64
    assert len(zygote.said().splitlines()) == 1


def _run(figures: Figures) -> str:
    return next(dict(labels)["run"] for name, labels in figures if name == "run_jobs")
