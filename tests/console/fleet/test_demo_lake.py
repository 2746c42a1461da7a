"""The demo has a lake: a part of its market, the runs that filled it, and a sample."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mingjian.console.accounts.models import User
from mingjian.console.demo import lake as demo
from mingjian.console.demo.market import market
from mingjian.console.demo.reports import report_of
from mingjian.console.fleet.models import Sample
from mingjian.judge import load
from tests.console.fleet.twin import twin


def test_the_demos_lake_has_something_to_show(lake: Path, tmp_path: Path, settings: Any, reader: Client) -> None:
    settings.LAKE = tmp_path / "lake"
    small, pack = market(apps=24), load("cac-2019")
    demo.fill(small, lambda version: report_of(version, pack))
    expected = {half: sum(each.half == half and each.app.number % 4 == 0 for each in small.versions) for half in ("2026H1", "2026H2")}
    told = reader.get("/lake/operation.json").json()
    assert {row["period"]: row["reports"] for row in told["lake"]["periods"]} == expected
    assert {row["poison"] for row in told["lake"]["periods"]} == {3}
    assert [run["state"] for run in told["runs"]] == ["done", "done"]
    assert told["run"]["done"] == expected["2026H2"]
    assert {each["verdict"] for each in told["run"]["given_up"]} == {"refused", "timeout", "crash"}
    demo.draw("2026H2", User.objects.get(username="inspector"))
    assert twin(reader, f"/lake/samples/{Sample.objects.get().pk}.json")["summary"]["population"] == expected["2026H2"]


def test_without_a_lake_the_demo_is_as_before(settings: Any, db: None) -> None:
    settings.LAKE = None
    demo.fill(market(apps=4), lambda version: pytest.fail(f"nobody asks for {version}"))
    demo.draw("2026H2", User(username="nobody"))
    assert not Sample.objects.exists()
