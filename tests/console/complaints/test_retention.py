"""Erasure on schedule: what goes, what stays, and that no byte is left in the database, its log or the vault."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import breaks
from mingjian.console.audit.models import Entry
from mingjian.console.complaints import followup, handling, limits, retention, tasks
from mingjian.console.complaints.intake import Told, take
from mingjian.console.complaints.models import Attachment, Complaint, Tally
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App

TOLD = Told("Weather", "It reads my contacts.", clause="cac-2019/3.1", name="Li Si", contact="li@x.cn", may_contact=True)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    return out.getvalue()


def at(noon: datetime, days: int) -> None:
    with clock.stopped_at(noon + timedelta(days=days)):
        tasks.erase()


def test_a_complaint_is_erased_when_its_time_after_the_reply_is_over(noon: datetime, person: Callable[..., User]) -> None:
    inspector, reviewer = person("inspector"), person("reviewer")
    complaint = take(TOLD, [picture()]).complaint
    sealed_file = vault.path(complaint.attachments.get().sha256)
    handling.take_on(complaint, inspector)
    handling.reject(complaint, inspector, "told by Li Si")
    followup.add(complaint, "More.", [])
    handling.decide_reply(handling.propose_reply(complaint, "Dear Li Si", inspector), reviewer, confirmed=True)
    days = retention.kept()["complaint"].days
    at(noon, days - 1)
    assert sealed_file.exists()
    at(noon, days)
    complaint.refresh_from_db()
    assert not sealed_file.exists()
    assert not complaint.attachments.exists()
    assert not complaint.messages.exists()
    assert (bytes(complaint.identity), bytes(complaint.statement), complaint.reason, complaint.named) == (b"", b"", "", False)
    assert [bytes(reply.sealed) for reply in complaint.replies.all()] == [b""]
    # What is counted stays; what the complainant typed does not.
    assert (complaint.clause, complaint.half, complaint.state) == ("cac-2019/3.1", "2026H2", "replied")
    assert complaint.erased_at is not None
    assert Entry.objects.filter(action="complaint.erased", actor="system").count() == 1
    assert not any(breaks())


def test_a_complaint_that_nobody_answered_is_erased_too(db: None, noon: datetime) -> None:
    complaint = take(TOLD).complaint
    days = retention.kept()["complaint_longest"].days
    at(noon, days - 1)
    assert not Complaint.objects.filter(erased_at__isnull=False).exists()
    at(noon, days)
    complaint.refresh_from_db()
    assert complaint.erased_at is not None
    at(noon, days + 1)
    assert Entry.objects.filter(action="complaint.erased").count() == 1


def test_nothing_that_was_typed_stays_in_the_clear(person: Callable[..., User], noon: datetime) -> None:
    mine = "Li Si 13800000000"
    told = Told(mine, mine, package="li.si13800000000", version=mine, store=mine, happened_on=noon.date())
    kept = Told("Weather", "x", package="com.example.weather", store="Example Store")
    app = App.objects.create(package="com.example.weather", label="Weather", updated_at=noon)
    Inspection.objects.create(app=app, store="Example Store", created_at=noon)
    for each in (told, kept):
        retention.erase(take(each).complaint, "system")
    first, second = Complaint.objects.order_by("pk")
    assert (first.app_name, first.package, first.version, first.store, first.happened_on) == ("", "", "", "", None)
    assert (second.app, second.store) == (app, "Example Store")
    # Without a name two erased ones tell of nothing in common.
    assert not handling.similar(first, person("auditor")).exists()


def test_a_reply_never_makes_the_time_longer_than_the_longest(noon: datetime) -> None:
    received = noon.date()
    longest = retention.longest_end(received)
    assert retention.end_after(longest - timedelta(days=1), received) == longest
    assert retention.end_after(received, received) == received + timedelta(days=retention.kept()["complaint"].days)


def test_addresses_are_forgotten_with_their_window(db: None, noon: datetime) -> None:
    limits.spend(limits.COMPLAINT, "192.0.2.1")
    assert Tally.objects.count() == 2
    at(noon, retention.kept()["visitor"].days + 1)
    assert not Tally.objects.exists()


def test_files_whose_erasure_was_cut_off_are_erased_the_next_day(db: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    complaint = take(TOLD, [picture()]).complaint
    file = vault.path(complaint.attachments.get().sha256)

    def killed() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(retention, "_drop_files", killed)
        retention.erase(complaint, "system")
    assert file.exists()
    at(noon, 1)
    assert not file.exists()
    assert not Attachment.objects.exists()


def test_erasing_leaves_no_byte_in_the_file_its_log_or_the_vault(tmp_path: Path) -> None:
    environment = {**os.environ, "MINGJIAN_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "mingjian.console.settings"}
    environment.pop("MINGJIAN_DATABASE", None)
    command = [sys.executable, "-m", "tests.console.complaints.erasing"]
    told = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120).stdout)
    # One piece may lie across the edge of a page.
    assert told["before"] >= told["pieces"] - 1
    assert (told["after"], told["plain"]) == (0, False)
