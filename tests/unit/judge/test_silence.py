"""What is kept from one subject to the next never shows in a finding, and never grows without end."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from mingjian.judge import Pack, judge, load, silence
from mingjian.judge.evaluate import Evaluation
from mingjian.judge.expr import Asked, Attested, Named, Negation, Pattern, Seen, one
from mingjian.model.codec import load_report
from mingjian.model.types import Coverage, Observation, Report, Subject

GOLDEN = Path(__file__).parents[2] / "golden"
SUBJECT = Subject("0", "android", "a.b", "1", "App", None, ())
UNREAD = Seen(Pattern("claimed", ("policy",), (("action", Named("publish.rules")),)))
READ = (Coverage("policy", "policy", "complete"),)
RULES = Observation("claimed", "policy", "publish.rules")


@pytest.fixture(scope="module")
def shipped() -> Pack:
    return load("cac-2019")


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return [load_report(path.read_bytes()) for path in sorted(GOLDEN.glob("*/expect/report.json"))]


def found(pack: Pack, report: Report) -> object:
    return judge(pack, report.observations, report.coverage, report.subject)


@pytest.mark.parametrize("most", [silence.MOST, 50])
def test_no_subject_shows_in_the_findings_on_another(
    most: int, shipped: Pack, reports: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "MOST", most)
    used = replace(shipped)
    for report in (*reports, *reversed(reports)):
        assert found(used, report) == found(replace(shipped), report)


def test_another_type_of_app_is_another_answer(shipped: Pack, reports: list[Report]) -> None:
    used = replace(shipped)
    for category in (None, "online_shopping", "ride_hailing", None):
        for report in reports[:4]:
            asked = replace(report, subject=replace(report.subject, category=category))
            assert found(used, asked) == found(replace(shipped), asked)


@pytest.mark.parametrize("expr", [UNREAD, Negation(UNREAD)])
def test_only_what_was_covered_alike_and_stated_nothing_is_answered_alike(expr: Seen | Negation) -> None:
    kept = silence.Silence()

    def asked(coverage: tuple[Coverage, ...], *stated: Observation) -> str:
        return Evaluation(stated, coverage, SUBJECT, {}, kept).why(expr).value

    turned = isinstance(expr, Negation)
    for _ in range(2):
        assert asked(READ) == ("yes" if turned else "no")
        assert asked(()) == "unknown"
        assert asked(READ, RULES) == ("no" if turned else "yes")
        assert asked((replace(READ[0], status="partial"),)) == "unknown"


def test_a_question_to_the_subject_is_asked_each_time() -> None:
    asked = Asked("low_relevance", (("data", Named("permission.sms")),))
    kept = silence.Silence()
    values = {Evaluation((), (), replace(SUBJECT, category=each), {}, kept).why(asked).value for each in (None, "online_shopping")}
    assert len(values) == 2, "without a type of app nobody knows; with one, somebody does"


def test_a_replaced_pack_begins_anew(shipped: Pack, reports: list[Report]) -> None:
    used = replace(shipped)
    found(used, reports[0])
    assert used.silence is not replace(used).silence
    assert used == replace(used), "what was learnt is no part of what a pack says"


def test_equal_expressions_are_one_and_their_hash_is_not_handed_to_another_process() -> None:
    first, second = (Negation(Seen(Pattern("claimed", ("policy",), (("data", Named("device")),)))) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert one(first) is one(second)
    assert first != Negation(UNREAD)
    assert Attested("x") != Negation(UNREAD)
    again = pickle.loads(pickle.dumps(first))
    assert not hasattr(again, "_hash"), "texts have another hash in another process"
    assert again == first
