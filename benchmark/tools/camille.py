"""camille's rule of attribution, written again from its description.

An act before the tap on agree is unlawful, and it is the act of whichever known SDK stands anywhere in the stack, else of the app. It
watches calls for identifiers, places, lists of apps, content and permissions, and says nothing of policies."""

from __future__ import annotations

from pathlib import Path

from benchmark.cases import PACK
from benchmark.claims import Answer, Claim
from benchmark.tools.material import consent, events, sdks
from mingjian.extract import catalogue

_CLAUSE = f"{PACK}/3.1"
CLAUSES = frozenset({_CLAUSE})
_WATCHED = ("medium", "high")
_KEYED = {"API-0099": "android_id"}


def answer(folder: Path) -> Answer:
    """Item 3.1, by the calls of the recording."""
    run = events(folder)
    agreed = consent(run)
    rows = catalogue.apis()
    claims = []
    for event in run:
        row = rows.get(event.get("hook", "")) if event.get("kind") == "api" else None
        if row is None or event["ts"] >= agreed or row.level not in _WATCHED:
            continue
        key = _KEYED.get(row.id)
        if key is None or key in (event.get("args") or ()):
            claims.append(Claim(_CLAUSE, "violated", row.data, _owner(event.get("stack") or ())))
    return Answer(tuple(claims) or (Claim(_CLAUSE, "satisfied"),), CLAUSES)


def _owner(stack: list[str] | tuple[str, ...]) -> str:
    for id, (prefixes, _) in sdks().items():
        if any(frame.startswith(prefix) for frame in stack for prefix in prefixes):
            return id
    return "app"
