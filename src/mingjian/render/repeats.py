"""What a page shows once and points to afterwards: many clauses rest on the same signals, and each explanation holds the whole of them."""

from dataclasses import dataclass, field

from mingjian.model.types import Why

_SIGNAL = "signal "


@dataclass(frozen=True, slots=True)
class Place:
    """Where the explanation of a signal stands; `first` is false where it has been shown already."""

    number: int
    first: bool


@dataclass(slots=True)
class Repeats:
    """The explanations of signals in the order in which a page shows them."""

    shown: dict[Why, int] = field(default_factory=dict)

    def place(self, node: Why) -> Place | None:
        """The place of a signal's explanation; none for any other node, nor for one without anything below it."""
        if not node.label.startswith(_SIGNAL) or not node.children:
            return None
        known = self.shown.get(node)
        if known is not None:
            return Place(known, first=False)
        self.shown[node] = len(self.shown)
        return Place(self.shown[node], first=True)
