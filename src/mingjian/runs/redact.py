"""A run file that may be handed on: what tells of a person is taken out, what verdicts are built on stays.

Gone are the salt (without it no hash can be tried out), masks, names of files and of threads, notes, what was written into fields, numbers
and addresses on screens, words on screens that speak of nothing that is judged, values in addresses and in paths. Hashes stay: that the
same value was read again, or was sent, can still be seen."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from msgspec import structs

from mingjian.extract.call_arguments import acts_of_call
from mingjian.extract.hooks import opens_connection, watched
from mingjian.extract.openings import opened_address
from mingjian.extract.places import reach_of_path
from mingjian.model.run import AnyEvent, Api, File, Mark, Net, Node, Session, Ui
from mingjian.model.shipped import catalog
from mingjian.model.values import sealed_hash
from mingjian.nlp.language import simplified

_NUMBER = re.compile(r"\d{5,}|\d{2,4}(?:[ -]\d{2,4}){2,4}")
_MAILBOX = re.compile(r"[\w.+-]{1,64}@")
_DIGIT = re.compile(r"\d")
_HIDDEN = "•"
_WHOLE = ("buttons", "permission_dialog")
"""Groups of the vocabulary that are whole labels."""
_WITHIN = (
    "policy",
    "prompt",
    "consent",
    "entries",
    "complaint_channel",
    "targeting",
    "conditions",
    "blocked",
    "enticing",
    "forcing",
    "errors",
)
_LONGEST_LABEL = 60


def redacted_session(session: Session) -> Session:
    """The first line of the redacted file."""
    return structs.replace(session, parts=tuple(structs.replace(part, name="") for part in session.parts), salt=None)


def redacted(events: Iterable[AnyEvent], session: Session) -> Iterator[AnyEvent]:
    """The events of the redacted file, in the same order."""
    package = session.app.package if session.app is not None else ""
    withheld = frozenset(sealed_hash(each, session.salt) for each in catalog("hooks")["placeholders"])
    for event in events:
        if isinstance(event, Api):
            yield _api(event, package, withheld)
        elif isinstance(event, File):
            yield structs.replace(event, path=_path(event, package))
        elif isinstance(event, Ui):
            yield structs.replace(event, nodes=_nodes(event))
        elif isinstance(event, Net):
            yield _net(event)
        else:
            yield structs.replace(event, note="") if isinstance(event, Mark) else event


def _api(event: Api, package: str, withheld: frozenset[str]) -> Api:
    event = structs.replace(event, thread=None, args=_args(event, package))
    if event.value is None:
        return event
    if event.value.hash in withheld:
        # Without the salt nobody could see any more that the system gave nothing.
        return structs.replace(event, value=None, result="empty" if event.result in ("value", None) else event.result)
    return structs.replace(event, value=structs.replace(event.value, masked=""))


def _args(event: Api, package: str) -> tuple[str | None, ...] | None:
    if event.args is None:
        return None
    row = watched(event.api, event.hook, len(event.args))
    hidden = tuple(None if each is None else _unnumbered(each) for each in event.args)
    if opens_connection(event.hook):
        return hidden if opened_address(hidden) == opened_address(event.args) else event.args
    same = row is None or acts_of_call(row, hidden, package) == acts_of_call(row, event.args, package)
    return hidden if same else event.args


def _path(event: File, package: str) -> str:
    """The path without the name of the file, or without numbers, whichever still leads to the same data."""
    folder, name = posixpath.split(event.path)
    nameless = posixpath.join(folder, _HIDDEN + posixpath.splitext(name)[1]) if name else folder
    for shorter in (_unnumbered(nameless), _unnumbered(event.path)):
        if _reached(shorter, event, package) == _reached(event.path, event, package):
            return shorter
    return event.path


def _reached(path: str, event: File, package: str) -> tuple[object, ...] | None:
    reach = reach_of_path(path, event.op, package)
    return None if reach is None else (reach.data, reach.action, reach.certain)


def _net(event: Net) -> Net:
    matches = tuple(structs.replace(match, masked="") for match in event.matches)
    path = None if event.path is None else _unnumbered(event.path.partition("?")[0])
    return structs.replace(event, path=path, matches=matches, body_sha256=None, error=None)


def _nodes(event: Ui) -> tuple[Node, ...]:
    """The elements with the words that are judged: those of the vocabulary, and whatever stands beside a mention of the policy or in a
    dialog of the system."""
    policy = re.compile(catalog("screens")["policy"]["name"], re.I)
    whole = any(policy.search(simplified(words)) for node in event.nodes for words in (node.text, node.desc) if not _is_field(node))
    system = catalog("screens")["packages"]["permission"]
    return tuple(_node(node, whole=whole or (node.package or event.package) in system) for node in event.nodes)


def _node(node: Node, *, whole: bool) -> Node:
    if not node.text and not node.desc:
        return node
    if _is_field(node):
        return structs.replace(node, text=_blank(node.text), desc=_blank(node.desc))
    text, desc = (words if whole or _is_judged(words) else _blank(words) for words in (node.text, node.desc))
    return structs.replace(node, text=_unnumbered(text), desc=_unnumbered(desc))


def _is_field(node: Node) -> bool:
    return node.cls.endswith("EditText") or node.password


def _is_judged(words: str) -> bool:
    labels, phrases = _vocabulary()
    words = simplified(words)
    label = words.strip() if len(words) <= _LONGEST_LABEL else ""
    return any(phrase.search(words) for phrase in phrases) or any(each.fullmatch(label) for each in labels)


@cache
def _vocabulary() -> tuple[tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...]]:
    """What screens are searched for: whole labels, and phrases. An expression that matches nothing as well says nothing."""
    groups = [[re.compile(each, re.I) for name in names for each in _texts(catalog("screens")[name])] for names in (_WHOLE, _WITHIN)]
    labels, phrases = (tuple(each for each in group if not each.search("")) for group in groups)
    return labels, phrases


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _blank(words: str) -> str:
    return _HIDDEN * len(words)


def _unnumbered(words: str) -> str:
    """The words with long numbers as zeros, and without the names of mailboxes."""
    return _MAILBOX.sub(f"{_HIDDEN}@", _NUMBER.sub(lambda found: _DIGIT.sub("0", found[0]), words))
