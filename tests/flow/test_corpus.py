"""What the flow analysis finds in the pairs of `fixtures/flow`: what holds stays so, and the list of known errors is true."""

from collections import Counter
from pathlib import Path

import pytest

from fixtures.accuracy import compared, in_this_process, known_misses, misses, question
from fixtures.pairs import Twin, twins

PAIRS = list(twins())


def test_the_corpus_is_of_pairs_that_differ() -> None:
    assert len(PAIRS) >= 160
    by_pair: dict[tuple[str, str], list[Twin]] = {}
    for twin in PAIRS:
        by_pair.setdefault((twin.group, twin.pair), []).append(twin)
    for name, (first, twin) in by_pair.items():
        assert first.folder != twin.folder, name
        assert (first.flows, first.phases, first.spots) != (twin.flows, twin.phases, twin.spots), f"{name} decides nothing"
        assert first.decides.strip(), name


def test_every_kind_of_fact_is_expected_somewhere() -> None:
    phases = Counter(phase for twin in PAIRS for told in twin.phases.values() for phase in told)
    assert set(phases) == {"app_start", "app_start guarded", "ui", "background", "background guarded"}
    vias = {flow.partition(" via ")[2] for twin in PAIRS for flow in twin.flows}
    assert vias == {"", "digest", "truncate", "aggregate"}


def test_reasons_are_given_in_both_languages() -> None:
    for miss, why in known_misses().items():
        assert set(why) == {"en", "zh"} and all(why.values()), miss


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    return {f"{each.twin.group}/{each.twin.id}": misses(each) for each in compared(PAIRS, in_this_process)}


@pytest.mark.parametrize("group", sorted({twin.group for twin in PAIRS}))
def test_the_analysis_errs_only_where_it_is_known_to(found: dict[str, list[str]], group: str) -> None:
    told = {miss for name, each in found.items() if name.startswith(f"{group}/") for miss in each}
    known = {miss for miss in known_misses() if miss.startswith(f"{group}/")}
    assert told == known


def test_both_ends_of_a_flow_and_its_steps_stand_in_the_package(tmp_path: Path) -> None:
    """Also where the code calls by reflection, or the platform hands on what it got."""
    for twin in PAIRS:
        path = tmp_path / "app.apk"
        twin.write(path)
        for flow in in_this_process(path, question())["flows"]:
            assert flow["source"]["dex"] == flow["sink"]["dex"] == "classes.dex", twin.id
            assert [step["method"] for step in flow["path"] if step["method"].startswith("L$")] == [], twin.id
