"""The console's own policy: judged by our own analysis, true of the cookies that are set and of the times that are kept."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.complaints import policy
from mingjian.console.complaints.intake import Told, take
from mingjian.console.complaints.policy import Version, cookies
from mingjian.console.complaints.retention import kept
from mingjian.model.types import Report
from mingjian.scan import inspect_policy
from tests.console.conftest import PASSWORD

OWED = {
    "access",
    "account.cancel",
    "answer.complaint",
    "answer.rights",
    "complain",
    "correct",
    "delete",
    "prompt.change",
    "protect",
    "publish.contact",
    "publish.date",
    "publish.minors",
    "publish.rules",
    "publish.simplified_chinese",
    "store.period",
    "withdraw",
}


@pytest.fixture(params=["zh-hans", "en"])
def page(request: pytest.FixtureRequest, db: None, client: Client, settings: LazySettings) -> str:
    settings.HOUSE, settings.CONTACT = "示例监管机构", "privacy@example.org"
    client.post("/language/", {"language": request.param, "next": "/"})
    return client.get("/privacy/").content.decode()


def judged(tmp_path: Path, page: str) -> Report:
    file = tmp_path / "policy.html"
    file.write_text(page, encoding="utf-8")
    return inspect_policy([file])[1]


def raised(report: Report) -> dict[str, str]:
    return {finding.clause: finding.verdict for finding in report.findings if finding.verdict in ("violated", "suspected")}


def test_our_own_analysis_raises_nothing(tmp_path: Path, page: str) -> None:
    report = judged(tmp_path, page)
    assert raised(report) == {}
    claimed = {fact.action for fact in report.observations if fact.mode == "claimed" and not fact.negated}
    assert not OWED - claimed
    assert not any(
        fact.action in ("share", "embed", "consent.implied", "persist", "publish.obscure")
        for fact in report.observations
        if not fact.negated
    )


def test_the_analysis_would_have_noticed(tmp_path: Path, page: str) -> None:
    late = page.replace("15个工作日", "30个工作日").replace("15 working days", "30 working days")
    assert {"cac-2019/6.3", "cac-2019/6.5"} <= raised(judged(tmp_path, late)).keys()


def test_the_page_tells_the_times_by_which_is_erased(page: str) -> None:
    for row in kept().values():
        assert row.what.zh in page or row.what.en in page.replace("&#x27;", "'")
        if row.days:
            assert re.search(rf": {row.days} days?<|\D{row.days}天<", page)


def test_every_cookie_is_told_of(db: None, client: Client, person: Callable[..., User]) -> None:
    person("inspector")
    code = take(Told("Weather", "x")).code
    client.post("/language/", {"language": "en", "next": "/"})
    for path in ("/", "/privacy/", "/notices/", "/complaints/new/", "/complaints/follow/"):
        client.get(path)
    client.post("/complaints/follow/", {"code": code})
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": "inspector", "password": PASSWORD})
    set_by_us = set(client.cookies)
    assert {"csrftoken", "sessionid", "django_language"} <= set_by_us
    assert set_by_us <= {cookie.name for cookie in cookies()}


def test_a_visit_without_a_form_leaves_no_session(db: None, client: Client) -> None:
    client.get("/privacy/")
    client.get("/notices/")
    client.post("/complaints/new/", {"app_name": "Weather", "description": "x"})
    assert "sessionid" not in client.cookies


def test_every_page_tells_of_a_change_for_thirty_days(db: None, client: Client, monkeypatch: pytest.MonkeyPatch, noon: datetime) -> None:
    changes = "console.privacy.version.first"
    monkeypatch.setattr(policy, "VERSIONS", (Version(noon.date(), changes), Version(date(2026, 1, 1), changes)))
    told = "2026-09-16 起有变更"
    for path in ("/", "/privacy/", "/complaints/new/", "/accounts/login/"):
        assert told in client.get(path).content.decode()
    with clock.stopped_at(noon + timedelta(days=30)):
        assert told not in client.get("/").content.decode()
    monkeypatch.setattr(policy, "VERSIONS", (Version(noon.date(), changes),))
    assert told not in client.get("/").content.decode()
