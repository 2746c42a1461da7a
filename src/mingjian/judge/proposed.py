"""Judging an app whose type the program proposed and nobody confirmed: the proposal may raise a suspicion, and decides nothing else."""

from collections.abc import Sequence
from dataclasses import replace

from mingjian.judge import verdict
from mingjian.judge.rule import Pack
from mingjian.model.types import Coverage, Finding, Observation, Subject


def judge(
    packs: Pack | Sequence[Pack],
    observations: Sequence[Observation],
    coverage: Sequence[Coverage],
    subject: Subject,
    drafts: bool = False,
) -> tuple[Finding, ...]:
    """As `verdict.judge`. A clause that only the proposed type breaks is suspected and `capped`; what only that type would acquit, or
    put out of a clause's reach, stays as undecided as it is without a type."""
    known = verdict.judge(packs, observations, coverage, subject, drafts)
    proposed = subject.proposed.category if subject.proposed else None
    if subject.category is not None or proposed is None:
        return known
    guessed = verdict.judge(packs, observations, coverage, replace(subject, category=proposed), drafts)
    return tuple(_weighed(sure, guess) for sure, guess in zip(known, guessed, strict=True))


def _weighed(sure: Finding, guess: Finding) -> Finding:
    if guess.verdict == "violated" and sure.verdict != "violated":
        why = replace(guess.why, label=f"clause {guess.clause} suspected") if guess.why else None
        return replace(guess, verdict="suspected", why=why, capped="proposed")
    raised = guess.verdict == "suspected" and sure.verdict in ("inconclusive", "satisfied", "not_applicable")
    return guess if raised else sure
