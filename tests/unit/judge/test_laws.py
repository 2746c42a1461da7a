"""Laws that hold for every expression over every set of facts."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mingjian.judge.evaluate import Evaluation, deciding, missing
from mingjian.judge.expr import All, Bound, Counted, Either, Except, Expr, Named, Negation, Pattern, Seen, Some, Value
from mingjian.judge.nodes import Place
from mingjian.judge.rule import Rule
from mingjian.judge.truth import negated
from mingjian.judge.verdict import find
from mingjian.model.types import Citation, Clause, Coverage, Observation, Subject, Tally, Text, Why

SUBJECT = Subject("0", "android", "a.b", "1", "App", None, ())
TEXT = Text("文", "text")
CLAUSE = Clause("mini/1.1", TEXT, Citation("MINI", 1, 1), "high", "preview", (), (), TEXT, TEXT)
PLACE = Place("x.yml", 1, 1)

data = st.sampled_from(["device.imei", "device", "location.precise", "unknown"])
maybe = st.one_of(st.none(), data)
observations = st.builds(
    Observation,
    mode=st.sampled_from(["claimed", "observed"]),
    channel=st.sampled_from(["policy", "api"]),
    action=st.sampled_from(["collect", "share", "share.plain"]),
    data=maybe,
    actor=st.sampled_from([None, "app", "sdk.a", "unknown"]),
    phase=st.sampled_from([None, "before_consent", "foreground", "unknown"]),
    negated=st.booleans(),
    certain=st.booleans(),
    tally=st.one_of(st.none(), st.builds(Tally, st.integers(1, 5))),
)
coverage = st.builds(
    Coverage,
    channel=st.sampled_from(["policy", "api"]),
    extractor=st.sampled_from(["a", "b"]),
    status=st.just("complete"),
    phases=st.sampled_from([("before_consent",), ("foreground",), ("before_consent", "foreground")]),
)


def patterns(inside: bool) -> st.SearchStrategy[Pattern]:
    value: st.SearchStrategy[Value] = st.sampled_from([Named("device"), Named("personal"), Except(Named("device.imei"))])
    if inside:
        value = st.one_of(value, st.just(Bound("x", "data")))
    return st.builds(
        lambda recorded, action, said, negative: Pattern(
            "observed" if recorded else "claimed",
            ("api",) if recorded else ("policy",),
            (("action", Named(action)), ("data", said), *((("phase", Named("before_consent")),) if recorded else ())),
            ("before_consent",) if recorded else (),
            negative,
        ),
        st.booleans(),
        st.sampled_from(["collect", "share"]),
        value,
        st.booleans(),
    )


def expressions(inside: bool) -> st.SearchStrategy[Expr]:
    leaves: st.SearchStrategy[Expr] = st.one_of(
        st.builds(Seen, patterns(inside)),
        st.builds(lambda pattern: Counted(pattern, "count", True, 2, "test", "ours"), patterns(inside)),
    )
    if not inside:
        leaves = st.one_of(leaves, st.builds(lambda pattern, where: Some(pattern, "x", where), patterns(False), expressions(True)))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Negation, inner),
            st.builds(lambda parts: All(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda parts: Either(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
        ),
        max_leaves=4,
    )


facts = st.lists(observations, max_size=5)
rows = st.lists(coverage, max_size=3)
expression = expressions(False)


def why(expr: Expr, seen: Sequence[Observation], covered: Sequence[Coverage]) -> Why:
    return Evaluation(seen, covered, SUBJECT, {}).why(expr)


def verdict(expr: Expr, seen: Sequence[Observation], covered: Sequence[Coverage]) -> str:
    rule = Rule(CLAUSE, None, expr, None, (), None, {"id": PLACE})
    return find(rule, Evaluation(seen, covered, SUBJECT, {}), seen).verdict


@given(expression, facts, rows)
def test_not_turns_and_never_settles(expr: Expr, seen: list[Observation], covered: list[Coverage]) -> None:
    assert why(Negation(expr), seen, covered).value == negated(why(expr, seen, covered).value)


@given(expression, expression, facts, rows)
def test_de_morgan(left: Expr, right: Expr, seen: list[Observation], covered: list[Coverage]) -> None:
    joined = why(Negation(All((left, right))), seen, covered).value
    assert joined == why(Either((Negation(left), Negation(right))), seen, covered).value


@given(expression, facts, rows)
def test_order_and_copies_of_observations_change_nothing(expr: Expr, seen: list[Observation], covered: list[Coverage]) -> None:
    expected = why(expr, seen, covered).value
    assert why(expr, list(reversed(seen)), covered).value == expected
    assert why(expr, [*seen, *seen], covered).value == expected


@given(expression, facts, rows, maybe)
def test_an_irrelevant_observation_changes_no_verdict(
    expr: Expr, seen: list[Observation], covered: list[Coverage], said: str | None
) -> None:
    stranger = Observation("shown", "ui", "tick.preset", said, certain=False)
    before = find_rule(expr, seen, covered)
    assert find_rule(expr, [*seen, stranger], covered) == before


def find_rule(expr: Expr, seen: Sequence[Observation], covered: Sequence[Coverage]) -> object:
    rule = Rule(CLAUSE, None, expr, None, (), None, {"id": PLACE})
    return find(rule, Evaluation(seen, covered, SUBJECT, {}), seen)


@given(expression, facts, rows, coverage)
@settings(max_examples=300)
def test_more_coverage_only_settles_what_was_unknown(expr: Expr, seen: list[Observation], covered: list[Coverage], more: Coverage) -> None:
    before = verdict(expr, seen, covered)
    after = verdict(expr, seen, [*covered, more])
    assert before in (after, "inconclusive")


@given(expression, facts, rows, coverage)
@settings(max_examples=300)
def test_lost_coverage_never_settles_anything(expr: Expr, seen: list[Observation], covered: list[Coverage], lost: Coverage) -> None:
    before = verdict(expr, seen, covered)
    after = verdict(expr, seen, [*covered, replace(lost, status="partial")])
    assert after in (before, "inconclusive")


@given(expression, facts)
@settings(max_examples=300)
def test_what_is_missing_is_enough_when_nothing_is_in_doubt(expr: Expr, seen: list[Observation]) -> None:
    """Once every channel named as missing is covered, only doubt can leave the answer open."""
    sure = [replace(each, certain=True, data=each.data if each.data != "unknown" else None) for each in seen]
    sure = [replace(each, phase="before_consent", tally=Tally(1)) for each in sure]
    found = why(expr, sure, ())
    covered = [Coverage("policy" if name == "policy" else "api", "a", "complete", ("before_consent",)) for name in missing(found)]
    assert why(expr, sure, covered).value != "unknown"


@given(expression, facts, rows)
def test_deciding_observations_exist_and_belong_to_a_yes(expr: Expr, seen: list[Observation], covered: list[Coverage]) -> None:
    found = why(expr, seen, covered)
    decided = deciding(found)
    if found.value != "yes":
        assert decided == []
    assert all(0 <= index < len(seen) for first, beside in decided for index in (first, *beside))
