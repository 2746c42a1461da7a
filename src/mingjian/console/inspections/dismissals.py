"""Findings of which everything found stands dismissed, and until when: kept with each, so that figures need not look for it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from mingjian.console.inspections.models import BAD, Decision, Finding, Hit, Inspection
from mingjian.console.market.models import App

_BATCH = 500


def dismissed(on: date) -> Q:
    """The findings of which on that day everything that was found stands dismissed."""
    return Q(dismissed_through__gte=on)


def lock_app(inspection: Inspection) -> None:
    """Holds the row of an inspection's app until the transaction ends. Whoever locks inspections, too, locks their app first."""
    App.objects.select_for_update(of=("self",)).filter(inspections=inspection).first()


def mark(inspection: Inspection, clause: str = "") -> None:
    """Makes `dismissed_through` say what the decisions say: of one clause for all versions of the app that the same body looked at, since a
    dismissal bears on those too; without a clause for this inspection alone.

    To be called in the transaction that changed either. It holds the row of the app, so that of a decision and a report that come at once
    the second sees the first."""
    bad = Finding.objects.filter(verdict__in=BAD)
    decisions = Decision.objects.filter(app=inspection.app_id, inspection__body=inspection.body)
    if clause:
        same = Inspection.objects.filter(app=inspection.app_id, body=inspection.body)
        bad, decisions = bad.filter(inspection__in=same, clause=clause), decisions.filter(clause=clause)
    else:
        bad = bad.filter(inspection=inspection)
    said: dict[str, list[Decision]] = defaultdict(list)
    for each in decisions.order_by("-at", "-pk"):
        said[each.clause].append(each)
    _write(bad.filter(clause__in=said), said)


def last_day(newest_first: Iterable[Decision]) -> date | None:
    """The last day on which what these decisions are about stands dismissed; none where it does not.

    A dismissal holds from its second person's word until its own last day, anything else for ever, and the newest that holds counts. So
    what stands dismissed does so until a day, and never again after it."""
    through: date | None = None
    for each in newest_first:
        if each.kind != Decision.Kind.DISMISSED:
            break
        if each.checked_at is not None:
            through = max(through or date.min, each.expires_on or date.max)
    return through


def bears_on(decision: Decision, inspection: int) -> bool:
    """Whether a decision on an app bears on this inspection of it: its own do, and what was dismissed of other versions hit by hit. A whole
    clause is dismissed for what was found then, not for what a later version does."""
    return decision.inspection_id == inspection or (decision.kind == Decision.Kind.DISMISSED and bool(decision.fingerprint))


def _write(findings: QuerySet[Finding], said: dict[str, list[Decision]]) -> None:
    found = list(findings.select_for_update())
    hits: dict[tuple[int, str], list[str]] = defaultdict(list)
    of_these = Hit.objects.filter(inspection__in={each.inspection_id for each in found}, clause__in=said)
    for inspection, clause, fingerprint in of_these.values_list("inspection", "clause", "fingerprint"):
        hits[inspection, clause].append(fingerprint)
    for each in found:
        bearing = [decision for decision in said[each.clause] if bears_on(decision, each.inspection_id)]
        # What is broken by an absence alone has no hit, and is dismissed as a whole.
        lasts = [
            last_day(decision for decision in bearing if decision.fingerprint in (fingerprint, ""))
            for fingerprint in hits[each.inspection_id, each.clause] or [""]
        ]
        days = [day for day in lasts if day is not None]
        each.dismissed_through = min(days) if len(days) == len(lasts) else None
    Finding.objects.bulk_update(found, ["dismissed_through"], batch_size=_BATCH)
