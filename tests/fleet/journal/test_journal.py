"""What every journal promises, asked of each of them."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mingjian.errors import InputError, UsageError
from mingjian.fleet.journal import Job, Observer, Result
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.model.types import Text

RUN = Run(
    "a",
    "apps.csv",
    datetime(2026, 11, 22, 3, tzinfo=UTC),
    "2026H2",
    ("cac-2019",),
    "1.0",
    "f" * 64,
    Limits(timeout=7, tries=2),
    "running",
    "a" * 32,
)
OK = Outcome(0, "ok", "k0", "d0", seconds=2.5, cpu=1.5, memory=1 << 33)


@pytest.fixture(params=["sqlite", "postgres"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    kept: Any = (
        SqliteJournal(tmp_path / "journal.sqlite3") if request.param == "sqlite" else PostgresJournal(request.getfixturevalue("database"))
    )
    yield kept
    kept.close()


def listings(number: int) -> list[tuple[int, Listing]]:
    return [(place, Listing(f"/apps/{place}.apk")) for place in range(number)]


@pytest.fixture
def planned(journal: Any) -> Any:
    journal.begin(RUN)
    journal.plan(RUN, listings(4))
    return journal


def places(journal: Any) -> list[int]:
    return [job.place for job in journal.open_jobs(RUN)]


def test_a_run_that_is_begun_again_keeps_its_first_moment_packs_and_limits(journal: Any) -> None:
    assert journal.begin(RUN) == RUN
    again = replace(RUN, begun_at=datetime(2027, 1, 1, tzinfo=UTC), packs=("other",), limits=Limits(), state="planning")
    assert journal.begin(again) == RUN
    assert journal.run("a") == RUN


def test_a_run_of_a_newer_program_with_limits_that_are_not_known_here_can_be_looked_at(
    journal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = asdict(RUN.limits)
    with monkeypatch.context() as patch:
        patch.setattr("mingjian.fleet.sqlite.asdict", lambda _: kept | {"threads": 3})
        patch.setattr("mingjian.fleet.postgres.asdict", lambda _: kept | {"threads": 3})
        assert journal.begin(RUN) == RUN


def test_without_an_id_the_newest_run_is_given(journal: Any) -> None:
    journal.begin(RUN)
    newer = replace(RUN, id="0", begun_at=datetime(2026, 11, 22, 4, tzinfo=UTC))
    journal.begin(newer)
    assert journal.run() == newer
    assert [run.id for run in journal.runs()] == ["0", "a"]


def test_a_run_that_nobody_began_is_told_as_wrong_usage(journal: Any) -> None:
    with pytest.raises(UsageError):
        journal.run()
    with pytest.raises(UsageError):
        journal.run("a")


def test_a_state_is_kept(planned: Any) -> None:
    planned.mark("a", "stopped")
    assert planned.run("a").state == "stopped"


def test_a_run_that_was_cancelled_stays_so(planned: Any) -> None:
    planned.mark("a", "cancelled")
    planned.mark("a", "running")
    assert planned.run("a").state == "cancelled"


def test_planning_again_adds_what_is_missing(planned: Any) -> None:
    assert planned.plan(RUN, listings(6)) == 6
    assert [(job.place, job.listing) for job in planned.open_jobs(RUN)] == listings(6)


def test_planning_again_over_an_input_that_grew_in_its_middle_is_refused_and_changes_nothing(planned: Any) -> None:
    apps = [listing for _, listing in listings(4)]
    grown = list(enumerate([*apps[:2], Listing("/apps/1-new.apk"), *apps[2:]]))
    with pytest.raises(InputError) as refused:
        planned.plan(RUN, grown)
    assert (refused.value.key, refused.value.values["place"]) == ("fleet.input_changed", 2)
    assert [(job.place, job.listing) for job in planned.open_jobs(RUN)] == listings(4)


def test_more_jobs_than_a_page_are_all_given_once(journal: Any) -> None:
    journal.begin(RUN)
    assert journal.plan(RUN, listings(2501)) == 2501
    assert places(journal) == list(range(2501))


def test_every_field_of_a_listing_comes_back(journal: Any) -> None:
    full = Listing("s3://b/京东 %2F.apk", "e" * 64, "map", "华为", "浙江", "某公司", 0, ("p1", "p2"), ("r",), ("w",), "工具")
    journal.begin(RUN)
    journal.plan(RUN, [(7, full)])
    assert list(journal.open_jobs(RUN)) == [Job("a", 7, full)]


def test_a_try_is_counted_before_and_what_was_begun_comes_last(planned: Any) -> None:
    job = next(iter(planned.open_jobs(RUN)))
    assert planned.begun(job, "n") == 0
    planned.end(RUN, Outcome(0, "timeout", "k0"), "open", "n")
    assert planned.begun(job, "n") == 1
    assert [(each.place, each.tries, each.suspected) for each in planned.open_jobs(RUN)] == [
        (1, 0, False),
        (2, 0, False),
        (3, 0, False),
        (0, 1, True),
    ]


def test_a_try_that_never_ended_counts_only_when_it_was_begun_under_suspicion(planned: Any) -> None:
    job = next(iter(planned.open_jobs(RUN)))
    # Beside others, then alone, and alone again.
    assert [planned.begun(job, "n") for _ in range(3)] == [0, 0, 1]
    (suspect,) = (each for each in planned.open_jobs(RUN) if each.suspected)
    assert (suspect.place, suspect.tries) == (0, 2)


def test_a_suspicion_outlives_an_orderly_stop_and_ends_with_the_end_of_a_try(planned: Any) -> None:
    job = next(iter(planned.open_jobs(RUN)))
    planned.begun(job, "n")
    planned.begun(job, "n")
    planned.spared(job, "n")
    suspect = list(planned.open_jobs(RUN))[-1]
    assert (suspect.place, suspect.tries, suspect.suspected) == (0, 0, True)
    assert planned.begun(job, "n") == 0
    planned.end(RUN, Outcome(0, "crash", "k0"), "open", "n")
    cleared = next(iter(planned.open_jobs(RUN)))
    assert (cleared.place, cleared.tries, cleared.suspected) == (0, 1, False)


def test_a_try_that_ends_and_leaves_its_job_open_is_no_end_for_who_listens(planned: Any) -> None:
    heard: list[int] = []

    class Hears(Observer):
        def ended(self, run: Run, outcome: Outcome) -> None:
            heard.append(outcome.place)

    planned.observer = Hears()
    planned.end(RUN, Outcome(1, "timeout", "k1"), "open")
    planned.end(RUN, OK, "done")
    assert heard == [0]


def test_a_try_that_is_spared_does_not_count_and_never_below_none(planned: Any) -> None:
    job = next(iter(planned.open_jobs(RUN)))
    planned.begun(job, "n")
    planned.spared(job, "n")
    planned.spared(job, "n")
    assert planned.begun(job, "n") == 0


def test_who_lost_a_job_to_another_node_changes_nothing_of_its_try(planned: Any) -> None:
    job = next(iter(planned.open_jobs(RUN)))
    planned.begun(job, "first")
    planned.begun(job, "second")
    planned.begun(job, "second")
    planned.spared(job, "first")
    assert not planned.end(RUN, Outcome(0, "timeout", "k0"), "open", "first")
    (suspect,) = (each for each in planned.open_jobs(RUN) if each.suspected)
    # Both tries of the second were begun under suspicion, so both count while they do not end.
    assert (suspect.place, suspect.tries) == (0, 2)
    assert planned.end(RUN, Outcome(0, "timeout", "k0"), "open", "second")
    assert [each.suspected for each in planned.open_jobs(RUN)] == [False] * 4


def test_a_job_that_is_done_stays_as_it_was_first_done(planned: Any) -> None:
    assert planned.end(RUN, OK, "done")
    assert not planned.end(RUN, Outcome(0, "crash"), "poison")
    assert (planned.progress(RUN).done, list(planned.poisoned(RUN))) == (1, [])


def test_a_job_that_was_given_up_is_done_when_its_report_comes_after_all(planned: Any) -> None:
    planned.end(RUN, Outcome(0, "crash", reason=Text("崩溃", "it crashed")), "poison")
    assert planned.end(RUN, OK, "done")
    assert (planned.progress(RUN).done, planned.progress(RUN).poison) == (1, 0)


def test_a_failed_try_does_not_open_what_was_given_up(planned: Any) -> None:
    planned.end(RUN, Outcome(0, "crash"), "poison")
    assert not planned.end(RUN, Outcome(0, "timeout"), "open")
    assert planned.progress(RUN).poison == 1


def all_ended(journal: Any) -> None:
    """Places 0 and 1 done under keys that the lake has, 2 and 3 poison."""
    for place in (0, 1):
        journal.end(RUN, replace(OK, place=place, key=f"k{place}"), "done")
    for place in (2, 3):
        journal.end(RUN, Outcome(place, "refused", f"k{place}"), "poison")
    journal.taken(["k0", "k1"])


def test_a_run_is_finished_when_nothing_of_it_is_left(planned: Any) -> None:
    all_ended(planned)
    assert planned.finish(RUN, planned.progress(RUN))
    assert planned.run("a").state == "done"


def test_a_run_of_which_a_job_is_open_is_not_finished(planned: Any) -> None:
    planned.end(RUN, OK, "done")
    planned.taken(["k0"])
    assert not planned.finish(RUN, planned.progress(RUN))
    assert planned.run("a").state == "running"


def test_a_run_of_which_a_report_is_staged_is_not_finished(planned: Any) -> None:
    all_ended(planned)
    planned.end(RUN, replace(OK, sha256="d1"), "done")
    assert not planned.finish(RUN, planned.progress(RUN))


def test_a_run_of_which_a_report_was_forgotten_is_not_finished(planned: Any) -> None:
    all_ended(planned)
    other = replace(RUN, id="b")
    planned.begin(other)
    planned.lost(other, ["k0"])
    assert not planned.finish(RUN, planned.progress(RUN))


def test_a_run_of_which_a_job_came_to_another_end_since_is_not_finished(planned: Any) -> None:
    all_ended(planned)
    seen = planned.progress(RUN)
    # The lake has its report and not its listing.
    planned.end(RUN, Outcome(2, "ok", "k0", "d0", known=True), "done")
    assert not planned.finish(RUN, seen)
    assert planned.finish(RUN, planned.progress(RUN))


@pytest.mark.parametrize("state", ["stopped", "cancelled"])
def test_a_run_that_somebody_ended_is_not_finished(planned: Any, state: Any) -> None:
    all_ended(planned)
    planned.mark("a", state)
    assert not planned.finish(RUN, planned.progress(RUN))
    assert planned.run("a").state == state


def test_a_report_is_kept_with_its_job(planned: Any) -> None:
    planned.end(RUN, OK, "done")
    assert planned.result("k0") == Result("k0", "d0", False, "ok", timeout=7)
    assert places(planned) == [1, 2, 3]
    assert list(planned.listed(RUN, ["k9", "k0"])) == [(0, "k0", Listing("/apps/0.apk"))]


def test_a_report_is_kept_with_what_it_says_for_itself(planned: Any) -> None:
    planned.end(RUN, replace(OK, verdict="partial", of_report="ok"), "done")
    assert planned.result("k0").verdict == "ok"
    assert planned.verdicts(RUN) == {"partial": 1}


def test_ending_twice_writes_the_same(planned: Any) -> None:
    planned.end(RUN, OK, "done")
    planned.end(RUN, OK, "done")
    assert [result.key for result in planned.staged()] == ["k0"]
    assert planned.progress(RUN).done == 1


def test_two_listings_of_one_key_share_the_report(planned: Any) -> None:
    planned.end(RUN, OK, "done")
    planned.end(RUN, replace(OK, place=3, known=True, cpu=0), "done")
    assert [result.key for result in planned.staged()] == ["k0"]
    assert [place for place, _, _ in planned.listed(RUN, ["k0"])] == [0, 3]
    assert (planned.progress(RUN).done, planned.progress(RUN).known) == (2, 1)


def test_a_known_key_does_not_bring_a_taken_report_back(planned: Any) -> None:
    planned.end(RUN, OK, "done")
    planned.taken(["k0"])
    planned.end(RUN, replace(OK, place=3, known=True), "done")
    assert list(planned.staged()) == []
    assert planned.result("k0") == Result("k0", "d0", True, "ok", timeout=7)


def test_a_report_that_is_made_again_is_taken_again(planned: Any) -> None:
    planned.end(RUN, OK, "done")
    planned.taken(["k0"])
    longer = replace(RUN, id="b", limits=Limits(timeout=70))
    planned.begin(longer)
    planned.plan(longer, listings(1))
    planned.end(longer, replace(OK, sha256="d1"), "done")
    assert list(planned.staged()) == [Result("k0", "d1", False, "ok", timeout=70)]


def test_a_failed_try_leaves_the_job_open(planned: Any) -> None:
    planned.end(RUN, Outcome(1, "timeout", "k1", reason=Text("超时", "too slow"), cpu=4), "open")
    assert 1 in places(planned)
    assert planned.result("k1") is None
    assert planned.verdicts(RUN) == {}


def test_poison_tells_its_reason_and_is_opened_again_with_no_tries(planned: Any) -> None:
    jobs = list(planned.open_jobs(RUN))
    planned.begun(jobs[2], "n")
    reason = Text("崩溃", "it crashed")
    outcome = Outcome(2, "crash", "k2", reason=reason, seconds=1.5, cpu=0.5, memory=77)
    planned.end(RUN, outcome, "poison")
    assert list(planned.poisoned(RUN)) == [(replace(jobs[2], tries=1), outcome)]
    assert places(planned) == [0, 1, 3]
    assert planned.reopen(RUN) == 1
    assert list(planned.poisoned(RUN)) == []
    assert planned.begun(jobs[2], "n") == 0


def test_how_far_a_run_is(planned: Any) -> None:
    planned.end(RUN, OK, "done")
    planned.end(RUN, Outcome(1, "refused", cpu=0.25), "poison")
    planned.end(RUN, Outcome(2, "timeout", cpu=8), "open")
    progress = planned.progress(RUN)
    assert (progress.open, progress.done, progress.poison, progress.known, progress.cpu) == (2, 1, 1, 0, 9.75)
    assert planned.verdicts(RUN) == {"ok": 1, "refused": 1}


def test_results_wait_by_key_until_they_are_taken(planned: Any) -> None:
    for place, key in enumerate(("c", "a", "b")):
        planned.end(RUN, Outcome(place, "ok", key, key * 64), "done")
    assert [result.key for result in planned.staged()] == ["a", "b", "c"]
    planned.taken(["a", "c"])
    assert [result.key for result in planned.staged()] == ["b"]
    assert planned.result("a") == Result("a", "a" * 64, True, "ok", timeout=7)


def test_what_is_lost_opens_the_jobs_of_the_run_that_asks_and_each_other_finds_its_own(planned: Any) -> None:
    runs = [RUN, *(replace(RUN, id=state) for state in ("running", "stopped", "done"))]
    for run in runs:
        planned.begin(run)
        planned.plan(run, listings(2))
        planned.end(run, replace(OK, known=run != RUN), "done")
        planned.end(run, replace(OK, place=1, key="k1", known=run != RUN), "done")
    assert planned.lost(RUN, ["k0"]) == 1
    assert (planned.result("k0"), places(planned)) == (None, [0, 2, 3])
    assert [planned.progress(run).done for run in runs] == [1, 2, 2, 2]
    # Nothing was lost that this one knows of, but one of its reports was forgotten meanwhile.
    assert planned.lost(runs[1], []) == 1
    assert [planned.progress(run).done for run in runs] == [1, 1, 2, 2]
    # Another made it again, before this one came to ask.
    planned.end(RUN, OK, "done")
    assert planned.lost(runs[2], []) == 0


def test_runs_do_not_see_each_others_jobs(planned: Any) -> None:
    other = replace(RUN, id="b")
    planned.begin(other)
    planned.plan(other, listings(1))
    planned.end(other, OK, "done")
    assert places(planned) == [0, 1, 2, 3]
    assert list(planned.listed(RUN, ["k0"])) == []
    assert planned.progress(other).done == 1
