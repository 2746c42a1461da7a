"""Re-tests of a case: their beginning, and their result once two persons stand behind it."""

from django.db import transaction

from mingjian.console.accounts.models import User
from mingjian.console.cases import found, ledger
from mingjian.console.cases.comparing import Comparison, compare
from mingjian.console.cases.models import Case, Event
from mingjian.console.inspections.ingest import take_as_retest
from mingjian.console.inspections.models import Inspection
from mingjian.console.refused import RefusedError
from mingjian.model.printable import printable, printable_lines

_RELISTING = {"takedown_ordered", "relist_retest", "escalated"}


def retest(case: Case, inspection: Inspection, by: User | None, expected_seq: int, unchanged: str = "") -> Comparison | None:
    """Records an inspection as the re-test of a case: its beginning, unless that was recorded, and its result once two persons stand behind
    the inspection; none while they do not. `unchanged` is why a problem may be gone from the very file in which it was found. Raises
    `RefusedError`."""
    with transaction.atomic():
        book = ledger.held(case, by, expected_seq)
        if not book.state.testing or book.state.test is None or book.state.test.inspection != str(inspection.pk):
            _begin(book, inspection)
            take_as_retest(inspection)
        if inspection.countersigned_at is None or (by is not None and "operator" in by.roles):
            return None
        found.countersigned(inspection)
        comparison = compare(book.state, inspection, unchanged=bool(unchanged.strip()))
        book.write(
            "retest_finished",
            {
                "inspection": str(inspection.pk),
                "sha256": inspection.package_sha256,
                "fixed": comparison.ids("fixed"),
                "persisting": comparison.ids("persisting"),
                "not_reached": comparison.ids("not_reached"),
                "new": [each.data() for each in comparison.new],
                **({"unchanged": printable_lines(unchanged.strip())} if unchanged.strip() else {}),
            },
        )
    return comparison


def _begin(book: "ledger.Book", inspection: Inspection) -> Event:
    if inspection.app_id != book.case.app_id:
        raise RefusedError("console.cases.refused.other_app")
    if not inspection.package_sha256:
        raise RefusedError("console.cases.refused.no_package")
    data = {"inspection": str(inspection.pk), "version": printable(inspection.version)[:100] or "?", "sha256": inspection.package_sha256}
    return book.write("relist_requested" if book.state.stage in _RELISTING else "retest_started", data)
