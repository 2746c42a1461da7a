"""The demo in the console's tables: as many of everything as were invented, in the states that the stories name, all of it consistent."""

from collections import Counter
from datetime import datetime, time

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit import chain
from mingjian.console.cases.models import Case, Event
from mingjian.console.cases.projection import rebuild
from mingjian.console.clock import PLACE
from mingjian.console.complaints.models import Complaint
from mingjian.console.demo.load import build, fill
from mingjian.console.demo.people import DemoBackend, demo_password, make_house
from mingjian.console.demo.stories import last_day
from mingjian.console.figures.models import Edition
from mingjian.console.inspections.models import Finding, Inspection
from mingjian.console.market.models import App, Operator
from mingjian.console.notices.models import Publication
from tests.console.demo.inventions import one_of_each

END = datetime.combine(last_day(), time(18), PLACE)
TESTED_AGAIN = {"retest", "relist"}


@pytest.mark.django_db
def test_everything_invented_is_filed_and_holds_together() -> None:
    invented = one_of_each()
    fill(invented, {}, lambda done: None)
    small, cast = invented.market, invented.cases
    again = sum(step.partition(" ")[0] in TESTED_AGAIN for story in cast for step in story.steps if isinstance(step, str))
    links = sum(step == "link" for story in cast for step in story.steps)
    with clock.stopped_at(END):
        assert App.objects.count() == len(small.apps)
        assert Inspection.objects.filter(state="done").count() == Inspection.objects.count() == len(small.versions) + again
        assert Finding.objects.count() == Inspection.objects.count() * 31
        assert Counter(case.state_now for case in Case.objects.all()) == Counter(story.ends for story in cast)
        assert not [case.number for case in Case.objects.exclude(state="rectification_ordered") if rebuild(case)]
        assert Complaint.objects.count() == len(invented.complaints) + links
        assert set(Complaint.objects.values_list("state", flat=True)) == {"received", "accepted", "replied", "withdrawn"}
        assert Complaint.objects.filter(erased_at__isnull=False, statement=b"").exists()
        assert {row.kind for row in Publication.objects.all()} == {"naming", "takedown", "restoration"}
        assert Publication.objects.filter(withdrawn_at__isnull=False).count() == 1
        assert {(row.half, row.published_at is None) for row in Edition.objects.all()} == {("2026H1", False), ("2026H2", True)}
        assert list(chain.breaks()) == []
    moments = list(Event.objects.order_by("at").values_list("at", flat=True))
    assert moments[-1] <= END
    assert all("虚构" in name for name in Operator.objects.values_list("name", flat=True))
    assert not [user.username for user in User.objects.all() if user.has_usable_password()]

    lines: list[str] = []
    filed = Inspection.objects.count()
    build(lines.append, "en")
    assert Inspection.objects.count() == filed
    assert demo_password() in lines[-1]
    assert all(name in lines[-1] for name in ("inspector", "reviewer", "publisher", "operator", "auditor", "administrator"))


@pytest.mark.django_db
def test_the_demos_people_sign_in_to_a_demo_only(settings: Settings) -> None:
    make_house()
    request = RequestFactory().post("/")
    assert authenticate(request, username="reviewer", password=demo_password()) is None
    assert DemoBackend().authenticate(request, "reviewer", demo_password()) is None
    settings.DEMO = True
    assert DemoBackend().authenticate(request, "reviewer", demo_password()) == User.objects.get(username="reviewer")
    assert DemoBackend().authenticate(request, "reviewer", "") is None
    assert DemoBackend().authenticate(request, "nobody", demo_password()) is None
    User.objects.create_user("own", password="an own password")
    assert DemoBackend().authenticate(request, "own", demo_password()) is None
