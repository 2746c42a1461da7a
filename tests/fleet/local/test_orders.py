"""A run from its input into the lake: what is staged is kept safe, what is lost is made again, what is told to stop can be gone on with."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from mingjian import lake as lakes
from mingjian.errors import InputError, TryAgainError
from mingjian.fleet import order, steps
from mingjian.fleet.journal import Progress
from mingjian.fleet.listing import Listing
from mingjian.fleet.local import Local
from mingjian.fleet.order import Order, Stop
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.lake.manifest import load
from mingjian.model.types import Text
from tests.fleet.local.hostile_acts import act, report_on
from tests.fleet.local.test_hostile_jobs import RUN


class Watcher:
    """Does something at the moments that it is told of."""

    def __init__(self, storing: Callable[[], None] = lambda: None, ended: Callable[[], None] = lambda: None) -> None:
        self._storing, self._ended = storing, ended
        self.stored = 0

    def planned(self, progress: Progress) -> None:
        pass

    def ended(self, outcome: Outcome) -> None:
        self._ended()

    def storing(self) -> None:
        self.stored += 1
        self._storing()


class House:
    """A lake and a run over a manifest of `contents`."""

    def __init__(self, folder: Path, contents: list[str]) -> None:
        self.lake = folder / "lake"
        lakes.found(self.lake)
        self.journal = SqliteJournal(self.lake / "journal.sqlite3")
        for place, content in enumerate(contents):
            (folder / f"{place}.apk").write_text(content)
        self.input = folder / "apps.csv"
        self.input.write_text("location\n" + "".join(f"{folder}/{place}.apk\n" for place in range(len(contents))))
        self.run = self.journal.begin(replace(RUN, input=str(self.input)))

    def carry_out(self, watcher: Watcher | None = None, stop: Event | None = None) -> Progress:
        engine = Local(self.journal, self.lake, 2)
        return Order(self.run, self.lake, self.journal, engine, watcher or Watcher()).carry_out(act, stop or Event())

    def state(self) -> str:
        return self.journal.run(self.run.id).state

    def count(self, view: str) -> int:
        with lakes.open(self.lake) as opened:
            return int(opened.query(f"SELECT count(*) FROM {view}").rows[0][0])


def test_a_report_that_is_lost_from_the_disk_before_the_lake_has_it_is_made_again(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 1", "good 2", "good 1"])
    lost: list[Path] = []

    def lose() -> None:
        if not lost:
            lost.append(sorted((house.lake / "staging").rglob("*.json"))[1])
            lost[0].unlink()

    progress = house.carry_out(Watcher(storing=lose))
    assert (progress.open, progress.done) == (0, 4)
    assert (house.count("reports"), house.count("listings")) == (3, 4)
    assert house.state() == "done"
    assert not list(house.journal.staged())


def test_a_report_that_is_lost_again_is_not_made_for_ever(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    first: list[Path] = []

    def lose() -> None:
        first.append(first[0] if first else min((house.lake / "staging").rglob("*.json")))
        first[0].unlink(missing_ok=True)

    watcher = Watcher(storing=lose)
    with pytest.raises(TryAgainError) as missing:
        house.carry_out(watcher)
    assert (missing.value.key, missing.value.values["count"]) == ("fleet.reports_missing", 1)
    assert watcher.stored == 2
    assert (house.count("reports"), house.state()) == (1, "stopped")


def test_a_stores_own_word_for_an_app_comes_from_its_index_into_the_lake(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0"])
    app = {"metadata": {"categories": ["Internet"]}, "versions": {"x": {"file": {"name": "/0.apk"}, "manifest": {"versionCode": 1}}}}
    index = tmp_path / "index-v2.json"
    index.write_text(json.dumps({"repo": {"address": "https://f.example/repo", "name": {"en-US": "F"}}, "packages": {"org.a": app}}))
    house.run = house.journal.begin(replace(house.run, id="index", input=str(index)))
    house.carry_out()
    with lakes.open(house.lake) as opened:
        assert opened.query("SELECT store, shelf, category FROM listings").rows == [("F", "Internet", None)]


def test_the_lake_takes_reports_while_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "COMPACT_AFTER", 3)
    house = House(tmp_path, [f"good {place}" for place in range(8)] + ["refuse -"])
    watcher = Watcher()
    house.carry_out(watcher)
    assert watcher.stored == 3
    assert (house.count("reports"), house.count("listings"), house.count("poison")) == (8, 8, 1)
    assert not list((house.lake / "staging").rglob("*.json"))


def test_a_program_that_dies_between_the_lake_and_the_journal_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0", "good 1"])

    def dies(keys: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(house.journal, "taken", dies)
        house.carry_out()
    assert not list((house.lake / "staging").rglob("*.json"))
    assert house.carry_out().done == 2
    assert (house.count("reports"), house.state()) == (2, "done")


def test_a_run_that_is_cancelled_while_it_is_planned_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0"])
    plan = house.journal.plan

    def cancelled(*given: Any) -> int:
        planned = plan(*given)
        house.journal.mark(house.run.id, "cancelled")
        return planned

    monkeypatch.setattr(house.journal, "plan", cancelled)
    assert house.carry_out().open == 1
    assert house.state() == "cancelled"


def test_a_second_run_over_the_same_apps_scans_nothing_and_lists_them_anew(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    house.carry_out()
    house.run = house.journal.begin(replace(house.run, id="later", state="planning"))
    progress = house.carry_out()
    assert (progress.done, progress.known) == (2, 2)
    assert (house.count("reports"), house.count("listings")) == (2, 4)


def test_planning_that_was_stopped_or_failed_is_done_again_whole(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    whole = house.input.read_text()
    house.input.write_text(whole + "a,b,c\n")
    with pytest.raises(InputError):
        house.carry_out()
    assert house.state() == "planning"
    house.input.write_text(whole)
    stop = Event()
    stop.set()
    assert house.carry_out(stop=stop).done == 0
    assert house.state() == "planning"
    assert house.carry_out().done == 2


def test_a_run_that_is_cancelled_stays_cancelled_though_it_ends(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 1", "good 2"])
    stop = Stop(house.journal, house.run)
    house.carry_out(Watcher(ended=lambda: house.journal.mark(house.run.id, "cancelled")), stop)
    assert house.state() == "cancelled"


def test_what_is_done_is_in_the_lake_when_a_server_stays_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    fetched = steps.fetch

    def fetch(listing: Listing, *others: Any, **how: Any) -> Any:
        if listing.location.endswith("0.apk"):
            raise TryAgainError("fleet.fetch.no_answer", location=listing.location, why="-")
        return fetched(listing, *others, **how)

    monkeypatch.setattr(steps, "fetch", fetch)
    engine = Local(house.journal, house.lake, 1, waits=(0.01,))
    with pytest.raises(TryAgainError, match="no_answer"):
        Order(house.run, house.lake, house.journal, engine, Watcher()).carry_out(act, Event())
    assert house.state() == "stopped"
    with lakes.open(house.lake) as opened:
        assert len(list(opened.reports())) == 1


def test_a_run_rewrites_nothing_of_what_the_lake_has_from_earlier_runs(tmp_path: Path) -> None:
    house = House(tmp_path, [f"good {number}" for number in range(6)])
    house.carry_out()
    before = {path for _, path, _, _ in load(house.lake).files()}
    (tmp_path / "0.apk").write_text("good 77")
    house.run = house.journal.begin(replace(house.run, id="later"))
    house.carry_out()
    after = {path for _, path, _, _ in load(house.lake).files()}
    assert house.count("reports") == 7
    assert before < after


REPORT = report_on(b"good", "2026-11-22T11:00:00+08:00")


class Late:
    """A node that was thought dead: what it held was given up, and it brings its report at a moment that a test chooses."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._keys = [f"{place:x}" * 64 for place in range(3)]

    def hold(self) -> None:
        pass

    def run(self, run: Run, work: Any, stop: Event) -> Iterator[Outcome]:
        """The first is done, the others are given up."""
        progress = self.house.journal.progress(run)
        if progress.open:
            self.brings(0)
            for place in (1, 2):
                self.house.journal.end(run, Outcome(place, "crash", reason=Text("崩溃", "it crashed")), "poison")
        return iter(())

    def brings(self, place: int) -> None:
        staged = steps.staged_at(self.house.lake, self._keys[place])
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(REPORT)
        self.house.journal.end(self.house.run, Outcome(place, "ok", self._keys[place], sha256(REPORT).hexdigest()), "done")

    def carry_out(self) -> Progress:
        return Order(self.house.run, self.house.lake, self.house.journal, self, Watcher()).carry_out(act, Event())

    def in_lake(self) -> tuple[list[Any], list[Any]]:
        with lakes.open(self.house.lake) as opened:
            listed = [place for (place,) in opened.query("SELECT place FROM listings ORDER BY place").rows]
            return listed, [place for (place,) in opened.query("SELECT place FROM poison ORDER BY place").rows]


@pytest.mark.parametrize("asked", ["delivered", "poisoned"])
def test_a_report_that_comes_while_the_lake_takes_the_last_ones_is_taken_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    house = House(tmp_path, ["good 0", "good 1", "good 2"])
    late = Late(house)
    answered = getattr(house.journal, asked)

    def brought_behind(run: Run) -> Iterator[Any]:
        yield from answered(run)
        late.brings(1)

    monkeypatch.setattr(house.journal, asked, brought_behind)
    progress = late.carry_out()
    assert (progress.done, progress.poison) == (2, 1)
    assert late.in_lake() == ([0, 1], [2])
    assert house.state() == "done"
    assert not list(house.journal.staged())
    assert not list((house.lake / "staging").rglob("*.json"))


def test_a_report_of_which_nobody_was_told_is_gone_when_the_next_run_is_done(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0"])
    stray, told = (steps.staged_at(house.lake, digit * 64) for digit in "ef")
    for path in (stray, told):
        path.parent.mkdir(parents=True)
        path.write_bytes(REPORT)
    other = house.journal.begin(replace(house.run, id="stopped"))
    house.journal.plan(other, [(0, Listing("/a"))])
    house.journal.end(other, Outcome(0, "ok", told.stem, "d"), "done")
    house.carry_out()
    assert (stray.exists(), told.exists()) == (False, True)


def test_a_run_that_is_done_stays_so_though_its_program_was_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0"])
    finish = house.journal.finish

    def unheard(run: Run, seen: Progress) -> bool:
        assert finish(run, seen)
        raise TryAgainError("fleet.database_silent", why="-")

    monkeypatch.setattr(house.journal, "finish", unheard)
    with pytest.raises(TryAgainError):
        house.carry_out()
    assert house.state() == "done"
