"""Appending to the chain and checking it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import transaction
from django.db.models import Max

from mingjian.console import clock
from mingjian.console.audit.models import Entry, Head

_FIRST = "0" * 64
_ROWS = 2000
SYSTEM = "system"
"""The actor of what the console does by itself."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: the number of an entry, and what is wrong there.

    `missing`: it is gone. `changed`: it is not what was digested. `unlinked`: it does not follow from the one before it. `added`: it stands
    behind the end. `cut`: it and what followed were taken off the end. `rewritten`: its digest is not the one that was told outside."""

    seq: int
    what: str


def record(action: str, object: str = "", *, actor: str = SYSTEM, **body: Any) -> Entry:
    """Appends one act, in the caller's transaction: an act and its entry stand or fall together. `object` is `case:12`.

    The values of `body` are plain JSON. The end of the chain stays locked until the caller's transaction ends."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    with transaction.atomic(savepoint=False):
        end, _ = Head.objects.select_for_update().get_or_create(pk=1, defaults={"seq": 0, "digest": _FIRST})
        entry = Entry(
            seq=end.seq + 1, at=clock.now(), actor=actor[:150], action=action, object=object[:120], body=text, previous=end.digest
        )
        entry.digest = _digest(entry)
        entry.save(force_insert=True)
        Head.objects.filter(pk=1).update(seq=entry.seq, digest=entry.digest)
    return entry


def head() -> tuple[int, str]:
    """Number and digest of the last entry; a number of 0 when there is none."""
    found = Head.objects.filter(pk=1).first()
    return (found.seq, found.digest) if found else (0, _FIRST)


def breaks(*known_heads: tuple[int, str] | None) -> Iterator[Break]:
    """Every place where the chain does not hold, in the order of the entries; a few thousand entries are in memory at a time.

    `known_heads` are numbers and digests that were told earlier (a report prints one, a file gets one every day). Only they show that the
    whole chain was written anew, or that its end was cut off together with the note of where it ended. Entries that are appended
    meanwhile are no fault."""
    known = dict(each for each in known_heads if each is not None)
    last, digest = head()
    previous, expected = _FIRST, 1
    for entry in Entry.objects.filter(seq__lte=last).order_by("seq").iterator(chunk_size=_ROWS):
        if entry.seq != expected:
            yield Break(expected, "missing")
        elif entry.previous != previous:
            yield Break(entry.seq, "unlinked")
        if entry.digest != _digest(entry):
            yield Break(entry.seq, "changed")
        if known.get(entry.seq, entry.digest) != entry.digest:
            yield Break(entry.seq, "rewritten")
        previous, expected = entry.digest, entry.seq + 1
    if expected <= max(last, *known, 0):
        yield Break(expected, "cut")
    elif previous != digest:
        yield Break(last, "unlinked")
    # The entries first: who appends writes the entry and the end together, so the end is never older than what was seen.
    newest = Entry.objects.aggregate(newest=Max("seq"))["newest"] or 0
    if newest > head()[0]:
        yield Break(head()[0] + 1, "added")


def _digest(entry: Entry) -> str:
    """The digest of all that an entry says, with the moment as both databases keep it: UTC, microseconds."""
    at = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    parts = [entry.seq, at, entry.actor, entry.action, entry.object, entry.body, entry.previous]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()
