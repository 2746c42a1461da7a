"""What an operator does in its case. Each step is checked by the state machine, and by whose case it is, before anything is written."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.cases import ledger
from mingjian.console.cases.models import Case, Event
from mingjian.console.cases.projection import state_of
from mingjian.console.inspections import file
from mingjian.console.inspections.models import Inspection, Material
from mingjian.console.portal.models import Submission
from mingjian.console.refused import RefusedError
from mingjian.model.printable import printable

KINDS = ("answered", "rectification_reported", "extension_requested")
"""The events that an operator records through a form of its own."""
OPEN = ("rectification_ordered", "overdue", "rectification_reported", "publicly_named", "takedown_ordered", "relist_retest")
"""The states in which a corrected version is taken in."""
MOST_WAITING = 3
"""Versions of one case that may wait to be inspected at once."""


def say(case: Case, kind: str, data: Mapping[str, Any], by: User, expected_seq: int) -> Event:
    """Records what the operator says: an answer to one problem, that all is rectified, a request for more time. Raises `RefusedError`."""
    if kind not in KINDS:
        raise RefusedError("console.portal.refused.kind")
    return ledger.append(case, kind, data, by, expected_seq)


def hand_in(case: Case, files: Mapping[str, Iterable[tuple[str, Iterable[bytes]]]], by: User) -> Submission:
    """Takes in a corrected version, which is inspected at once. Raises `RefusedError`."""
    _check_open(case)
    if not set(files) <= {Material.Kind.PACKAGE, Material.Kind.POLICY, Material.Kind.RUN}:
        raise RefusedError("console.portal.refused.kind")
    about = file.About(category=case.app.category, store="", operator=case.operator.name if case.operator else "")

    def submit(inspection: Inspection) -> None:
        # An upload takes its time: meanwhile the case may have been closed, and other versions handed in.
        _check_open(Case.objects.select_for_update().get(pk=case.pk))
        Submission.objects.create(case=case, inspection=inspection, by=by, at=clock.now())

    sent = {kind: tuple(rows) for kind, rows in files.items()}
    inspection = file.receive(by, sent, about, body=case.body, source=Inspection.Source.PORTAL, beside=submit)
    return Submission.objects.get(inspection=inspection)


def _check_open(case: Case) -> None:
    """Raises `RefusedError` when a case takes no version now."""
    if state_of(case).state not in OPEN:
        raise RefusedError("console.portal.refused.state")
    waiting = (Inspection.State.QUEUED, Inspection.State.RUNNING)
    if case.submissions.filter(inspection__state__in=waiting).count() >= MOST_WAITING:
        raise RefusedError("console.portal.refused.waiting", most=MOST_WAITING)


def ask_to_relist(case: Case, submission: Submission, by: User, expected_seq: int) -> Event:
    """Asks that a corrected version, once it was read, be tested so that the app may return to the stores. Raises `RefusedError`."""
    inspection = submission.inspection
    if inspection.state != Inspection.State.DONE:
        raise RefusedError("console.portal.refused.not_read")
    if not submission.same_app:
        raise RefusedError("console.portal.refused.other_app", package=case.app.package)
    data = {
        "inspection": str(inspection.pk),
        "version": printable(inspection.version)[:100] or "?",
        "sha256": inspection.package_sha256,
    }
    with transaction.atomic():
        return ledger.held(case, by, expected_seq).write("relist_requested", data)
