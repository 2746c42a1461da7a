"""Editions: counted in one snapshot, compared with the half-year before, proposed and published by two people, then left alone."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import breaks, head
from mingjian.console.audit.models import Entry
from mingjian.console.figures import edition as editions
from mingjian.console.figures.definitions import figures
from mingjian.console.figures.models import Edition
from mingjian.console.figures.tables import tables
from mingjian.console.inspections.models import Finding
from mingjian.console.refused import RefusedError
from mingjian.model.texts import keys
from tests.console.figures.market import HALF, LATER, NOW, build, inspection
from tools.figures_page import PAGE, page


@pytest.fixture(autouse=True)
def now(db: None) -> Iterator[None]:
    with clock.stopped_at(NOW):
        yield


def test_counting_twice_leaves_one_edition_with_the_new_time() -> None:
    build()
    first = editions.compute(HALF)
    with clock.stopped_at(NOW + timedelta(milliseconds=1)):
        again = editions.compute(HALF)
    assert again.pk == first.pk
    assert Edition.objects.count() == 1
    assert again.computed_at > first.computed_at


def test_a_draft_makes_way_and_a_published_edition_stays(person: Callable[..., User]) -> None:
    inspection({"cac-2019/3.1": "violated"})
    draft = editions.compute(HALF)
    inspection({"cac-2019/3.1": "violated"})
    second = editions.compute(HALF)
    assert not Edition.objects.filter(pk=draft.pk).exists()
    li, wang = person("publisher", name="li"), person("reviewer", name="wang")
    editions.propose(second, wang)
    editions.publish(second, li)
    kept = editions.numbers(second)
    Finding.objects.update(verdict="satisfied")
    inspection({"cac-2019/3.1": "suspected"})
    third = editions.compute(HALF)
    assert third.corrects == Edition.objects.get(pk=second.pk)
    assert editions.numbers(second) == kept
    changed = {change.place: (change.was, change.now) for change in editions.changes(second, third)}
    assert changed["clauses", "cac-2019/3.1", "violated"] == (2, 0)
    assert changed["overall", "", "apps"] == (2, 3)
    assert dict(editions.reasons(second, third))["figures.published"] == 1


def test_two_people_publish_and_nobody_publishes_twice(person: Callable[..., User]) -> None:
    li, wang, auditor = person("publisher", name="li"), person("publisher", name="wang"), person("auditor")
    edition = editions.compute(HALF)
    for step, by, key in (
        (editions.publish, li, "not_proposed"),
        (editions.propose, auditor, "role"),
        (editions.turn_back, li, "not_proposed"),
    ):
        with pytest.raises(RefusedError, match=key):
            step(edition, by)
    editions.propose(edition, li)
    with pytest.raises(RefusedError, match="second_person"):
        editions.publish(edition, li)
    with pytest.raises(RefusedError, match=r"refused\.proposed"):
        editions.propose(edition, wang)
    with pytest.raises(RefusedError, match="role"):
        editions.publish(edition, person("reviewer"))
    editions.turn_back(edition, wang)
    editions.propose(edition, li)
    editions.publish(edition, wang)
    for step in (editions.publish, editions.propose, editions.turn_back):
        with pytest.raises(RefusedError, match="published"):
            step(edition, wang)
    assert list(breaks()) == []
    assert set(Entry.objects.values_list("action", flat=True)) >= {
        "figures.computed",
        "figures.proposed",
        "figures.turned_back",
        "figures.published",
    }


def test_only_the_newest_edition_is_published(person: Callable[..., User]) -> None:
    li, wang = person("publisher", name="li"), person("publisher", name="wang")
    edition = editions.compute(HALF)
    editions.propose(edition, li)
    inspection()
    editions.compute(HALF)
    with pytest.raises(RefusedError, match="newer"):
        editions.publish(edition, wang)


@pytest.mark.parametrize("half", ["", "2026", "2026H3", "2026H1\n", "２０２６H1", "9999H1"])
def test_what_names_no_half_year_that_has_begun_is_refused(half: str) -> None:
    with pytest.raises(RefusedError):
        editions.compute(half)
    assert not Edition.objects.exists()


def test_an_edition_tells_the_head_of_the_chain_that_it_rests_on() -> None:
    before = head()
    edition = editions.compute(HALF)
    assert (edition.audit_seq, edition.audit_digest) == before
    assert list(breaks(before)) == []


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    inspection({"cac-2019/3.1": "violated"}, {"permission": ("permission.camera.CAMERA",)})
    editions.compute(HALF)
    with CaptureQueriesContext(connection) as few:
        editions.compute(HALF)
    build()
    with CaptureQueriesContext(connection) as many:
        editions.compute(HALF)
    # A changed edition is written anew: the old one goes and the new one comes, whatever its size.
    assert len(many) - len(few) < 14


def test_a_half_year_is_compared_with_the_one_before() -> None:
    for _ in range(30):
        inspection({"cac-2019/3.1": "satisfied"})
        inspection({"cac-2019/3.1": "violated"}, half=LATER)
    for _ in range(10):
        inspection({"cac-2019/3.1": "violated"})
        inspection({"cac-2019/3.1": "satisfied"}, half=LATER)
    first = editions.compute(HALF)
    later = editions.compute(LATER)
    assert first.before is None
    assert later.before == first
    cell = next(cell for cell in tables(later, "en")["overall"].cells if cell.place[2] == "early_violated")
    assert cell.text == "30 of 40 (75.0%)"
    assert cell.change == "+50 points"
    assert cell.judgement == "beyond"


def test_over_too_few_a_share_is_a_count() -> None:
    for verdict in ("violated", "satisfied", "inconclusive"):
        inspection({"cac-2019/3.1": verdict}, {"permission": ("permission.camera.CAMERA",)})
    told = {cell.place[2]: cell.text for cell in tables(editions.compute(HALF), "en")["overall"].cells}
    assert told["early_violated"] == "1 of 2"
    assert told["permission"] == "3 of 3"
    assert told["early_inconclusive"] == "1"


def test_every_figure_has_its_words() -> None:
    build()
    for lang in ("zh", "en"):
        for shown in tables(editions.compute(HALF), lang).values():  # type: ignore[arg-type]
            assert len(shown.heads) == len(shown.whats) == len(shown.table.columns)
    for section in figures().report:
        assert {f"console.figures.report.{section}", f"console.figures.report.heading.{section}"} <= keys()


def test_the_page_of_definitions_is_what_the_data_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python tools/figures_page.py"
