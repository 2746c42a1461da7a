"""One file that holds everything: every row, every file of the vault, every job that waits. It can be brought back on either database.

The file is a ZIP: `manifest.json`, `tables/<table>.jsonl` (a line a row, values as the framework writes them), `files/<sha256>`,
`jobs.jsonl`. The keys are not in it: without them nobody reads whom a complaint came from. They are written beside it, to be kept apart.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction

from mingjian.console import vault
from mingjian.console.audit.chain import breaks
from mingjian.console.audit.models import Head
from mingjian.console.cases.checking import forged
from mingjian.console.home import home
from mingjian.console.snapshot import snapshot
from mingjian.console.work import queue
from mingjian.errors import InputError, UsageError
from mingjian.model.version import own_version

FORMAT = "mingjian-console-backup/1"
KEYS = ".keys"
"""What is added to the backup's name for the file of its keys."""

_BATCH = 500
_SKIPPED = frozenset({"sessions.session", "admin.logentry", "work.job", "work.daily"})
_MOST_LINE = 64 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """What a backup holds, or what was brought back: rows, files and waiting jobs, and the end of the audit chain."""

    rows: int
    files: int
    jobs: int
    audit_seq: int
    audit_digest: str


def write(target: Path) -> Told:
    """Writes the backup and its keys, under the final name only when all is written. Raises `UsageError` for a name that is taken."""
    keys = target.with_name(target.name + KEYS)
    for file in (target, keys):
        if file.exists():
            raise UsageError("console.backup.exists", path=file)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            told = _write(zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3))
            out.flush()
            os.fsync(out.fileno())
        with os.fdopen(os.open(keys, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out_keys:
            json.dump({file.name: file.read_text(encoding="ascii").strip() for file in sorted((home() / "keys").glob("[!.]*"))}, out_keys)
        fresh.replace(target)
    except OSError as error:
        keys.unlink(missing_ok=True)
        raise UsageError("console.backup.unwritable", path=target, why=error.strerror or type(error).__name__) from error
    finally:
        fresh.unlink(missing_ok=True)
    return told


def _write(archive: zipfile.ZipFile) -> Told:
    digests: dict[str, str] = {}
    rows: dict[str, int] = {}
    with archive, snapshot():
        for model in _models():
            rows[model._meta.label_lower] = _member(archive, f"tables/{model._meta.label_lower}.jsonl", _lines(model), digests)
        jobs = _member(archive, "jobs.jsonl", (_line(list(job)) for job in queue.backend().waiting()), digests)
        head = Head.objects.filter(pk=1).first()
        files = 0
        for file in _vault_files():
            archive.write(file, f"files/{file.name}", zipfile.ZIP_STORED)
            files += 1
        told = Told(sum(rows.values()), files, jobs, head.seq if head else 0, head.digest if head else "")
        manifest = {
            "format": FORMAT,
            "version": own_version() or "0",
            "migrations": _migrations(),
            "rows": rows,
            "digests": digests,
            "files": files,
            "jobs": jobs,
            "audit": [told.audit_seq, told.audit_digest],
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    return told


def restore(source: Path) -> Told:
    """Brings a backup back into a console that holds nothing yet, and checks what it brought. Raises `UsageError` where there is something
    already, `InputError` for a file that is damaged or of another version; then no row and no key was brought."""
    if _holds_something():
        raise UsageError("console.backup.not_empty")
    if not source.is_file():
        raise InputError("console.backup.no_file", path=source)
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _checked(archive, source)
            _bring_files(archive, source)
            with transaction.atomic():
                _bring_rows(archive, manifest)
                _check_chain(manifest, source)
                _bring_keys(source)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, EOFError) as error:
        raise InputError("console.backup.damaged", path=source, why=f"{type(error).__name__}: {error}"[:200]) from error
    seq, digest = manifest["audit"]
    return Told(sum(manifest["rows"].values()), manifest["files"], manifest["jobs"], seq, digest)


def _models() -> list[type[models.Model]]:
    """Every table of ours and of the framework, those first that others point to."""
    waiting = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in _SKIPPED
    ]
    ordered: list[type[models.Model]] = []
    while waiting:
        free = [
            model
            for model in waiting
            if not any(field.related_model in waiting and field.related_model is not model for field in _pointers(model))
        ]
        ordered += free or waiting
        waiting = [model for model in waiting if model not in ordered]
    return ordered


def _pointers(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def _lines(model: type[models.Model]) -> Iterator[bytes]:
    fields = model._meta.concrete_fields
    for row in cast(Any, model)._base_manager.order_by("pk").iterator(chunk_size=_BATCH):
        yield _line({field.attname: _plain(field, row) for field in fields})


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(field: "models.Field[Any, Any]", row: models.Model) -> Any:
    value = getattr(row, field.attname)
    return value if value is None or isinstance(field, models.JSONField) else field.value_to_string(row)


def _member(archive: zipfile.ZipFile, name: str, lines: Iterable[bytes], digests: dict[str, str]) -> int:
    digest, count = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as out:
        for line in lines:
            digest.update(line)
            out.write(line)
            count += 1
    digests[name] = digest.hexdigest()
    return count


def _vault_files() -> Iterator[Path]:
    folder = home() / "files"
    return (file for file in sorted(folder.glob("[0-9a-f][0-9a-f]/*")) if file.is_file())


def _migrations() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return sorted(f"{app}.{name}" for app, name in cursor.fetchall() if app != "procrastinate")


def _holds_something() -> bool:
    return any(apps.get_model(name).objects.exists() for name in ("accounts.User", "inspections.Inspection", "audit.Entry"))


def _checked(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    """The manifest, once every member was read and found to be what it says."""
    manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
    if manifest.get("format") != FORMAT or manifest["migrations"] != _migrations():
        raise InputError("console.backup.other_version", path=source, version=str(manifest.get("version"))[:40], own=own_version() or "0")
    for name, expected in manifest["digests"].items():
        _compare(archive, name, expected)
    files = [name for name in archive.namelist() if name.startswith("files/")]
    if len(files) != manifest["files"]:
        raise ValueError("files are missing")
    for name in files:
        _compare(archive, name, name.removeprefix("files/"))
    return manifest


def _compare(archive: zipfile.ZipFile, name: str, expected: str) -> None:
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while chunk := member.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != expected:
        raise ValueError(f"{name} was changed")


def _check_chain(manifest: dict[str, Any], source: Path) -> None:
    seq, digest = manifest["audit"]
    broken = next(breaks((seq, digest) if seq else None), None)
    if broken is not None:
        raise InputError("console.backup.chain", path=source, seq=broken.seq)
    changed = next(forged(), None)
    if changed is not None:
        raise InputError("console.backup.event", path=source, case=changed[0], seq=changed[1])


def _bring_keys(source: Path) -> None:
    """The keys that lie beside the backup, in place of those that an empty console made for itself."""
    beside = source.with_name(source.name + KEYS)
    if not beside.exists():
        return
    folder = home() / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, key in json.loads(beside.read_text(encoding="ascii")).items():
        if not name.isidentifier() or not isinstance(key, str):
            raise ValueError(f"{beside.name} is not a file of keys")
        file = folder / name
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(key)


def _bring_files(archive: zipfile.ZipFile, source: Path) -> None:
    for name in archive.namelist():
        if name.startswith("files/"):
            with archive.open(name) as member:
                stored, _ = vault.put(iter(lambda member=member: member.read(1 << 20), b""))  # type: ignore[misc]
            if name != f"files/{stored}":
                raise InputError("console.backup.damaged", path=source, why=name[:100])


def _bring_rows(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    ordered = _models()
    # The tables of a new console hold what migrations wrote (roles, permissions), which the backup has too.
    for model in reversed(ordered):
        cast(Any, model)._base_manager.all()._raw_delete(using="default")
    for model in ordered:
        name = f"tables/{model._meta.label_lower}.jsonl"
        if model._meta.label_lower not in manifest["rows"]:
            continue
        with archive.open(name) as member:
            batch: list[models.Model] = []
            while line := member.readline(_MOST_LINE):
                batch.append(_row(model, json.loads(line)))
                if len(batch) == _BATCH:
                    cast(Any, model)._base_manager.bulk_create(batch)
                    batch = []
            cast(Any, model)._base_manager.bulk_create(batch)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), ordered):
            cursor.execute(statement)
    with archive.open("jobs.jsonl") as member:
        while line := member.readline(_MOST_LINE):
            task, arguments = json.loads(line)
            queue.defer(task, **arguments)


def _row(model: type[models.Model], values: dict[str, Any]) -> models.Model:
    row = model()
    for field in model._meta.concrete_fields:
        value = values[field.attname]
        target = cast(Any, field).target_field if field.is_relation else field
        as_it_is = value is None or isinstance(field, models.JSONField)
        setattr(row, field.attname, value if as_it_is else target.to_python(value))
    return row
