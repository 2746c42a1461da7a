"""One conduct is one entry with every clause that it breaks; what only says when a clause applies is none."""

from dataclasses import replace
from itertools import permutations

import pytest

from mingjian.judge.clauses import clause_of
from mingjian.judge.evaluate import Evaluation
from mingjian.judge.load import load
from mingjian.judge.nodes import parse_yaml
from mingjian.judge.verdict import find
from mingjian.model.conducts import conducts_of
from mingjian.model.line import format_line, parse
from mingjian.model.types import Conduct, Coverage, Finding, PackVersion, Report, Subject, Text, Tool, Verdict, Why

SIGNALS = load("cac-2019").whens
SUBJECT = Subject("0", "android", "a.b", "1", "App", None, ())
COVERED = tuple(
    Coverage(channel, "test", "complete", phases)  # type: ignore[arg-type]
    for channel, phases in (
        ("policy", ()),
        ("manifest", ()),
        ("layout", ()),
        ("code", ()),
        ("flow", ()),
        ("review", ()),
        *((each, ("before_consent", "after_refusal", "foreground", "background", "after_update")) for each in ("api", "network", "ui")),
    )
)
IMEI = "observed collect device.imei by sdk.umeng during before_consent via api"


def clause(id: str, logic: str, head: str = "violated_if") -> str:
    pack, _, number = id.partition("/")
    return (
        f"id: {id}\ntitle: {{zh: 标题, en: Title}}\ncites: {{instrument: {pack.upper()}, article: {number}, confidence: read}}\n"
        "severity: high\nstatus: preview\nneeds: []\n"
        f"{head}: {logic}\n"
        "checklist: [{id: asked, text: {zh: 问, en: Asked}}, {id: other, text: {zh: 另, en: Other}}]\n"
        "message: {zh: 消息, en: Message}\nremedy: {zh: 整改, en: Remedy}\nexamples: []\n"
    )


def report(given: tuple[str, ...], logic: dict[str, str], natures: dict[str, str] | None = None) -> Report:
    """The report of invented clauses, by id, over some facts; their packs are law unless `natures` says otherwise."""
    facts = tuple(parse(line) for line in given)
    rules = [clause_of(parse_yaml(clause(id, text).encode(), id), SIGNALS) for id, text in logic.items()]
    evaluation = Evaluation(facts, COVERED, SUBJECT, SIGNALS)
    packs = dict.fromkeys(id.partition("/")[0] for id in logic)
    return Report(
        tool=Tool("1", "c", "none"),
        subject=SUBJECT,
        packs=tuple(PackVersion(id, "1", "0" * 64, Text(id, id), (natures or {}).get(id, "law")) for id in packs),  # type: ignore[arg-type]
        clauses=tuple(rule.clause for rule in rules),
        coverage=COVERED,
        observations=facts,
        findings=tuple(find(rule, evaluation, facts) for rule in rules),
        created_at="2026-01-01T00:00:00+08:00",
    )


def told(given: tuple[str, ...], logic: str) -> list[list[str]]:
    """The conducts behind one clause: the lines of their acts, or what is missing."""
    made = report(given, {"a/1": logic})
    return [[format_line(made.observations[index]) for index in each.observations] or list(each.absent) for each in conducts_of(made)]


COLLECTS = "{seen: {mode: observed, channel: api, action: collect, data: device, phase: before_consent}}"
NO_WITHDRAWAL = "{not: {seen: {mode: claimed, action: withdraw}}}"


def test_one_conduct_that_four_instruments_forbid_stands_once_with_four_citations() -> None:
    made = report((IMEI,), dict.fromkeys(("a/1", "b/2", "c/3", "d/4"), COLLECTS))
    (conduct,) = conducts_of(made)
    assert [breach.clause for breach in conduct.breaches] == ["a/1", "b/2", "c/3", "d/4"]
    assert (conduct.verdict, conduct.observations, conduct.absent) == ("violated", (0,), ())


def test_the_same_act_at_another_time_and_of_another_kind_is_the_same_conduct() -> None:
    later = IMEI.replace("before_consent", "foreground")
    could = "possible collect device.imei by sdk.umeng during app_start via code"
    both = "{any: [{seen: {mode: observed, action: collect, phase: any}}, {seen: {mode: possible, action: collect}}]}"
    assert told((IMEI, later, could), both) == [[IMEI, later, could]]


@pytest.mark.parametrize(
    ("before", "after"),
    [("device.imei", "device.oaid"), ("sdk.umeng", "app"), ("collect", "share"), ("by sdk.umeng", "to sdk.umeng by sdk.umeng")],
)
def test_another_act_other_data_another_owner_or_recipient_is_another_conduct(before: str, after: str) -> None:
    other = parse(IMEI.replace(before, after, 1)) if "to" not in after else replace(parse(IMEI), recipient="sdk.umeng")
    line = format_line(replace(other, channel="api"))
    assert len(told((IMEI, line), "{seen: {mode: observed, channel: api, action: [collect, share], phase: any}}")) == 2


def test_every_part_of_an_any_that_holds_is_a_fault_of_its_own() -> None:
    assert told((IMEI,), f"{{any: [{COLLECTS}, {NO_WITHDRAWAL}]}}") == [[IMEI], ["seen claimed withdraw via policy"]]


ACCOUNT = "declared account via layout"
CLAIM = "claimed collect contacts by app via policy"


@pytest.mark.parametrize(
    ("given", "parts", "expected"),
    [
        # The app has accounts: that is when it matters that nobody can withdraw.
        ((ACCOUNT,), ["{signal: has-accounts}", NO_WITHDRAWAL], [["seen claimed withdraw via policy"]]),
        # It collects, which is why a way back is owed; the signal is a scene even where it saw something done with data.
        ((IMEI,), ["{signal: handles-personal-information}", NO_WITHDRAWAL], [["seen claimed withdraw via policy"]]),
        # What was done with data is the fault, and that the policy is silent is why.
        ((IMEI,), [COLLECTS, "{not: {seen: {mode: claimed, action: collect, data: device}}}"], [[IMEI]]),
        # A person's word confirms an act.
        ((IMEI, "shown attest.asked via review"), [COLLECTS, "{attested: asked}"], [[IMEI]]),
        # That nobody has denied it is no fault.
        ((IMEI,), [COLLECTS, "{not: {denied: asked}}"], [[IMEI]]),
        # A claim sets the scene for what is missing from the policy.
        ((CLAIM,), ["{seen: {mode: claimed, action: collect}}", NO_WITHDRAWAL], [["seen claimed withdraw via policy"]]),
        # Two ways of showing one thing are both missing: that is one absence.
        (
            (),
            ["{not: {seen: {mode: shown, action: withdraw, phase: foreground}}}", NO_WITHDRAWAL],
            [["seen shown withdraw during foreground via ui"]],
        ),
        # A screen that is there, without what must be on it.
        (
            ("shown prompt.policy during before_consent via ui",),
            [
                "{seen: {mode: shown, action: prompt.policy, phase: before_consent}}",
                "{not: {seen: {mode: shown, action: refuse, phase: before_consent}}}",
            ],
            [["seen shown refuse during before_consent via ui"]],
        ),
        # What is done, but not told of.
        (
            ("observed target via network during foreground",),
            [
                "{seen: {mode: observed, channel: network, action: target, phase: foreground}}",
                "{not: {seen: {mode: claimed, action: target}}}",
            ],
            [["observed target during foreground via network"]],
        ),
    ],
)
def test_one_part_of_an_all_bears_the_fault(given: tuple[str, ...], parts: list[str], expected: list[list[str]]) -> None:
    given = tuple(format_line(parse(line)) for line in given)
    for ordered in permutations(parts):
        found = told(given, f"{{all: [{', '.join(ordered)}]}}")
        # Of two absences of one thing either may be told first.
        assert found == expected or (not given and len(found) == 1 and "withdraw" in found[0][0])


def test_the_policy_that_was_broken_is_not_the_conduct_but_what_broke_it_is() -> None:
    denied = "claimed not collect device.imei by app via policy"
    done = "{seen: {mode: observed, action: collect, data: $x.data, phase: any}}"
    join = f"{{some: {{of: {{mode: claimed, action: collect, negated: true}}, as: x, where: {done}}}}}"
    assert told((denied, IMEI), join) == [[IMEI]]


def test_what_a_join_compared_an_act_with_is_no_conduct() -> None:
    told_of = "claimed collect device.oaid by app via policy"
    untold = "{not: {seen: {mode: claimed, action: collect, data: $x.data}}}"
    join = f"{{some: {{of: {{mode: observed, action: collect, phase: any}}, as: x, where: {untold}}}}}"
    assert told((told_of, IMEI), join) == [[IMEI]]


def test_a_policy_that_denies_a_thing_says_what_one_that_lacks_it_does() -> None:
    denied = "claimed not withdraw by app via policy"
    logic = {
        "a/1": "{seen: {mode: claimed, action: withdraw, negated: true}}",
        "b/2": "{not: {seen: {mode: shown, action: withdraw, phase: foreground}}}",
    }
    (conduct,) = conducts_of(report((denied,), logic))
    assert [breach.clause for breach in conduct.breaches] == ["a/1", "b/2"]
    assert (conduct.observations, conduct.absent) == ((0,), ("seen shown withdraw during foreground via ui",))


def test_absences_of_different_things_are_different_conducts() -> None:
    other = "{not: {seen: {mode: claimed, action: complain}}}"
    assert len(conducts_of(report((), {"a/1": NO_WITHDRAWAL, "b/2": other, "c/3": NO_WITHDRAWAL}))) == 2


def test_each_question_that_a_person_confirmed_is_a_conduct() -> None:
    given = ("shown attest.asked via review", "shown attest.other via review")
    assert told(given, "{any: [{attested: asked}, {attested: other}]}") == [[given[0]], [given[1]]]
    assert told(given, "{all: [{attested: asked}, {attested: other}]}") == [[given[0]]]


def test_a_conduct_has_its_strongest_verdict_and_a_draft_lends_it_none() -> None:
    made = report((IMEI,), {"a/1": COLLECTS, "draft/2": COLLECTS}, {"draft": "draft"})
    weaker = tuple(replace(each, verdict=verdict) for each, verdict in zip(made.findings, _verdicts("suspected", "violated"), strict=True))
    sections = tuple(replace(each, why=_renamed(each.why, each.verdict)) for each in weaker)
    (conduct,) = conducts_of(replace(made, findings=sections))
    assert (conduct.verdict, conduct.counts, len(conduct.breaches)) == ("suspected", True, 2)
    (alone,) = conducts_of(replace(made, findings=sections[1:]))
    assert (alone.verdict, alone.counts) == ("violated", False)


def _verdicts(*found: Verdict) -> tuple[Verdict, ...]:
    return found


def _renamed(why: Why | None, verdict: Verdict) -> Why | None:
    """The reasons of a finding whose verdict was changed by hand."""
    if why is None:
        return None
    return replace(why, children=tuple(replace(each, label=f"{verdict} if") for each in why.children if each.label == "violated if"))


def test_a_capped_verdict_rests_on_what_would_violate() -> None:
    made = report((IMEI,), {"a/1": COLLECTS})
    (finding,) = made.findings
    capped = replace(made, findings=(replace(finding, verdict="suspected", capped="recalled"),))
    (conduct,) = conducts_of(capped)
    assert (conduct.verdict, conduct.observations, conduct.breaches[0].capped) == ("suspected", (0,), "recalled")


def test_a_finding_without_reasons_is_told_by_its_hits_and_one_without_anything_by_its_clause() -> None:
    made = report((IMEI,), {"a/1": COLLECTS})
    (finding,) = made.findings
    assert conducts_of(replace(made, findings=(replace(finding, why=None),))) == conducts_of(made)
    (bare,) = conducts_of(replace(made, findings=(Finding("a/1", "violated"),)))
    assert (bare.observations, bare.absent) == ((), ())


def test_no_order_of_packs_makes_another_set_of_conducts() -> None:
    logic = {"a/1": COLLECTS, "b/2": f"{{any: [{COLLECTS}, {NO_WITHDRAWAL}]}}", "c/3": NO_WITHDRAWAL}
    orders = [_of(ordered) for ordered in permutations(logic.items())]
    made = {frozenset((each.id, *sorted(breach.clause for breach in each.breaches)) for each in found) for found in orders}
    assert len(made) == 1


def _of(ordered: tuple[tuple[str, str], ...]) -> tuple[Conduct, ...]:
    return conducts_of(report((IMEI,), dict(ordered)))
