"""Taking in files for an inspection: bounded, looked at, stored, and queued."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.conf import settings
from django.db import transaction

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.inspections.models import Batch, Inspection, Material
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import defer
from mingjian.errors import UsageError
from mingjian.inputs.fetch import checked
from mingjian.inputs.files import HEAD, MOST_BYTES, ArtifactKind, Looks, looks_of
from mingjian.model.printable import printable
from mingjian.model.terms import vocabulary

Files = Mapping[str, Sequence[tuple[str, Iterable[bytes]]]]
"""Files by kind (`Material.Kind`), each as the name its sender gave it and its content piece by piece."""

MOST_FILES = 64
"""Files of one upload."""

_BY_LOOKS: dict[str, frozenset[Looks]] = {
    Material.Kind.PACKAGE: frozenset({"zip"}),
    Material.Kind.DOSSIER: frozenset({"zip"}),
    Material.Kind.POLICY: frozenset({"html", "xml", "pdf", "zip", "text"}),
    Material.Kind.RUN: frozenset({"zip", "gzip", "json", "xml", "image", "text", "binary"}),
    Material.Kind.REVIEW: frozenset({"text", "json"}),
}
"""What the beginning of a file of each kind may look like. What it really is, its reader finds out."""
_SIZE_AS: dict[str, ArtifactKind] = {
    Material.Kind.PACKAGE: "package",
    Material.Kind.DOSSIER: "package",
    Material.Kind.POLICY: "policy",
    Material.Kind.RUN: "run",
    Material.Kind.REVIEW: "review",
}
_PROGRAM = b"MZ"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How a text begins that has two bytes a character, and so looks like no text."""
_FOLDERS = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class About:
    """What is told of the app beside its files; empty where nothing is. `category` is one of the 39 official types by id, or `auto`;
    `policy_address` the page on which its policy stands, which is fetched when the inspection runs."""

    category: str = ""
    store: str = ""
    operator: str = ""
    region: str = ""
    downloads: int | None = None
    policy_address: str = ""


def receive(
    user: User,
    files: Files,
    about: About | None = None,
    *,
    body: str = "",
    source: Inspection.Source = Inspection.Source.UPLOAD,
    batch: Batch | None = None,
    beside: Callable[[Inspection], object] | None = None,
) -> Inspection:
    """A queued inspection of the files, which lie in the vault when this returns. A person of one body acts for that body. Once all bytes
    are stored, `beside` writes what belongs to the inspection in the same transaction, or raises so that nothing is written.

    Wanted are files of one package and what else there is, or one dossier. Raises `RefusedError` for anything else, for a file that is
    not what it is given as, and for more bytes than `UPLOAD_LIMIT`; no inspection is made then."""
    about = _checked(about or About())
    _check_kinds(files)
    if user.body and body not in ("", user.body):
        raise RefusedError("console.inspections.refused.body")
    opened = [(kind, *_opened(kind, name, content)) for kind, rows in files.items() for name, content in rows]
    room = _Room(settings.UPLOAD_LIMIT)
    stored = [(kind, name, *vault.put(room.counted(kind, name, content))) for kind, name, content in opened]
    with transaction.atomic():
        inspection = Inspection.objects.create(
            batch=batch,
            body=user.body or body,
            source=source,
            created_at=clock.now(),
            created_by=user,
            category=about.category,
            store=about.store,
            operator=about.operator,
            region=about.region,
            downloads=about.downloads,
            policy_address=about.policy_address,
            label=next((name for kind, name, _, _ in stored if kind in (Material.Kind.PACKAGE, Material.Kind.DOSSIER)), ""),
        )
        Material.objects.bulk_create(
            Material(inspection=inspection, kind=kind, name=name, sha256=sha256, size=size) for kind, name, sha256, size in stored
        )
        record(
            "inspection.received",
            f"inspection:{inspection.pk}",
            actor=user.get_username(),
            files=[[kind, sha256, size] for kind, _, sha256, size in stored],
            source=str(source),
        )
        if beside is not None:
            beside(inspection)
        defer("inspections.scan", inspection=inspection.pk)
    return inspection


def shown_name(name: str) -> str:
    """The name of a sent file as it is shown: without folders, and with nothing in it that cannot be seen."""
    return printable(_FOLDERS.split(name)[-1])[-200:] or "-"


def _checked(about: About) -> About:
    """The same without spaces around. Raises `RefusedError` for a type that does not exist, an address that is none, a word too long."""
    words = {field: printable(getattr(about, field).strip()) for field in ("category", "store", "operator", "region", "policy_address")}
    if words["category"] not in ("", "auto") and words["category"] not in vocabulary("categories"):
        raise RefusedError("console.inspections.refused.category", category=words["category"][:60])
    for field, most in (("store", 80), ("operator", 200), ("region", 40)):
        if len(words[field]) > most:
            raise RefusedError("console.inspections.refused.long", most=most, what=words[field][:20])
    if about.downloads is not None and not 0 <= about.downloads < 1 << 40:
        raise RefusedError("console.inspections.refused.downloads")
    if words["policy_address"]:
        try:
            words["policy_address"] = checked(words["policy_address"])
        except UsageError as error:
            raise RefusedError("console.inspections.refused.address", address=words["policy_address"][:200]) from error
    return About(downloads=about.downloads, **words)


def _check_kinds(files: Files) -> None:
    """Raises `RefusedError` unless there are files of a package or one dossier, of known kinds, and not too many."""
    given = {kind: len(rows) for kind, rows in files.items() if rows}
    if given.keys() - set(Material.Kind.values):
        raise RefusedError("console.inspections.refused.kind")
    if sum(given.values()) > MOST_FILES:
        raise RefusedError("console.inspections.refused.many", most=MOST_FILES)
    dossiers = given.get(Material.Kind.DOSSIER, 0)
    if dossiers > 1 or bool(dossiers) == bool(given.get(Material.Kind.PACKAGE)):
        raise RefusedError("console.inspections.refused.nothing")


def _opened(kind: str, name: str, content: Iterable[bytes]) -> tuple[str, Iterator[bytes]]:
    """The name as it is shown, and the content after a look at its beginning. Raises `RefusedError` for what is no file of the kind."""
    pieces = iter(content)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= HEAD:
            break
    shown = shown_name(name)
    if not head:
        raise RefusedError("console.inspections.refused.empty", name=shown)
    looks: Looks = "text" if kind == Material.Kind.POLICY and head.startswith(_WIDE) else looks_of(head[:HEAD])
    if looks not in _BY_LOOKS[kind] or head.startswith(_PROGRAM):
        raise RefusedError(f"console.inspections.refused.looks.{kind}", name=shown)
    return shown, chain((head,), pieces)


class _Room:
    """What is left of an upload's size."""

    def __init__(self, size: int) -> None:
        self._left = size

    def counted(self, kind: str, name: str, content: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces. Raises `RefusedError` as soon as the file, or all files together, are too large."""
        of_file = MOST_BYTES[_SIZE_AS[kind]]
        for piece in content:
            self._left -= len(piece)
            of_file -= len(piece)
            if self._left < 0 or of_file < 0:
                most = settings.UPLOAD_LIMIT if self._left < 0 else MOST_BYTES[_SIZE_AS[kind]]
                raise RefusedError("console.inspections.refused.large", name=name, most=most >> 20)
            yield piece
