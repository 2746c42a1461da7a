"""Two people at the same moment: one is recorded, the other is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from mingjian.console import clock
from mingjian.console.audit.chain import breaks
from mingjian.console.cases import ledger
from mingjian.console.cases.models import Case
from mingjian.console.cases.numbers import next_number
from mingjian.console.cases.projection import differing
from mingjian.console.refused import RefusedError
from tests.console.cases.life import START, TERM, Life, somebody

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.postgresql,
]


def _at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave or raised, all begun at the same moment in threads of their own."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            gate.wait()
            with clock.stopped_at(START.replace(hour=20)):
                return act()
        except RefusedError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_reviewers_at_once_one_confirms() -> None:
    life = Life()
    case = life.open()
    of = life.do("proposed", life.inspector, act="order", body="cac", term=TERM, problems=life.open_problems).seq
    case.refresh_from_db()
    reviewers = [life.reviewer, somebody("reviewer"), somebody("reviewer")]
    results = _at_once(*(lambda who=who: ledger.append(case, "confirmed", {"of": of}, who, case.seq) for who in reviewers))
    refused = [result for result in results if isinstance(result, RefusedError)]
    assert [error.conflict for error in refused] == [True, True]
    assert case.events.filter(kind="confirmed").count() == 1
    assert case.documents.filter(kind="rectification_order").count() == 1
    with clock.stopped_at(life.at.replace(hour=21)):
        assert list(differing()) == []
    assert list(breaks()) == []


def test_two_documents_at_once_get_two_numbers() -> None:
    def number() -> str:
        with transaction.atomic():
            return next_number("cac", "test_report")

    assert sorted(map(str, _at_once(*[number] * 6))) == [f"CAC-TR-2026-{each:05}" for each in range(1, 7)]


def test_two_cases_at_once_are_both_opened() -> None:
    life = Life()
    inspections = [life.inspected(("cac-2019/3.1", letter * 16), version=f"1.{letter}") for letter in "abc"]
    results = _at_once(*(lambda each=each: ledger.open_case(each, "cac", life.inspector) for each in inspections))
    assert all(isinstance(result, Case) for result in results)
    assert sorted(Case.objects.values_list("number", flat=True)) == [f"CAC-2026-{each:05}" for each in range(1, 4)]
