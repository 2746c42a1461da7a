"""Long lists page by page, over rows that are equal in what they are ordered by, and with marks that somebody forged."""

from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from mingjian.console.market.models import App, Operator
from mingjian.console.pages.paging import page

MOMENT = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def apps(db: None) -> list[str]:
    names = [f"com.example.a{number:02}" for number in range(23)]
    App.objects.bulk_create(App(package=name, updated_at=MOMENT) for name in names)
    return names


@pytest.mark.parametrize("order", ["updated_at", "-updated_at", "package", "-package"])
def test_every_row_stands_on_exactly_one_page(apps: list[str], order: str) -> None:
    seen: list[str] = []
    query = ""
    for _ in range(4):
        found = page(App.objects.all(), RequestFactory().get(f"/?{query}"), order, size=7)
        seen += [row.package for row in found.rows]
        query = found.next
        assert len(found.rows) <= 7
    assert query == ""
    assert seen == (sorted(apps, reverse=True) if order.startswith("-") else sorted(apps))


def test_the_filters_stay_in_the_next_address(apps: list[str]) -> None:
    found = page(App.objects.all(), RequestFactory().get("/?category=maps&x=%26"), "package", size=7)
    assert QueryDict(found.next)["category"] == "maps"
    assert QueryDict(found.next)["x"] == "&"
    assert found.first == ""


@pytest.mark.parametrize("mark", ["", "x", "1:2:3", "'; DROP TABLE", "W10:1vX:abc"])
def test_a_forged_mark_shows_the_first_page(apps: list[str], mark: str) -> None:
    found = page(App.objects.all(), RequestFactory().get("/", {"after": mark}), "package", size=7)
    assert [row.package for row in found.rows] == apps[:7]


@pytest.mark.parametrize("order", ["updated_at", "-package"])
def test_a_mark_of_another_list_or_order_shows_the_first_page(apps: list[str], order: str) -> None:
    mark = QueryDict(page(App.objects.all(), RequestFactory().get("/"), "package", size=7).next)["after"]
    found = page(App.objects.all(), RequestFactory().get("/", {"after": mark}), order, size=7)
    assert found.first == ""
    Operator.objects.create(name="Example")
    assert len(page(Operator.objects.all(), RequestFactory().get("/", {"after": mark}), "name").rows) == 1
