"""Taking a complaint: what is checked, what is sealed, what the deadline is, and what never stands in the open."""

import dataclasses
import io
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection
from PIL import Image

from mingjian.console import clock, vault
from mingjian.console.audit.models import Entry
from mingjian.console.complaints import intake
from mingjian.console.complaints.intake import Told, take
from mingjian.console.complaints.models import Complaint
from mingjian.console.home import home
from mingjian.console.market.models import App
from mingjian.console.refused import RefusedError

MARKER = "Zhang-Wei-13800001111-marker"
PLAIN = Told("Weather", "It reads my contacts.")
NAMED = dataclasses.replace(PLAIN, description=f"told {MARKER}", name=MARKER, contact=MARKER, device=MARKER, may_contact=True)


def picture() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = MARKER
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_what_was_told_and_when_an_answer_is_due(db: None, noon: datetime) -> None:
    app = App.objects.create(package="com.example.weather", updated_at=noon)
    told = dataclasses.replace(PLAIN, package="com.example.weather", clause="cac-2019/3.1", store="Store", happened_on=date(2026, 9, 15))
    complaint = take(told).complaint
    complaint.refresh_from_db()
    assert (complaint.app, complaint.clause, complaint.half, complaint.named) == (app, "cac-2019/3.1", "2026H2", False)
    # Seven working days to 24 September (Sunday the 20th is worked), none on Mid-Autumn's 25th to 27th, three to the 30th, none in the week
    # of the National Day, then 8, 9, 10 (a Saturday that is worked), 12 and 13 October.
    assert complaint.due_on == date(2026, 10, 13)
    assert complaint.provisional is False


def test_a_deadline_past_the_announced_calendar_is_provisional(db: None) -> None:
    with clock.stopped_at(datetime(2026, 12, 20, tzinfo=UTC)):
        assert take(PLAIN).complaint.provisional is True


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_that_identifies_stands_in_the_open() -> None:
    take(NAMED, [picture()])
    told = MARKER.encode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM complaints_complaint")
        assert told not in b"".join(bytes(str(value), "utf-8") for row in cursor.fetchall() for value in row)
    assert all(told not in file.read_bytes() for file in home().rglob("*") if file.is_file())
    assert not Entry.objects.filter(body__contains=MARKER).exists()


def test_attachments_are_encrypted_in_the_vault(db: None) -> None:
    attachment = take(PLAIN, [picture()]).complaint.attachments.get()
    sealed = vault.read(attachment.sha256)
    assert attachment.kind == "image/jpeg"
    assert b"\xff\xd8\xff" not in sealed


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"app_name": "  "}, "needed"),
        ({"description": ""}, "needed"),
        ({"description": "x" * 5001}, "long"),
        ({"app_name": "a\x00b"}, "characters"),
        ({"app_name": "\ud800"}, "characters"),
        ({"package": "com.example/../x"}, "package"),
        ({"clause": "cac-2019/9.9"}, "clause"),
        ({"happened_on": date(2100, 1, 1)}, "day"),
        ({"name": "Li"}, "consent"),
        ({"contact": "li@example.com"}, "consent"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_kept(db: None, change: dict[str, object], key: str) -> None:
    with pytest.raises(RefusedError) as refused:
        take(dataclasses.replace(PLAIN, **change))  # type: ignore[arg-type]
    assert refused.value.key == f"console.complaints.refused.{key}"
    assert not Complaint.objects.exists()


def test_an_unknown_channel_is_refused(db: None) -> None:
    with pytest.raises(RefusedError):
        take(PLAIN, channel="telepathy")


def test_the_code_is_kept_nowhere(db: None) -> None:
    taken = take(PLAIN)
    values = " ".join(str(value) for value in Complaint.objects.values().get().values())
    assert taken.code not in values
    assert taken.code.replace("-", "") not in values
    assert taken.code not in " ".join(Entry.objects.values_list("body", flat=True))


def test_a_complaint_that_cannot_be_stored_leaves_no_file(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set((home() / "files").rglob("*"))

    def full(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(intake, "record", full)
    with pytest.raises(DatabaseError):
        take(PLAIN, [picture()])
    assert {file for file in (home() / "files").rglob("*") if file.is_file()} <= before
    assert not Complaint.objects.exists()
