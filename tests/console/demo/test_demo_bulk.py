"""Copies of the demo for the load test: every reference of a copy leads to the same copy, and its cases and seals hold."""

import pytest
from django.db import connection, models

from mingjian.console.cases.models import Case, Document, Event
from mingjian.console.cases.projection import rebuild
from mingjian.console.complaints.models import Complaint
from mingjian.console.complaints.seal import opened_statement
from mingjian.console.demo.bulk import COPIED, multiply
from mingjian.console.demo.load import fill
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App, Operator
from tests.console.demo.inventions import a_few


def dangling(model: type[models.Model]) -> list[str]:
    """The references of a table that lead nowhere, by column; the database was told not to check them."""
    found = []
    for field in model._meta.concrete_fields:
        target = field.related_model
        if isinstance(target, type):
            known = target._default_manager.values("pk")
            empty = {f"{field.name}__isnull": True}
            if model._default_manager.exclude(**empty).exclude(**{f"{field.name}__in": known}).exists():
                found.append(f"{model.__name__}.{field.name}")
    return found


@pytest.mark.django_db
def test_every_copy_holds_together() -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(NotImplementedError):
            multiply(2, lambda line: None)
        return
    fill(a_few(), {}, lambda done: None)
    cases, first = Case.objects.count(), set(App.objects.values_list("pk", flat=True))
    multiply(2, lambda line: None)
    assert Case.objects.count() == 3 * cases
    assert App.objects.count() == 3 * len(first)
    assert not [name for model in COPIED for name in dangling(model)]
    assert not [case.number for case in Case.objects.all() if rebuild(case)]
    for case in Case.objects.exclude(app__in=first):
        assert case.app.operator_id == case.operator_id
        assert all(test.inspection.app_id == case.app_id for test in case.tests.all())
        assert {row.data["number"] for row in case.events.filter(data__has_key="number")} <= set(
            Document.objects.filter(case=case).values_list("number", flat=True)
        )
        assert {int(row.data["inspection"]) for row in case.events.filter(data__has_key="inspection")} == set(
            case.tests.values_list("inspection", flat=True)
        )
    assert all(opened_statement(complaint).description for complaint in Complaint.objects.filter(erased_at=None))
    assert {answer.by.operator for answer in Event.objects.filter(kind="answered", case__in=Case.objects.exclude(app__in=first))} <= set(
        Operator.objects.all()
    )
    assert Inspection.objects.create(created_at=Case.objects.latest("pk").opened_at).pk > max(first), "the next key is free"
