"""Whether a screen shows the tree nothing of its content: a web view, a game, a surface drawn by code."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from mingjian.model.run import Node
from mingjian.model.shipped import catalog

Area = tuple[int, int, int, int]


def is_opaque(nodes: Sequence[Node]) -> bool:
    """Whether most of the screen is one element of a kind that draws its own content and says nothing of it."""
    if not nodes:
        return False
    whole = max((area(node.bounds) for node in nodes), default=0)
    if not whole:
        return not any(node.text or node.desc for node in nodes)
    speaking = _ancestors_of_words(nodes)
    return any(
        _draws_itself(node.cls) and index not in speaking and area(node.bounds) >= _opaque()["share"] * whole
        for index, node in enumerate(nodes)
    )


def area(bounds: Area | None) -> int:
    """Square pixels; none and bounds turned inside out have no area."""
    return max(0, bounds[2] - bounds[0]) * max(0, bounds[3] - bounds[1]) if bounds else 0


def _ancestors_of_words(nodes: Sequence[Node]) -> set[int]:
    """The elements that have words or hold one that has."""
    found: set[int] = set()
    for index in range(len(nodes) - 1, -1, -1):
        node = nodes[index]
        if node.text.strip() or node.desc.strip():
            found.add(index)
        if index in found and node.up is not None:
            found.add(node.up)
    return found


def _draws_itself(cls: str) -> bool:
    simple = cls.rpartition(".")[2]
    return any(simple.endswith(each) for each in _opaque()["classes"])


@cache
def _opaque() -> dict[str, Any]:
    found: dict[str, Any] = catalog("screens")["opaque"]
    return found
