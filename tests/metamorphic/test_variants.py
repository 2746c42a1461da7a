"""The tables of variants say what they mean: every edit fits its base, every clause is pushed both ways, every act is a known one."""

from collections import Counter

import pytest
from variants import BASES, Variant, acts, policy, variants

from mingjian.judge import load
from mingjian.judge.vocabulary import allowed, known
from mingjian.model.line import parse
from mingjian.model.types import Channel

RESTING = ("1.1", "1.4", "2.1", "2.2", "2.4", "3.4", "3.6", "3.8", "3.9", "4.5", "5.1", "5.2", "5.3", "6.1", "6.2", "6.3", "6.4", "6.5")
"""The clauses that rest on what a policy says."""
COVERED: tuple[Channel, ...] = ("manifest", "code", "layout")


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.id)
def test_edits_fit_the_base(variant: Variant) -> None:
    """`EditError` where an anchor is missing or ambiguous; and something changes."""
    files = variant.files()
    assert all(text.strip() for text in files.values())
    assert policy(variant.base) not in files.values() or len(files) > 1 or variant.acts() != acts(variant.base)


def test_names_are_unique() -> None:
    assert not [name for name, times in Counter(variant.id for variant in variants()).items() if times > 1]


def test_there_are_enough_of_each_base() -> None:
    count = Counter(variant.base for variant in variants())
    assert set(count) == set(BASES)
    assert min(count.values()) >= 30
    assert count.total() >= 170


@pytest.mark.parametrize("clause", RESTING)
def test_every_clause_is_raised_and_is_nearly_raised(clause: str) -> None:
    assert {variant.base for variant in variants() if clause in variant.expect}
    assert {variant.base for variant in variants() if not variant.expect and clause in variant.about}


def test_only_clauses_that_rest_on_the_policy_are_named() -> None:
    named = frozenset[str]().union(*(variant.expect | variant.may | variant.about for variant in variants()))
    assert named == set(RESTING)
    assert {f"cac-2019/{clause}" for clause in RESTING} <= {rule.clause.id for rule in load("cac-2019").rules}


def test_little_is_left_open() -> None:
    """An open clause weakens the suite; only where a mini program is a third party too do two items speak of the same act."""
    assert all(variant.may == {"5.1", "5.2"} and variant.expect == {"5.3"} for variant in variants() if variant.may)


@pytest.mark.parametrize("base", BASES)
def test_acts_are_known(base: str) -> None:
    covered, *lines = acts(base)
    assert tuple(covered.split()) == ("covered", *COVERED)
    lines += [line for variant in variants() if variant.base == base for line in variant.add]
    for line in lines:
        act = parse(line)
        words = {"action": act.action, "data": act.data, "phase": act.phase, "actor": act.actor}
        assert all(known(field, word) for field, word in words.items() if word is not None and not word.startswith("permission.")), line
        assert allowed(act.action, act.mode), line
        assert act.channel in COVERED, line
    assert len(set(lines)) == len(lines)
