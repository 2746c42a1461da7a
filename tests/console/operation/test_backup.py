"""Backup and restore: everything comes back, on a database and in a home that held nothing; what was damaged changes nothing."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import connection

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.api.models import Webhook
from mingjian.console.audit.append_only import allow_changes
from mingjian.console.audit.chain import breaks, head, record
from mingjian.console.audit.models import Entry, Head
from mingjian.console.home import home, secret
from mingjian.console.market.models import App, Operator
from mingjian.console.operation import backup
from mingjian.console.work import queue
from mingjian.errors import InputError, UsageError


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINGJIAN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def held(db: None, place: Path, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> str:
    """A console with something of every kind: people and roles, rows that point to others, bytes, moments, files, a chain, a job."""
    monkeypatch.setitem(queue.TASKS, "test.note", lambda word: None)
    operator = Operator.objects.create(name="示例公司")
    person("inspector", "reviewer", name="li")
    person("operator", name="wang", operator=operator)
    app = App.objects.create(package="com.example.a", label="甲", operator=operator, downloads=10**12, updated_at=clock.now())
    Webhook.objects.create(
        address="https://example.org/", secret=b"\x00\xff\x10", owner=User.objects.get(username="li"), created_at=clock.now()
    )
    for number in range(5):
        record("test.act", f"app:{app.pk}", actor="li", number=number, words="“引号”")
    digest, _ = vault.put([b"a file", b" of the vault"])
    secret("complaints")
    queue.defer("test.note", word="wait")
    return digest


def _emptied(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another home, and tables that hold nothing but what migrations write."""
    monkeypatch.setenv("MINGJIAN_HOME", str(place / "elsewhere"))
    App.objects.all().delete()
    User.objects.all().delete()
    Operator.objects.all().delete()
    Head.objects.all().delete()
    _allow_changes()
    Entry.objects.all().delete()
    monkeypatch.setitem(queue.TASKS, "test.note", lambda word: None)
    queue.run_due()


def _allow_changes() -> None:
    # The schema editor itself does not work within the transaction of a test on SQLite.
    with connection.cursor() as cursor:
        allow_changes(cast(Any, SimpleNamespace(connection=connection, execute=cursor.execute)), "audit_entry")


def _state() -> dict[str, object]:
    return {
        "people": sorted((user.username, sorted(user.roles), user.operator_id, user.password) for user in User.objects.all()),
        "apps": list(App.objects.values_list("pk", "package", "label", "operator__name", "downloads", "updated_at")),
        "bytes": [(row.pk, bytes(row.secret), row.owner_id, row.events) for row in Webhook.objects.all()],
        "chain": list(Entry.objects.order_by("seq").values_list("seq", "at", "body", "digest")),
        "head": head(),
    }


def test_everything_comes_back_as_it_was(held: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, key = _state(), secret("complaints")
    written = backup.write(place / "all.mjb")
    _emptied(place, monkeypatch)
    assert backup.restore(place / "all.mjb") == written
    assert _state() == before
    assert list(breaks()) == []
    assert vault.read(held) == b"a file of the vault"
    assert secret("complaints") == key
    assert home() == place / "elsewhere"
    assert list(queue.backend().waiting()) == [("test.note", {"word": "wait"})]


def test_new_rows_get_numbers_of_their_own_after_a_restore(held: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup.write(place / "all.mjb")
    _emptied(place, monkeypatch)
    backup.restore(place / "all.mjb")
    assert App.objects.create(package="com.example.b", updated_at=clock.now()).pk != App.objects.get(package="com.example.a").pk


def test_the_backup_holds_no_key_and_the_file_of_keys_is_its_owners(held: str, place: Path) -> None:
    backup.write(place / "all.mjb")
    key = secret("complaints").encode()
    with zipfile.ZipFile(place / "all.mjb") as archive:
        assert not any(key in archive.read(name) for name in archive.namelist())
    keys = place / "all.mjb.keys"
    assert json.loads(keys.read_text())["complaints"] == key.decode()
    assert keys.stat().st_mode & 0o777 == 0o600
    assert (place / "all.mjb").stat().st_mode & 0o777 == 0o600


def test_a_console_that_holds_something_is_left_alone(held: str, place: Path) -> None:
    backup.write(place / "all.mjb")
    before = _state()
    with pytest.raises(UsageError, match=r"console\.backup\.not_empty"):
        backup.restore(place / "all.mjb")
    assert _state() == before


def test_a_name_that_is_taken_is_not_overwritten(held: str, place: Path) -> None:
    (place / "all.mjb").write_text("precious")
    with pytest.raises(UsageError, match=r"console\.backup\.exists"):
        backup.write(place / "all.mjb")
    assert (place / "all.mjb").read_text() == "precious"


def _rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    "change",
    [
        lambda name, content: content.replace("甲".encode(), "乙".encode()),
        lambda name, content: None if name.startswith("files/") else content,
        lambda name, content: content + b"x" if name.startswith("files/") else content,
        lambda name, content: b"{}" if name == "manifest.json" else content,
        lambda name, content: None if name == "manifest.json" else content,
        lambda name, content: content.replace(b"/1", b"/9") if name == "manifest.json" else content,
        lambda name, content: None if name == "tables/market.app.jsonl" else content,
    ],
)
def test_a_backup_that_was_changed_brings_no_row_back(
    held: str, place: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[str, bytes], bytes | None]
) -> None:
    backup.write(place / "all.mjb")
    _emptied(place, monkeypatch)
    with pytest.raises(InputError):
        backup.restore(_rewritten(place / "all.mjb", place / "changed.mjb", change))
    assert not User.objects.exists()
    assert not App.objects.exists()


@pytest.mark.parametrize("size", [0, 1, 100, 2000])
def test_a_backup_that_was_cut_is_told_in_one_line(held: str, place: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    backup.write(place / "all.mjb")
    (place / "cut.mjb").write_bytes((place / "all.mjb").read_bytes()[:size])
    _emptied(place, monkeypatch)
    with pytest.raises(InputError, match=r"console\.backup\.damaged"):
        backup.restore(place / "cut.mjb")


def test_an_entry_that_was_forged_before_the_backup_is_found(held: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _allow_changes()
    forged = Entry.objects.get(seq=3)
    Entry.objects.filter(seq=3).delete()
    forged.body = forged.body.replace("2", "9")
    forged.save(force_insert=True)
    backup.write(place / "all.mjb")
    _emptied(place, monkeypatch)
    with pytest.raises(InputError, match=r"console\.backup\.chain"):
        backup.restore(place / "all.mjb")


def test_a_backup_that_is_not_there_is_told_in_one_line(db: None, place: Path) -> None:
    with pytest.raises(InputError, match=r"console\.backup\.no_file"):
        backup.restore(place / "nothing.mjb")
