"""The heart: rules, observations and coverage go in, one finding for every clause comes out. Pure; the same input gives the same bytes."""

from collections.abc import Sequence
from hashlib import sha256

from mingjian.judge.evaluate import Evaluation, deciding, missing
from mingjian.judge.rule import Pack, Rule
from mingjian.model.types import Cap, Coverage, Finding, Hit, Observation, Subject, Truth, Verdict, Why

_VALUES: dict[Verdict, Truth] = {
    "violated": "yes",
    "suspected": "yes",
    "inconclusive": "unknown",
    "satisfied": "no",
    "not_applicable": "no",
}


def judge(
    packs: Pack | Sequence[Pack],
    observations: Sequence[Observation],
    coverage: Sequence[Coverage],
    subject: Subject,
    drafts: bool = False,
) -> tuple[Finding, ...]:
    """One finding for every clause in force, in the order of the packs; clauses in draft only when `drafts`, retired ones never."""
    findings: list[Finding] = []
    for pack in (packs,) if isinstance(packs, Pack) else packs:
        evaluation = Evaluation(observations, coverage, subject, pack.whens, pack.silence)
        findings += [find(rule, evaluation, observations, pack.cap(rule.clause)) for rule in in_force(pack, drafts)]
    return tuple(findings)


def in_force(pack: Pack, drafts: bool = False) -> tuple[Rule, ...]:
    """The rules that `judge` applies."""
    return tuple(rule for rule in pack.rules if rule.clause.status != "retired" and (drafts or rule.clause.status != "draft"))


def asked(packs: Sequence[Pack]) -> frozenset[tuple[str, str]]:
    """Clause and question of all that the clauses in force ask a reviewer; an answer to anything else would have no effect."""
    rules = [rule for pack in packs for rule in in_force(pack)]
    return frozenset((rule.clause.id, question.id) for rule in rules for question in rule.clause.checklist)


def find(rule: Rule, evaluation: Evaluation, observations: Sequence[Observation], cap: Cap | None = None) -> Finding:
    """The finding on one clause. With a `cap`, what would be violated is suspected, on the same hits."""
    applies = evaluation.why(rule.applies_if) if rule.applies_if else None
    violated = evaluation.why(rule.violated_if)
    suspected = evaluation.why(rule.suspected_if) if rule.suspected_if else None
    uncapped = _verdict(applies, violated, suspected)
    verdict: Verdict = "suspected" if cap and uncapped == "violated" else uncapped
    reasons = [Why(why.value, name, (why,)) for name, why in _sections(applies, violated, suspected)]
    lacking: tuple[str, ...] = ()
    if verdict == "inconclusive":
        unknown = applies if applies and applies.value == "unknown" else violated
        lacking = missing(unknown)
    decided = {"violated": violated, "suspected": suspected}.get(uncapped)
    return Finding(
        clause=rule.clause.id,
        verdict=verdict,
        hits=_hits(rule.clause.id, decided, observations) if decided else (),
        missing=lacking,
        why=Why(_VALUES[verdict], f"clause {rule.clause.id} {verdict}", tuple(reasons)),
        capped=cap if verdict != uncapped else None,
    )


def _verdict(applies: Why | None, violated: Why, suspected: Why | None) -> Verdict:
    if applies and applies.value == "no":
        return "not_applicable"
    if applies and applies.value == "unknown":
        return "inconclusive"
    if violated.value == "yes":
        return "violated"
    if suspected and suspected.value == "yes":
        return "suspected"
    return "inconclusive" if violated.value == "unknown" else "satisfied"


def _sections(applies: Why | None, violated: Why, suspected: Why | None) -> list[tuple[str, Why]]:
    named = (("applies if", applies), ("violated if", violated), ("suspected if", suspected))
    return [(name, why) for name, why in named if why]


def _hits(clause: str, why: Why, observations: Sequence[Observation]) -> tuple[Hit, ...]:
    """One hit for each action, data, actor and recipient. What was broken by an absence has no observation, and still one hit."""
    groups: dict[str, list[int]] = {}
    for first, beside in deciding(why):
        groups.setdefault(_fingerprint(clause, observations[first]), []).extend((first, *beside))
    if not groups:
        return (Hit(_fingerprint(clause, None), ()),)
    return tuple(Hit(fingerprint, tuple(dict.fromkeys(indices))) for fingerprint, indices in groups.items())


def _fingerprint(clause: str, observation: Observation | None) -> str:
    said = (observation.action, observation.data, observation.actor, observation.recipient) if observation else (None,) * 4
    return sha256("|".join((clause, *(word or "" for word in said))).encode()).hexdigest()[:16]
