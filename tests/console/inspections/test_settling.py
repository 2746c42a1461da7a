"""The app type that a person gives an inspected app: the report is judged again under it, and the trail says who gave it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.models import Entry
from mingjian.console.inspections.models import Inspection
from mingjian.console.inspections.reports import report_of
from mingjian.console.inspections.settling import settle
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import run_due
from mingjian.model.types import Ground, Proposal, Report
from mingjian.scan import judge_again

Made = Callable[..., Inspection]
SignedIn = Callable[[User], Client]


@pytest.fixture(scope="module")
def unsettled(demo_report: Report) -> Report:
    """The demo app as the program would leave it: a type proposed, and none that a person named."""
    guess = Proposal("proposed", "food_delivery", "online_shopping", 0.8, (Ground("label", ("点餐送达",)),))
    subject = replace(demo_report.subject, category=None, proposed=guess)
    return judge_again(replace(demo_report, subject=subject), [pack.id for pack in demo_report.packs])


def test_a_person_confirms_the_type_that_was_proposed(inspected: Made, unsettled: Report, inspector: User, signed_in: SignedIn) -> None:
    found = inspected(unsettled)
    run_due()
    client = signed_in(inspector)
    page = reverse("inspections:detail", args=[found.pk])
    shown = client.get(page).content.decode()
    assert "点餐送达" in shown and '<option value="food_delivery" selected>' in shown
    assert found.category == "" and {each.verdict for each in found.findings.filter(clause="cac-2019/4.1")} == {"suspected"}

    client.post(reverse("inspections:settle", args=[found.pk]), {"category": "food_delivery"})
    run_due()

    found.refresh_from_db()
    assert (found.category, found.settled, found.step) == ("food_delivery", "food_delivery", "")
    report = report_of(found)
    assert report is not None and report.subject.category == "food_delivery"
    assert "proposed" not in {each.capped for each in report.findings}
    assert Entry.objects.filter(action="inspection.settled", object=f"inspection:{found.pk}").count() == 1
    assert not found.materials.filter(kind="review").exists()
    assert "点餐送达" not in client.get(page).content.decode()


def test_answers_and_the_type_go_together_whichever_came_first(
    inspected: Made, unsettled: Report, inspector: User, signed_in: SignedIn
) -> None:
    found = inspected(unsettled)
    run_due()
    client = signed_in(inspector)
    client.post(reverse("inspections:settle", args=[found.pk]), {"category": "food_delivery"})
    client.post(reverse("inspections:answer", args=[found.pk, "cac-2019/2.4"]), {"q-jargon": "yes", "q-padded": "", "note": "Page 3"})
    run_due()
    found.refresh_from_db()
    assert (found.category, found.step) == ("food_delivery", "")
    assert found.findings.get(clause="cac-2019/2.4").verdict == "violated"


def test_nobody_settles_a_type_that_there_is_not_nor_what_is_concluded(inspected: Made, inspector: User) -> None:
    found = inspected()
    run_due()
    with pytest.raises(RefusedError):
        settle(found, "../food_delivery", inspector)
    found.concluded_at = clock.now()
    found.save()
    with pytest.raises(RefusedError):
        settle(found, "food_delivery", inspector)
    assert not Entry.objects.filter(action="inspection.settled").exists()


def test_only_those_who_inspect_settle_a_type(inspected: Made, person: Callable[..., User], signed_in: SignedIn) -> None:
    found = inspected()
    run_due()
    client = signed_in(person("auditor", name="guan"))
    assert client.post(reverse("inspections:settle", args=[found.pk]), {"category": "food_delivery"}).status_code == 403
    found.refresh_from_db()
    assert found.settled == ""
