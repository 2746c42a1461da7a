"""The interface against its own description: schemathesis makes inputs from the OpenAPI, and every answer must be one that is described."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from mingjian.console.accounts.models import User
from mingjian.console.api import tokens
from mingjian.console.api.interface import api
from mingjian.console.cases import ledger
from mingjian.console.inspections.models import Finding, Inspection
from mingjian.console.market.models import App
from mingjian.console.wsgi import application

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

description = json.loads(json.dumps(api.get_openapi_schema(), default=str))
schema = schemathesis.openapi.from_dict(description)
schema.app = application
OPERATIONS = [result.ok() for result in schema.get_all_operations()]


@pytest.fixture(autouse=True)
def _kept_connection() -> Iterator[None]:
    """The connection of the test's transaction, which a request would otherwise close at its beginning and end."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_what_is_described_is_what_is_answered(operation: object, noon: datetime, person: Callable[..., User]) -> None:
    owner = person("inspector")
    app = App.objects.create(package="com.example", updated_at=noon)
    case_there = ledger.open_case(app, "miit", owner)
    inspection = Inspection.objects.create(app=app, created_at=noon, state="done")
    Finding.objects.create(inspection=inspection, clause="cac-2019/1.1", verdict="violated", severity="high")
    cache.clear()
    headers = {"Authorization": f"Bearer {tokens.make(owner, 'test', frozenset(tokens.SCOPES), 5)[1]}"}

    @settings(
        max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy())  # type: ignore[attr-defined]  # the library has no types
    def conforms(case: schemathesis.Case) -> None:
        if case.path_parameters.get("id", 1) % 2 == 0:
            case.path_parameters["id"] = case_there.pk if "/cases/" in case.path else inspection.pk
        case.call_and_validate(headers=headers, checks=CHECKS)

    conforms()


def test_every_operation_is_described() -> None:
    assert len(OPERATIONS) == 24
