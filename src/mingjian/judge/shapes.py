"""Typed reading of a node tree: each function returns a value or raises a `RuleError` that says what was expected there."""

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from mingjian.judge.nodes import MAX_QUOTED, Fields, Items, Node, Scalar
from mingjian.model.types import Text

T = TypeVar("T", bound=str)

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def fields_of(node: Node, required: Sequence[str], optional: Collection[str] = (), order: Sequence[str] = ()) -> dict[str, Node]:
    """The entries of a mapping by key; with `order`, they must come in that order."""
    if not isinstance(node, Fields):
        raise node.place.error("mapping_expected", keys=", ".join(required))
    found: dict[str, Node] = {}
    rank = -1
    for key, value in node.entries:
        if key.text not in required and key.text not in optional:
            known = ", ".join(order or (*required, *optional))
            raise key.place.error("unknown_key", name=key.text[:MAX_QUOTED], known=known)
        if order:
            if order.index(key.text) < rank:
                raise key.place.error("wrong_order", name=key.text, order=" · ".join(order))
            rank = order.index(key.text)
        found[key.text] = value
    for name in required:
        if name not in found:
            raise node.place.error("missing_key", name=name)
    return found


def entry_of(node: Node, known: Sequence[str]) -> tuple[Scalar, Node]:
    """Key and value of a mapping with exactly one key, which must be one of `known`."""
    if not isinstance(node, Fields) or len(node.entries) != 1:
        raise node.place.error("one_key", known=", ".join(known))
    key, value = node.entries[0]
    if key.text not in known:
        raise key.place.error("unknown_key", name=key.text[:MAX_QUOTED], known=", ".join(known))
    return key, value


def string_of(node: Node) -> str:
    """A text that is not empty."""
    if not isinstance(node, Scalar) or not node.text.strip():
        raise node.place.error("text_expected")
    return node.text


def choice_of(node: Node, choices: Sequence[T]) -> T:
    """One of the words in `choices`."""
    word = string_of(node)
    for choice in choices:
        if word == choice:
            return choice
    raise node.place.error("unknown_word", word=word[:MAX_QUOTED], known=", ".join(choices))


def integer_of(node: Node) -> int:
    """A whole number of at most nine digits, not negative."""
    word = string_of(node)
    if not _NUMBER.fullmatch(word) or "." in word:
        raise node.place.error("number_expected", word=word[:MAX_QUOTED])
    return int(word)


def number_of(node: Node) -> float:
    """A number such as `3` or `0.5`, not negative."""
    word = string_of(node)
    if not _NUMBER.fullmatch(word):
        raise node.place.error("number_expected", word=word[:MAX_QUOTED])
    return float(word)


def flag_of(node: Node) -> bool:
    """`true` or `false`."""
    return choice_of(node, ("true", "false")) == "true"


def items_of(node: Node) -> tuple[Node, ...]:
    """The entries of a list."""
    if not isinstance(node, Items):
        raise node.place.error("list_expected")
    return node.items


def text_of(node: Node) -> Text:
    """A text in both languages."""
    found = fields_of(node, ("zh", "en"))
    return Text(string_of(found["zh"]), string_of(found["en"]))
