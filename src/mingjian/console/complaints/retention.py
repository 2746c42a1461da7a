"""How long personal data are kept, and their erasure on schedule.

On SQLite `secure_delete` overwrites what is erased. PostgreSQL keeps an old row version until vacuum and its log until it is recycled; what
remains there, and in backups, is sealed, and opens for nobody once the key that sealed it is removed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from mingjian.console import clock, vault
from mingjian.console.accounts.models import Invitation
from mingjian.console.audit.chain import SYSTEM, record
from mingjian.console.cases.deadlines import bodies
from mingjian.console.complaints.models import Attachment, Complaint, Tally
from mingjian.console.inspections.models import Inspection
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import Text


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of personal data: what it is, why it is kept, and how many days counted from what; `days` is 0 where only `since` says when
    it ends."""

    id: str
    days: int
    what: Text
    why: Text
    since: Text


@cache
def kept() -> dict[str, Kept]:
    """Every kind of `rules/enforcement/retention.yml` by its id."""
    rows = read_yaml(rules_folder() / "enforcement" / "retention.yml")
    return {id: Kept(id, row.get("days", 0), Text(**row["what"]), Text(**row["why"]), Text(**row["since"])) for id, row in rows.items()}


def longest_end(received: date) -> date:
    """The day on which a complaint is erased at the latest."""
    return received + timedelta(days=kept()["complaint_longest"].days)


def end_after(ended: date, received: date) -> date:
    """The day on which a complaint is erased that was replied to or withdrawn on `ended`."""
    return min(ended + timedelta(days=kept()["complaint"].days), longest_end(received))


def erase_due() -> int:
    """Erases every complaint whose day has come, and tallies of windows that are over; returns how many complaints."""
    _erase_traces()
    count = 0
    for complaint in _due():
        erase(complaint, SYSTEM)
        count += 1
    _drop_files()
    return count


def _erase_traces() -> None:
    """What visits and sign-ins leave behind."""
    now = clock.now()
    ends = {id: now - timedelta(days=each.days) for id, each in kept().items()}
    Tally.objects.filter(window__lt=ends["visitor"]).delete()
    Session.objects.filter(expire_date__lt=ends["session"]).delete()
    AccessAttempt.objects.filter(attempt_time__lt=ends["sign_in_trace"]).delete()
    Invitation.objects.filter(used_at=None, expires_at__lt=ends["invitation"]).delete()


def erase(complaint: Complaint, actor: str) -> None:
    """Erases all that a complainant typed or sent. What the figures count stays: the known app, clause, known store, days and state.

    A crash leaves at most files whose rows still name them; the next `erase_due` finishes them."""
    with transaction.atomic():
        # Locked first, so that nothing is added while it is erased.
        complaint = Complaint.objects.select_for_update().get(pk=complaint.pk)
        record("complaint.erased", f"complaint:{complaint.pk}", actor=actor, attachments=complaint.attachments.count())
        complaint.messages.all().delete()
        complaint.replies.update(sealed=b"")
        complaint.identity = complaint.statement = b""
        complaint.reason = complaint.app_name = complaint.package = complaint.version = ""
        complaint.happened_on = None
        if not _known_store(complaint.store):
            complaint.store = ""
        complaint.named = complaint.may_contact = False
        complaint.erased_at, complaint.erase_on = clock.now(), None
        complaint.save()
    _drop_files()
    clear_log()


def _known_store(store: str) -> bool:
    """Whether the house itself calls a store so; anything else may be whatever the complainant typed."""
    listed = (name for body in bodies().values() if body.kind == "store" for name in (body.id, body.name.zh, body.name.en))
    return store in listed or Inspection.objects.filter(store=store).exclude(source=Inspection.Source.PORTAL).exists()


def clear_log() -> None:
    """Empties SQLite's write-ahead log, in which pages stand as they were before. PostgreSQL recycles its own log by itself."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _due() -> Iterator[Complaint]:
    # Read one by one, so that a run that is killed has done whole complaints and the next goes on.
    while (complaint := Complaint.objects.filter(erase_on__lte=clock.today()).order_by("erase_on", "pk").first()) is not None:
        yield complaint


def _drop_files() -> None:
    for key in list(Attachment.objects.filter(complaint__erased_at__isnull=False).values_list("pk", flat=True)):
        with transaction.atomic():
            attachment = Attachment.objects.select_for_update().filter(pk=key).first()
            if attachment is not None:
                vault.drop(attachment.sha256)
                attachment.delete()
