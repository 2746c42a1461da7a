"""Taking a complaint: what was told is checked, sealed and given a receipt code."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import SYSTEM, record
from mingjian.console.complaints import receipts, retention
from mingjian.console.complaints.attachments import Clean, cleaned
from mingjian.console.complaints.models import Attachment, Complaint
from mingjian.console.complaints.problems import clauses
from mingjian.console.complaints.seal import place_of, seal, seal_values
from mingjian.console.market.models import App
from mingjian.console.refused import RefusedError
from mingjian.console.workdays import shipped_calendar
from mingjian.model.periods import half_year

REPLY_WORKING_DAYS = 15
"""The longest time that clause 6.3 gives for handling a request; this console holds itself to it for every complaint."""
CHANNELS = ("web", "phone", "mail", "visit", "store", "other")
"""How a complaint came; `store`: handed on by a store. Those behind `web` are written down by somebody of the house."""

LIMITS = {
    "app_name": 200,
    "package": 255,
    "version": 100,
    "store": 80,
    "device": 120,
    "description": 5000,
    "name": 80,
    "contact": 120,
}
"""The longest text of each field, in characters."""
_PACKAGE = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_-]+)+\Z", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Told:
    """What a complainant told. Only the app's name and the description are needed; `clause` is an id such as `cac-2019/3.1`.

    `may_contact` is the complainant's consent to keep name and contact and use them for this complaint alone."""

    app_name: str
    description: str
    package: str = ""
    version: str = ""
    store: str = ""
    device: str = ""
    clause: str = ""
    happened_on: date | None = None
    name: str = ""
    contact: str = ""
    may_contact: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A complaint that was taken, with the code that is shown this once and kept nowhere."""

    complaint: Complaint
    code: str


def take(told: Told, files: list[bytes] | None = None, *, channel: str = "web", body: str = "", by: User | None = None) -> Taken:
    """Takes a complaint; `by` is who of the house wrote it down for the complainant.

    Raises `RefusedError` for what does not fit, and then keeps nothing."""
    _check(told, channel)
    attached = cleaned(files or [])
    code, now = receipts.fresh(), clock.now()
    calendar = shipped_calendar()
    due_on = calendar.after(clock.today(), REPLY_WORKING_DAYS)
    with undone() as undo, transaction.atomic():
        complaint = Complaint(
            receipt=receipts.digest(code),
            channel=channel,
            body=body,
            received_at=now,
            due_on=due_on,
            provisional=not calendar.knows(due_on),
            half=half_year(now),
            named=bool(told.name or told.contact),
            may_contact=told.may_contact,
            app_name=told.app_name.strip(),
            package=told.package,
            version=told.version.strip(),
            store=told.store.strip(),
            clause=told.clause,
            happened_on=told.happened_on,
            erase_on=retention.longest_end(clock.today()),
            app=App.objects.filter(package=told.package).order_by("pk").first() if told.package else None,
        )
        complaint.save()
        complaint.statement = seal_values(place_of(complaint, "statement"), description=told.description, device=told.device.strip())
        if complaint.named:
            complaint.identity = seal_values(place_of(complaint, "identity"), name=told.name.strip(), contact=told.contact.strip())
        complaint.save(update_fields=["statement", "identity"])
        for each in attached:
            undo.callback(vault.drop, attach(complaint, each).sha256)
        actor = by.get_username() if by else SYSTEM
        record("complaint.received", f"complaint:{complaint.pk}", actor=actor, channel=channel, attachments=len(attached))
    return Taken(complaint, code)


@contextmanager
def undone() -> Iterator[ExitStack]:
    """Calls what was put on the stack when the block fails, so that no file stays in the vault that no row knows."""
    with ExitStack() as undo:
        yield undo
        undo.pop_all()


def attach(complaint: Complaint, clean: Clean) -> Attachment:
    """Keeps a file with a complaint, encrypted in the vault."""
    attachment = Attachment.objects.create(complaint=complaint, kind=clean.kind, size=len(clean.content))
    attachment.sha256, _ = vault.put([seal(clean.content, place_of(complaint, f"attachment:{attachment.pk}"))])
    attachment.save(update_fields=["sha256"])
    return attachment


def check_text(field: str, value: str) -> None:
    """Raises `RefusedError` for a text that is too long for its field or holds control characters."""
    if len(value) > LIMITS[field]:
        raise RefusedError("console.complaints.refused.long", most=LIMITS[field])
    if _CONTROL.search(value.replace("\r\n", "\n")):
        raise RefusedError("console.complaints.refused.characters")


def _check(told: Told, channel: str) -> None:
    for field in LIMITS:
        check_text(field, getattr(told, field))
    if not told.app_name.strip() or not told.description.strip():
        raise RefusedError("console.complaints.refused.needed")
    if told.package and not _PACKAGE.match(told.package):
        raise RefusedError("console.complaints.refused.package")
    if told.clause and told.clause not in clauses():
        raise RefusedError("console.complaints.refused.clause")
    if told.happened_on and not date(2008, 1, 1) <= told.happened_on <= clock.today():
        raise RefusedError("console.complaints.refused.day")
    if (told.name or told.contact).strip() and not told.may_contact:
        raise RefusedError("console.complaints.refused.consent")
    if channel not in CHANNELS:
        raise RefusedError("console.complaints.refused.channel")
