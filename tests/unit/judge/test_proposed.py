"""A type that nobody confirmed may raise a suspicion, and decides nothing else."""

from dataclasses import replace

import pytest

from mingjian.judge import Pack, judge, load
from mingjian.model.line import parse
from mingjian.model.types import Coverage, Finding, Proposal, Subject

CALL_LOG = "declared declare permission.call_log.READ_CALL_LOG by app via manifest"
LOCATION = "declared declare permission.location.ACCESS_FINE_LOCATION by app via manifest"
NO_FUNCTION = "shown attest.no-function via review"
UNUSED = "observed collect calendar.events by app during foreground via api"
KNOWN, GUESSED, ABSENT = (
    {"category": "map_navigation"},
    {"proposed": Proposal("proposed", "map_navigation")},
    {"proposed": Proposal("unknown")},
)


def _read_in_full(pack: Pack) -> Pack:
    """The same rules as if their text was before us, so that nothing but the type can cap a verdict."""
    clauses = [replace(rule.clause, cites=replace(rule.clause.cites, confidence="full_text")) for rule in pack.rules]
    return replace(pack, rules=tuple(replace(rule, clause=clause) for rule, clause in zip(pack.rules, clauses, strict=True)))


def found(about: dict[str, object], *lines: str) -> Finding:
    subject = Subject("0", "android", "a.b", "1", "App", None, (), **about)  # type: ignore[arg-type]
    phases = ("before_consent", "after_refusal", "foreground", "background", "closed")
    coverage = [Coverage(channel, "x", "complete") for channel in ("manifest", "policy", "review")]  # type: ignore[arg-type]
    coverage += [Coverage(channel, "x", "complete", phases) for channel in ("api", "network")]  # type: ignore[arg-type]
    findings = judge(_read_in_full(load("cac-2019")), [parse(line) for line in lines], coverage, subject)
    (only,) = [finding for finding in findings if finding.clause == "cac-2019/4.1"]
    return only


def test_what_only_a_proposed_type_breaks_is_suspected_and_says_why() -> None:
    known, guessed = found(KNOWN, CALL_LOG, NO_FUNCTION), found(GUESSED, CALL_LOG, NO_FUNCTION)
    assert (known.verdict, known.capped) == ("violated", None)
    assert (guessed.verdict, guessed.capped) == ("suspected", "proposed")
    assert guessed.hits == known.hits
    assert guessed.why is not None
    assert guessed.why.label == "clause cac-2019/4.1 suspected"


def test_what_is_broken_whatever_the_type_stays_violated() -> None:
    """The calendar is read without a stated use, which no type excuses."""
    assert found({}, UNUSED, NO_FUNCTION).verdict == "violated"
    assert (found(GUESSED, UNUSED, NO_FUNCTION).verdict, found(GUESSED, UNUSED, NO_FUNCTION).capped) == ("violated", None)


@pytest.mark.parametrize("about", [{}, GUESSED, ABSENT])
def test_a_proposed_type_acquits_nobody(about: dict[str, object]) -> None:
    assert found(KNOWN, LOCATION).verdict == "satisfied"
    assert found(about, LOCATION).verdict == "inconclusive"
    assert "subject.category" in found(about, LOCATION).missing


def test_a_confirmed_type_is_not_overruled_by_a_proposal() -> None:
    both = {"category": "map_navigation", "proposed": Proposal("proposed", "instant_messaging")}
    assert found(both, LOCATION) == found(KNOWN, LOCATION)
