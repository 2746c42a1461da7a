"""Whether what is stored of cases still is what was recorded."""

import json
from collections.abc import Iterator
from itertools import islice

from mingjian.console.audit.models import Entry
from mingjian.console.cases.ledger import ACT
from mingjian.console.cases.models import Event
from mingjian.console.cases.projection import digest

_AT_ONCE = 1000


def forged() -> Iterator[tuple[int, int]]:
    """The events, by the number of their case and their own, that do not say what the audit chain kept of them, that are gone, or that the
    chain knows nothing of. It trusts the chain, which has a check of its own."""
    rows = Entry.objects.filter(action=ACT).order_by("seq").values_list("object", "body").iterator(chunk_size=_AT_ONCE)
    known = 0
    while chunk := list(islice(rows, _AT_ONCE)):
        told = {}
        for about, text in chunk:
            body = json.loads(text)
            told[int(about.partition(":")[2]), body["seq"]] = body["sha256"]
        known += len(told)
        stored = {(each.case_id, each.seq): each for each in Event.objects.filter(case__in={case for case, _ in told})}
        yield from (key for key, sha256 in told.items() if key not in stored or digest(stored[key]) != sha256)
    if Event.objects.count() > known:
        kept = {
            (int(about.partition(":")[2]), json.loads(text)["seq"])
            for about, text in Entry.objects.filter(action=ACT).values_list("object", "body")
        }
        yield from (key for key in Event.objects.values_list("case", "seq").order_by("case", "seq") if key not in kept)
