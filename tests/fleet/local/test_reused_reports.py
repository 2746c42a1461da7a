"""What a later run finds done before: it is told, and what could now be done better is done again."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from mingjian import lake as lakes
from mingjian.errors import TryAgainError
from mingjian.fleet.inputs import listings
from mingjian.fleet.limits import Limits
from mingjian.fleet.local import Local
from mingjian.fleet.lock import alone
from mingjian.fleet.order import Order
from mingjian.fleet.steps import staged_at
from mingjian.fleet.task import Task
from mingjian.judge import pack_folder
from tests.fleet.local.conftest import Zygote
from tests.fleet.local.hostile_acts import LIMITS, act
from tests.fleet.local.test_orders import House, Watcher

LONGER = replace(LIMITS, timeout=LIMITS.timeout + 60)


def carry_out(house: House, work: Callable[[Path, Task], None] = act) -> Any:
    engine = Local(house.journal, house.lake, 2)
    return Order(house.run, house.lake, house.journal, engine, Watcher()).carry_out(work, Event())


def second(house: House, limits: Limits) -> None:
    house.run = house.journal.begin(replace(house.run, id="second", state="planning", limits=limits))


def raw(house: House) -> list[bytes]:
    with lakes.open(house.lake) as opened:
        return [opened.document(key) for key, _ in opened.reports()]


def test_what_was_given_up_for_want_of_time_is_tried_again_by_a_later_run(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0"])
    assert carry_out(house, fail).poison == 1
    second(house, LONGER)
    assert (carry_out(house).done, house.journal.progress(house.run).known) == (1, 0)


@pytest.mark.parametrize(("limits", "scanned"), [(LIMITS, 0), (LONGER, 1)])
def test_what_was_read_in_part_is_read_again_by_a_run_that_gives_more_time(tmp_path: Path, limits: Limits, scanned: int) -> None:
    house = House(tmp_path, ["good 0"])
    carry_out(house)
    house.journal._connection.execute("UPDATE fleet_result SET verdict = 'partial'")
    second(house, limits)
    assert carry_out(house).known == 1 - scanned
    assert house.journal.result(key_of(house)).verdict == ("ok" if scanned else "partial")  # type: ignore[union-attr]
    assert (house.count("reports"), house.count("listings")) == (1, 2)
    assert not list((house.lake / "staging").rglob("*.json"))


def test_a_report_read_in_part_stays_good_when_reading_it_again_fails(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 0"])
    carry_out(house)
    house.journal._connection.execute("UPDATE fleet_result SET verdict = 'partial'")
    before = raw(house)
    second(house, LONGER)
    progress = carry_out(house, fail)
    assert (progress.done, progress.known, progress.poison) == (2, 2, 0)
    assert (raw(house), house.count("listings")) == (before, 4)


def test_two_runs_that_share_a_report_each_make_good_what_was_lost(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    other = house.journal.begin(replace(house.run, id="other"))

    def lose() -> None:
        """The other run has ended its jobs, and is still going on, when a report that both share is found lost."""
        if not house.journal.progress(other).done:
            house.journal.plan(other, listings_of(house))
            house.journal.mark(other.id, "running")
            assert all(outcome.known for outcome in Local(house.journal, house.lake, 2).run(other, act, Event()))
            staged_at(house.lake, min(result.key for result in house.journal.staged())).unlink()

    assert house.carry_out(Watcher(storing=lose)).done == 2
    # Its jobs were left as they were, and its report was made again by the first.
    assert house.journal.progress(other).done == 2
    house.run = house.journal.run(other.id)
    assert carry_out(house).done == 2
    assert (house.count("reports"), house.count("listings")) == (2, 4)


def test_a_lake_that_is_another_at_storing_takes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0"])
    house.run = house.journal.begin(replace(house.run, id="own", lake=lakes.found(house.lake)))

    def swapped() -> None:
        (house.lake / "lake.json").unlink()
        lakes.found(house.lake)

    with pytest.raises(TryAgainError) as other:
        house.carry_out(Watcher(storing=swapped))
    assert other.value.key == "fleet.other_lake"
    assert not (house.lake / "manifest.json").exists()
    assert len(list((house.lake / "staging").rglob("*.json"))) == 1


def test_a_run_of_other_packs_says_how_many_reports_are_judged_otherwise_and_what_to_do(zygote: Zygote, tmp_path: Path, app: bytes) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "a.apk").write_bytes(app)
    where = (str(tmp_path / "apps"), "--lake", str(tmp_path / "market"), "--lang", "en")
    assert zygote.run("fleet", "run", *where) == 0, zygote.said()
    assert zygote.run("fleet", "run", *where) == 0
    assert "other packs" not in zygote.said()
    pack = newer_pack(tmp_path / "other")
    assert zygote.run("fleet", "run", *where, "--pack", str(pack)) == 0, zygote.said()
    assert "1 done (1 of them" in zygote.said()
    assert "1 of the reports were there before and are judged by other packs" in zygote.said()
    assert f"mingjian fleet judge {tmp_path}/market --pack {pack}" in zygote.said()


def test_what_a_cancelled_run_and_one_of_another_program_finished_comes_into_the_lake(tmp_path: Path, zygote: Zygote) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    staged(house)
    assert zygote.run("fleet", "cancel", "--lake", str(house.lake), "--lang", "en") == 0, zygote.said()
    assert "2 reports that were finished are in the lake now" in zygote.said()
    assert house.count("reports") == 2

    (tmp_path / "again").mkdir()
    house = House(tmp_path / "again", ["good 0", "good 1"])
    staged(house)
    # The run's version is none that this program has.
    assert zygote.run("fleet", "resume", "--lake", str(house.lake), "--lang", "en") == 64, zygote.said()
    assert "2 reports that were finished are in the lake now" in zygote.said()
    assert "another version of the program" in zygote.said()
    assert (house.count("reports"), house.state()) == (2, "stopped")
    assert zygote.run("fleet", "resume", "--lake", str(house.lake), "--lang", "en") == 64
    assert len(zygote.said().splitlines()) == 1


def test_what_is_cancelled_while_another_program_is_at_it_is_left_to_that(tmp_path: Path, zygote: Zygote) -> None:
    house = House(tmp_path, ["good 0"])
    staged(house)
    with alone(house.lake):
        assert zygote.run("fleet", "cancel", "--lake", str(house.lake), "--lang", "en") == 0, zygote.said()
    assert len(zygote.said().splitlines()) == 1
    assert len(list(house.journal.staged())) == 1


def fail(folder: Path, task: Task) -> None:
    raise ValueError


def staged(house: House) -> None:
    """Has a run's reports staged and not taken into the lake."""
    house.journal.plan(house.run, listings_of(house))
    house.journal.mark(house.run.id, "stopped")
    assert len(list(Local(house.journal, house.lake, 2).run(house.run, act, Event()))) == len(listings_of(house))
    assert len(list(house.journal.staged())) == len(listings_of(house))


def listings_of(house: House) -> list[Any]:
    return list(listings(str(house.input)))


def key_of(house: House) -> str:
    (key,) = {key for _, key, _, _ in house.journal.delivered(house.run)}
    return key


def newer_pack(folder: Path) -> Path:
    """The shipped pack in another version."""
    shutil.copytree(pack_folder("cac-2019"), folder)
    head = folder / "pack.yml"
    changed, count = re.subn(r"(?m)^version:.*$", 'version: "99.0.0"', head.read_text(encoding="utf-8"))
    assert count == 1
    head.write_text(changed, encoding="utf-8")
    return folder
