"""Joins what shares a key into groups, weaker keys after stronger ones, and lets no group grow beyond bounds. Pure."""

from collections.abc import Iterable


class Groups:
    """Disjoint groups of names, each joined by keys; a name belongs to none before it is joined."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._above: dict[str, str] = {}
        self._size: dict[str, int] = {}

    def join(self, names: Iterable[str]) -> bool:
        """Puts these into one group, with all that their groups have; does nothing and answers no when it would have more than `most`."""
        given = list(names)
        roots = {self._root(name) for name in given}
        size = sum(self._size.get(root, 1) for root in roots)
        if size > self._most:
            return False
        first = min(roots)
        for root in roots:
            self._above[root] = first
        self._size[first] = size
        return True

    def of(self, name: str) -> str:
        """What stands for the name's group: the least of its names that ever stood for one."""
        return self._root(name)

    def members(self) -> dict[str, list[str]]:
        """Every group by what stands for it, its names in order."""
        groups: dict[str, list[str]] = {}
        for name in sorted(self._above):
            groups.setdefault(self._root(name), []).append(name)
        return groups

    def _root(self, name: str) -> str:
        root = name
        while (above := self._above.get(root, root)) != root:
            root = above
        while name != root:
            self._above[name], name = root, self._above[name]
        return root
