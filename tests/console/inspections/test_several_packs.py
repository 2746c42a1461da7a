"""A report on several packs in the console: its pages open, and a draft informs without counting."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mingjian.console.accounts.models import User
from mingjian.console.inspections.models import Inspection
from mingjian.model.texts import say
from mingjian.model.types import Report
from mingjian.scan import judge_again

Made = Callable[..., Inspection]
PACKS = ("cac-2019", "pipl", "draft-2026")


@pytest.fixture(scope="module")
def report_on_several(demo_report: Report) -> Report:
    return judge_again(demo_report, PACKS)


def test_the_pages_and_the_report_on_several_packs_open(
    inspected: Made, report_on_several: Report, inspector: User, signed_in: Callable[[User], Client]
) -> None:
    found = inspected(report_on_several)
    client = signed_in(inspector)
    page = client.get(reverse("inspections:detail", args=[found.pk])).content.decode()
    assert "cac-2019/3.1</a>" in page
    assert "pipl/17</a>" in page
    for form in ("html", "json", "sarif"):
        assert client.get(reverse("inspections:report", args=[found.pk, form])).status_code == 200
    for clause in ("cac-2019/3.1", "pipl/17", "draft-2026/1"):
        shown = client.get(reverse("inspections:finding", args=[found.pk, clause]))
        assert shown.status_code == 200
        assert ("仅供参考" in shown.content.decode() or "For information only" in shown.content.decode()) == clause.startswith("draft-")


def test_a_draft_informs_and_is_nothing_to_decide_or_count(inspected: Made, report_on_several: Report) -> None:
    found = inspected(report_on_several)
    in_force = [each for each in report_on_several.findings if not each.clause.startswith("draft-2026/")]
    assert len(in_force) < len(report_on_several.findings)
    assert set(found.findings.values_list("clause", flat=True)) == {each.clause for each in in_force}
    assert found.suspected == sum(each.verdict == "suspected" for each in in_force)
    assert not found.hits.filter(clause__startswith="draft-2026/").exists()


def test_the_page_of_a_finding_says_why_it_may_only_be_suspected(
    inspected: Made, demo_report: Report, inspector: User, signed_in: Callable[[User], Client]
) -> None:
    found = inspected(demo_report)
    client = signed_in(inspector)
    why = (say("capped.recalled", "zh"), say("capped.recalled", "en"))
    capped = [each.clause for each in demo_report.findings if each.capped == "recalled"]
    assert capped
    for each in demo_report.findings:
        shown = client.get(reverse("inspections:finding", args=[found.pk, each.clause])).content.decode()
        assert any(words in shown for words in why) == (each.clause in capped), each.clause
