"""Taking in and merging: nothing lost, nothing doubled, the same content in the same files however it came."""

import fcntl
import random
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import IO

import pytest

from mingjian import lake
from mingjian.errors import InputError, TryAgainError
from mingjian.lake import Staged, questions
from mingjian.lake.checking import check
from mingjian.lake.manifest import load
from mingjian.lake.questions import Apps
from mingjian.model.types import Signer
from tests.unit.lake.making import LATER, PERIOD, files, key, named, poison, report, stage


def manifest(folder: Path) -> bytes:
    return (folder / "manifest.json").read_bytes()


def test_what_was_staged_is_there_byte_for_byte_and_in_every_view(tmp_path: Path) -> None:
    staged = [stage(tmp_path / "s", number) for number in range(3)]
    done = lake.compact(tmp_path / "lake", staged, [poison(9)])
    assert (done.reports, done.unreadable) == (3, ())
    with lake.open(tmp_path / "lake") as opened:
        for item in staged:
            assert item.path
            assert opened.document(item.key) == item.path.read_bytes()
        assert [found for found, _ in opened.reports()] == [key(number) for number in range(3)]
        assert opened.report(key(1)) == report("com.example.a1")
        assert list(opened.reports(LATER)) == []
        counts = {
            view: opened.query(f"select count(*) from {view}").rows[0][0]
            for view in ("apps", "reports", "findings", "permissions", "sdks", "acts", "coverage", "listings", "poison")
        }
        apps = opened.query("select package, store, downloads, violated from apps order by package").rows
        assert apps == [("com.example.a0", "a", 0, 1), ("com.example.a1", "a", 1, 1), ("com.example.a2", "a", 2, 1)]
        assert opened.query("select permission, permission_group from permissions limit 1").rows == [
            ("permission.location.ACCESS_FINE_LOCATION", "location")
        ]
        assert opened.query("select sdk, told from sdks limit 1").rows == [("sdk.counter", False)]
        assert opened.query("select key, verdict, reason_en, seconds from poison").rows == [(key(9), "timeout", "too long", 300.5)]
    assert counts == dict.fromkeys(counts, 3) | {"poison": 1}
    assert not list(check(tmp_path / "lake", load(tmp_path / "lake")))


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    staged = [stage(tmp_path / "s", number) for number in range(3)]
    lake.compact(tmp_path / "lake", staged, [poison(9)])
    before = manifest(tmp_path / "lake"), files(tmp_path / "lake")
    for full in (False, True, False):
        assert lake.compact(tmp_path / "lake", staged, [poison(9)], full=full).reports == 0
        assert (manifest(tmp_path / "lake"), files(tmp_path / "lake")) == before


def test_the_order_and_the_steps_do_not_show_in_the_files(tmp_path: Path) -> None:
    staged = [stage(tmp_path / "s", number) for number in range(7)]
    lake.compact(tmp_path / "one", staged, [poison(8), poison(9)], full=True, most=3)
    shuffled = random.Random(7).sample(staged, 7)
    lake.compact(tmp_path / "many", shuffled[:1], [poison(9)])
    lake.compact(tmp_path / "many", shuffled[1:5], [poison(9), poison(8)], most=2)
    lake.compact(tmp_path / "many", shuffled[4:])
    lake.compact(tmp_path / "many", full=True, most=3)
    assert named(tmp_path / "many") == named(tmp_path / "one")
    assert manifest(tmp_path / "many") == manifest(tmp_path / "one")
    with lake.open(tmp_path / "many") as many, lake.open(tmp_path / "one") as one:
        assert many.digest == one.digest == sha256(manifest(tmp_path / "one")).hexdigest()
    parts = [part for part in load(tmp_path / "one").parts if part.family == "reports"]
    assert [part.rows for part in parts] == [3, 3, 1]
    assert not list(check(tmp_path / "many", load(tmp_path / "many")))


def test_a_newer_report_takes_the_place_of_the_older_and_stays_in_its_half_year(tmp_path: Path) -> None:
    staged = [stage(tmp_path / "s", number) for number in range(3)]
    lake.compact(tmp_path / "lake", staged)
    again = stage(tmp_path / "t", 1, report("com.example.a1", "satisfied"), period=LATER)
    assert lake.compact(tmp_path / "lake", [again]).reports == 1
    with lake.open(tmp_path / "lake") as opened:
        assert opened.query("select package, verdict, period from findings order by package").rows == [
            ("com.example.a0", "violated", PERIOD),
            ("com.example.a1", "satisfied", PERIOD),
            ("com.example.a2", "violated", PERIOD),
        ]
        assert opened.report(key(1)).findings[0].verdict == "satisfied"
        assert opened.report(key(2)) == report("com.example.a2")
    assert not list(check(tmp_path / "lake", load(tmp_path / "lake")))


def test_a_known_report_that_is_listed_anew_is_an_app_of_that_half_year_too(tmp_path: Path) -> None:
    lake.compact(tmp_path / "lake", [stage(tmp_path / "s", 1)])
    later = Staged(key(1), None, LATER, [("run-2", 1, {"store": "b", "downloads": 3}), ("run-2", 2, {"store": "c", "downloads": 5})])
    lake.compact(tmp_path / "lake", [later])
    lake.compact(tmp_path / "lake", [later])
    with lake.open(tmp_path / "lake") as opened:
        apps = opened.query("select period, report, store from apps order by period").rows
        assert apps == [(PERIOD, key(1), "a"), (LATER, key(1), "c")]
        assert opened.query("select count(*) from listings").rows == [(3,)]
        assert opened.query("select count(*) from findings").rows == [(1,)]


def test_the_newest_report_of_an_app_stands_for_it(tmp_path: Path) -> None:
    old = stage(tmp_path / "s", 1, report("com.example.shop", "violated", "2026-08-01T00:00:00+00:00"))
    new = stage(tmp_path / "s", 2, report("com.example.shop", "satisfied", "2026-08-01T07:00:00+08:00"))
    newest = stage(tmp_path / "s", 3, report("com.example.shop", "inconclusive", "2026-08-01T08:30:00+08:00"))
    lake.compact(tmp_path / "lake", [newest, old, new])
    with lake.open(tmp_path / "lake") as opened:
        assert opened.query("select report, inconclusive from apps").rows == [(key(3), 1)]


def test_what_is_listed_is_poison_no_longer_and_a_second_end_takes_the_place_of_the_first(tmp_path: Path) -> None:
    lake.compact(tmp_path / "lake", [], [poison(1), poison(2)])
    lake.compact(tmp_path / "lake", [stage(tmp_path / "s", 1)], [replace(poison(2), verdict="crash")])
    with lake.open(tmp_path / "lake") as opened:
        assert opened.query("select place, verdict from poison").rows == [(2, "crash")]
    lake.compact(tmp_path / "lake", [stage(tmp_path / "s", 2)])
    with lake.open(tmp_path / "lake") as opened:
        assert opened.query("select * from poison").rows == []


def test_what_cannot_be_read_is_told_and_left_out_with_its_listings(tmp_path: Path) -> None:
    good, cut, gone = (stage(tmp_path / "s", number) for number in range(3))
    assert cut.path
    assert gone.path
    cut.path.write_bytes(cut.path.read_bytes()[:100])
    gone.path.unlink()
    unknown = Staged(key(4), None, PERIOD, [("run-1", 4, {})])
    done = lake.compact(tmp_path / "lake", [good, cut, gone, unknown])
    assert done.unreadable == (cut.key, gone.key, unknown.key)
    with lake.open(tmp_path / "lake") as opened:
        assert opened.query("select report from listings").rows == [(good.key,)]
        with pytest.raises(InputError, match=r"lake\.no_report"):
            opened.report(cut.key)


def test_a_staged_file_that_is_lost_costs_nothing_once_the_lake_has_its_report(tmp_path: Path) -> None:
    staged = stage(tmp_path / "s", 1)
    lake.compact(tmp_path / "lake", [staged])
    assert staged.path
    staged.path.unlink()
    again = replace(staged, listings=[("run-2", 5, {"store": "b"})])
    assert lake.compact(tmp_path / "lake", [again]).unreadable == ()
    with lake.open(tmp_path / "lake") as opened:
        assert opened.query("select run from listings order by run").rows == [("run-1",), ("run-2",)]
        assert opened.report(key(1)) == report("com.example.a1")


def test_small_steps_do_not_leave_many_files_nor_rewrite_the_large(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    first = [stage(tmp_path / "s", number) for number in range(100, 140)]
    lake.compact(folder, first)
    large = {part.files["pack"].sha256 for part in load(folder).parts if part.family == "reports"}
    for number in range(20):
        lake.compact(folder, [stage(tmp_path / "s", number)])
        parts = [part for part in load(folder).parts if part.family == "reports"]
        assert large <= {part.files["pack"].sha256 for part in parts}
        assert len(parts) <= 1 + 7 + 2
    assert sum(part.rows for part in parts) == 60
    assert not list(check(folder, load(folder)))


def test_a_reader_keeps_its_lake_for_one_compaction_and_is_told_when_it_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    lake.compact(folder, [stage(tmp_path / "s", 1)], most=1)
    with lake.open(folder) as opened:
        lake.compact(folder, [stage(tmp_path / "s", 2)], full=True)
        assert opened.query("select count(*) from findings").rows == [(1,)]
        assert len(files(folder)) > len(named(folder))
        lake.compact(folder)
        assert opened.query("select count(*) from findings").rows == [(1,)]
        lake.compact(folder)
        assert files(folder) == named(folder)
        with pytest.raises(TryAgainError, match=r"lake\.changed"):
            opened.query("select count(distinct clause) from findings")


def test_one_compaction_at_a_time(tmp_path: Path) -> None:
    lake.found(tmp_path / "lake")
    with (tmp_path / "lake" / "lake.json").open("rb") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        with pytest.raises(TryAgainError, match=r"lake\.busy"):
            lake.compact(tmp_path / "lake")
    lake.compact(tmp_path / "lake")


def test_damage_is_told_and_not_merged_onward(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    lake.compact(folder, [stage(tmp_path / "s", 1)])
    lake.compact(folder, [stage(tmp_path / "s", 2)])
    before = manifest(folder)
    pack = next(folder / path for name, path, _, _ in load(folder).files() if name == "pack")
    content = bytearray(pack.read_bytes())
    content[40] ^= 1
    pack.write_bytes(content)
    with pytest.raises(InputError, match=r"lake\.damaged"):
        lake.compact(folder, full=True)
    assert manifest(folder) == before


def test_a_lake_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "la[k]e's *?"
    lake.compact(folder, [stage(tmp_path / "s", 1)])
    lake.compact(folder, [stage(tmp_path / "s", 2)], full=True)
    with lake.open(folder) as opened:
        assert opened.query("select count(*) from apps").rows == [(2,)]
        assert opened.report(key(2)) == report("com.example.a2")
    assert not list(check(folder, load(folder)))


def test_a_wrong_key_or_period_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for wrong in (Staged("../x", None, PERIOD), Staged(key(1), None, "2026H3"), Staged(key(1), None, "../2026H2")):
        with pytest.raises(ValueError, match="no "):
            lake.compact(tmp_path / "lake", [wrong])
    assert files(tmp_path / "lake") == []


def test_a_counterfeit_takes_no_row_and_a_store_is_looked_at_before_the_newest_is_chosen(tmp_path: Path) -> None:
    # Every report of a run has one moment, and the key of the counterfeit is the smaller one.
    real = report("com.example.bank")
    counterfeit = replace(real, subject=replace(real.subject, signer=Signer("6" * 64, "CN=Other", "v2", "yes")))
    newer = replace(real, created_at="2026-11-23T13:00:00+00:00")
    listing = {"location": "x.apk", "store": "a", "downloads": 5_000_000}
    lake.compact(
        tmp_path / "lake",
        [
            stage(tmp_path / "s", 1, counterfeit, {**listing, "downloads": 3}),
            stage(tmp_path / "s", 2, real, listing),
            stage(tmp_path / "s", 3, newer, {**listing, "store": "b"}),
        ],
    )
    with lake.open(tmp_path / "lake") as opened:
        assert opened.query("select report from apps order by report").rows == [(key(1),), (key(3),)]
        assert {row.report for row in questions.ranking(opened, Apps(store="a"), "act").rows} == {key(1), key(2)}


def test_the_claim_is_made_on_a_file_that_may_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = []

    def flock(file: IO[bytes], how: int) -> None:
        claimed.append(file.writable())

    monkeypatch.setattr(fcntl, "flock", flock)
    lake.compact(tmp_path / "lake")
    assert claimed == [True]
