"""Synthetic reports into the console, and what the demo's inspectors decide of them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.demo.market import SyntheticApp, SyntheticVersion
from mingjian.console.inspections import decisions
from mingjian.console.inspections.ingest import file_report
from mingjian.console.inspections.models import Decision, Inspection
from mingjian.console.market.models import App, Operator
from mingjian.model.texts import say
from mingjian.model.types import Report


def register(apps: Iterable[SyntheticApp]) -> None:
    """Makes apps and their operators known, as a list of what is to be sampled would, so that a case can begin before an inspection."""
    apps, now = tuple(apps), clock.now()
    Operator.objects.bulk_create(Operator(name=app.operator, region=app.region) for app in {app.operator: app for app in apps}.values())
    operators = Operator.objects.in_bulk(field_name="name")
    App.objects.bulk_create(
        App(
            package=app.package,
            label=app.label,
            operator=operators[app.operator],
            category=app.category,
            region=app.region,
            store=app.store,
            downloads=app.downloads,
            updated_at=now,
        )
        for app in apps
    )


def file(version: SyntheticVersion, report: Report, by: User, *, body: str = "", again: bool = False) -> Inspection:
    """Files the report on a version as a finished inspection, now; `again` for one that a case had tested again."""
    inspection = Inspection(
        source=Inspection.Source.RETEST if again else Inspection.Source.SYNTHETIC,
        body=body,
        created_at=clock.now(),
        created_by=by,
        operator=version.app.operator,
        region=version.app.region,
    )
    inspection.save()
    file_report(inspection, report, actor=by.get_username())
    return inspection


def conclude(inspection: Inspection, people: Mapping[str, User], *, dismissed: bool = False) -> None:
    """One person confirms what was found and concludes, a second one countersigns, now. With `dismissed` the first thing that was found is
    dismissed for a while, which the second person upholds."""
    inspector, reviewer = people["inspector"], people["reviewer"]
    for clause, fingerprint in decisions.still_undecided(inspection):
        if dismissed:
            until = clock.today() + timedelta(days=180)
            wish = decisions.Wish(clause, Decision.Kind.DISMISSED, fingerprint, say("console.demo.dismissed", "zh"), until)
            decisions.check(decisions.decide(inspection, wish, inspector), True, reviewer)
            dismissed = False
        else:
            decisions.decide(inspection, decisions.Wish(clause, Decision.Kind.CONFIRMED, fingerprint), inspector)
    decisions.conclude(inspection, inspector)
    decisions.countersign(inspection, True, reviewer)
