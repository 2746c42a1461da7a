"""What importers read raw -> what a run file may hold: values as salted hashes and masks, requests as what was found in them."""

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from msgspec import structs

from mingjian.extract.call_arguments import acts_of_call
from mingjian.extract.hooks import watched
from mingjian.extract.known_values import KnownValues
from mingjian.extract.payload import search
from mingjian.inputs.recording.track import Carried, Item, Payload
from mingjian.model.run import AnyEvent, Api, Net, Session, Value
from mingjian.model.values import sealed_value

_MOST_VALUES = 1 << 18
"""Different values that are remembered, so that none is told or looked at twice; what comes beyond may be."""


def hashed(items: Iterable[Item], session: Session, raw: BinaryIO | None = None) -> Iterator[AnyEvent]:
    """The events as a run file of this session, which has a salt, may hold them. Calls must come before the requests that carry their
    values. To `raw` goes one JSON object (`hash`, `value`) a line for each value, in full."""
    hashes = _Hashing(session, raw)
    for item in items:
        if not isinstance(item, Carried):
            yield hashes.known(item)
        elif isinstance(item.event, Net) and item.payload is not None:
            yield hashes.searched(item.event, item.payload)
        else:
            yield hashes.known(item.event, item.raw)


class _Hashing:
    """The values so far, to be found again in later requests."""

    def __init__(self, session: Session, raw: BinaryIO | None) -> None:
        self._salt = session.salt
        self._parts = session.parts
        self._package = session.app.package if session.app is not None else ""
        self._values = KnownValues()
        self._raw = raw
        self._written: set[str] = set()
        self._learned: set[tuple[object, ...]] = set()

    def known(self, event: AnyEvent, raw: str | None = None) -> AnyEvent:
        """The event with its value hashed, which is remembered."""
        if not isinstance(event, Api):
            return event
        if raw is not None:
            event = structs.replace(event, value=sealed_value(raw, self._salt, event.value.type if event.value is not None else None))
            self._tell(event, raw)
        if event.value is not None:
            self._learn(event, event.value, raw)
        return event

    def searched(self, event: Net, payload: Payload) -> Net:
        """The request with what was found in it."""
        # Which of two moments came first is known only by clocks that were compared.
        ts = event.ts if self._parts[event.part].clock.error_ms is not None or len(self._parts) == 1 else None
        matches, unread = search(payload, self._values, ts)
        return structs.replace(event, matches=matches, unread=unread or event.unread)

    def _learn(self, event: Api, value: Value, raw: str | None) -> None:
        key = (value.hash, event.api, event.hook, event.args)
        if key in self._learned:
            return
        if len(self._learned) < _MOST_VALUES:
            self._learned.add(key)
        row = watched(event.api, event.hook, None if event.args is None else len(event.args))
        acts = acts_of_call(row, event.args, self._package) if row is not None else ()
        for data in dict.fromkeys(act.data for act in acts if act.data is not None):
            self._values.learn(value, raw, data, event.seq, event.ts, self._salt)

    def _tell(self, event: Api, raw: str) -> None:
        if self._raw is None or event.value is None or event.value.hash in self._written:
            return
        if len(self._written) < _MOST_VALUES:
            self._written.add(event.value.hash)
        self._raw.write(json.dumps({"hash": event.value.hash, "value": raw}).encode() + b"\n")
