"""The single values of a request, each with its place and its name, and what could not be read of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

Unread = str
"""Why something was not searched: `encrypted`, `truncated`, `too_large`, `packed`, `media`, `unknown_format`."""

_ORDER = ("encrypted", "packed", "truncated", "too_large", "unknown_format", "media")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value. `where` is its place in the request, `name` that of its field, `group` what the fields beside it share, `forms` the
    layers that were taken off to get at it, from the outside in."""

    where: str
    name: str = ""
    text: str = ""
    group: str = ""
    forms: tuple[str, ...] = ()

    def below(self, text: str, *forms: str) -> "Leaf":
        """The same field with layers taken off."""
        return Leaf(self.where, self.name, text, self.group, self.forms + forms)


Leaves = Iterator[Leaf]


@dataclass(slots=True)
class Budget:
    """How much of one request is taken apart: hostile ones unpack to any size. Collects what could not be read."""

    bytes: int = 32 << 20
    leaves: int = 150_000
    faults: set[Unread] = field(default_factory=set)

    def take(self, size: int) -> bool:
        """Whether so many more bytes may be looked at."""
        self.bytes -= size
        if self.bytes < 0:
            self.faults.add("too_large")
        return self.bytes >= 0

    def leaf(self) -> bool:
        """Whether one more value may be looked at."""
        self.leaves -= 1
        if self.leaves < 0:
            self.faults.add("too_large")
        return self.leaves >= 0

    @property
    def unread(self) -> Unread | None:
        """The weightiest of what could not be read."""
        return next((each for each in _ORDER if each in self.faults), None)
