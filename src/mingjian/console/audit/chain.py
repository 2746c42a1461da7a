"""Appending to the chain and checking it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mingjian.console import clock
from mingjian.console.audit.models import Entry, Head

_FIRST = "0" * 64
SYSTEM = "system"
"""The actor of what the console does by itself."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: the number of the entry, and whether it is `missing`, `changed` or `cut` (the end is gone)."""

    seq: int
    what: str


def record(action: str, object: str = "", *, actor: str = SYSTEM, **body: Any) -> Entry:
    """Appends one act, in the caller's transaction: an act and its entry stand or fall together. `object` is `case:12`."""
    with transaction.atomic():
        head, _ = Head.objects.select_for_update().get_or_create(pk=1, defaults={"seq": 0, "digest": _FIRST})
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        entry = Entry(
            seq=head.seq + 1, at=clock.now(), actor=actor[:150], action=action, object=object[:120], body=text, previous=head.digest
        )
        entry.digest = _digest(entry)
        entry.save(force_insert=True)
        head.seq, head.digest = entry.seq, entry.digest
        head.save()
    return entry


def breaks(known_head: tuple[int, str] | None = None) -> Iterator[Break]:
    """Every place where the chain does not hold. `known_head` is a number and digest told earlier (a report prints one): with it the
    check also shows that the end was cut off and written anew, which the chain alone cannot show."""
    previous, expected = _FIRST, 1
    for entry in Entry.objects.order_by("seq").iterator(chunk_size=2000):
        if entry.seq != expected:
            yield Break(expected, "missing")
        elif entry.previous != previous or entry.digest != _digest(entry):
            yield Break(entry.seq, "changed")
        if known_head is not None and entry.seq == known_head[0] and entry.digest != known_head[1]:
            yield Break(entry.seq, "changed")
        previous, expected = entry.digest, entry.seq + 1
    head = Head.objects.filter(pk=1).first()
    told = max(head.seq if head else 0, known_head[0] if known_head else 0)
    if expected - 1 < told:
        yield Break(expected, "cut")
    elif head is not None and head.digest != previous:
        yield Break(head.seq, "changed")


def _digest(entry: Entry) -> str:
    parts = [entry.seq, entry.at.isoformat(), entry.actor, entry.action, entry.object, entry.body, entry.previous]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
