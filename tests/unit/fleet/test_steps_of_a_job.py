"""What a job is after a try, and what its key rests on."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mingjian.fleet.fetch import Fetched
from mingjian.fleet.key import key_of
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Outcome, Verdict
from mingjian.fleet.run import JobState, Run
from mingjian.fleet.spool import File
from mingjian.fleet.steps import state_after

FOLDER = Path("/job/input")
RUN = Run("a", "-", datetime(2026, 1, 1, tzinfo=UTC), "2026H1", ("cac-2019",), "1", "c")
LISTING = Listing("/apps/a.apk", category="map", operator="Somebody")


def fetched(package: str = "1" * 64, policy: str = "2" * 64) -> Fetched:
    files = (("package", File(FOLDER / "package", package, 9)), ("policy", File(FOLDER / "policy-1.html", policy, 9)))
    return Fetched(FOLDER, (FOLDER / "package",), (FOLDER / "policy-1.html",), (), (), files, ())


@pytest.mark.parametrize(
    ("verdict", "tries", "state"),
    [
        ("ok", 0, "done"),
        ("partial", 1, "done"),
        ("refused", 0, "poison"),
        ("timeout", 0, "open"),
        ("timeout", 1, "poison"),
        ("denied", 0, "open"),
        ("crash", 2, "poison"),
    ],
)
def test_what_is_refused_is_poison_at_once_and_the_rest_after_the_second_try(verdict: Verdict, tries: int, state: JobState) -> None:
    assert state_after(Outcome(0, verdict), tries, Limits(tries=2)) == state


def test_where_an_app_is_listed_and_which_packs_judge_it_are_no_part_of_its_key() -> None:
    key = key_of(fetched(), LISTING, RUN)
    elsewhere = replace(LISTING, location="/other/b.apk", store="another", downloads=7, region="north")
    assert key_of(fetched(), elsewhere, replace(RUN, id="b", packs=("other",), period="2026H2")) == key


def test_everything_that_a_report_rests_on_is_part_of_its_key() -> None:
    keys = {
        key_of(fetched(), LISTING, RUN),
        key_of(fetched(package="3" * 64), LISTING, RUN),
        key_of(fetched(policy="3" * 64), LISTING, RUN),
        key_of(fetched(), replace(LISTING, category="mapSome", operator="body"), RUN),
        key_of(fetched(), replace(LISTING, operator=""), RUN),
        key_of(fetched(), LISTING, replace(RUN, tool="2")),
        key_of(fetched(), LISTING, replace(RUN, catalogue="d")),
        key_of(fetched(), LISTING, replace(RUN, limits=Limits(flows=True))),
    }
    assert len(keys) == 8
