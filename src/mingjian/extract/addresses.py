"""To which host a method of the app sends, and which app it calls, where its code leaves no doubt."""

import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from mingjian.extract.arguments import constants
from mingjian.extract.package import PackageFacts
from mingjian.extract.queries import ADDRESS, CONNECTS, PROGRAM
from mingjian.model.shipped import catalog
from mingjian.native.answers import Find

_URL = "Ljava/net/URL;"
_NOTHING = {"k": "?"}
_COMPONENT = "Landroid/content/ComponentName;"
_PACKAGE = re.compile(r"[A-Za-z]\w{0,62}(?:\.[A-Za-z]\w{0,62}){1,12}", re.ASCII)
_SYSTEM = ("android.", "com.android.")


class Addresses:
    """The addresses that the methods of one package name."""

    def __init__(self, facts: PackageFacts) -> None:
        self._named = _by_method(facts.finds.get(ADDRESS, ()))
        self._connects = _by_method(facts.finds.get(CONNECTS, ()))
        self._at = {f"L{row['class'].replace('.', '/')};->{row['name']}": row["at"] for row in catalog("flow_sinks")["addresses"]}

    def of(self, method: str, connections: Collection[tuple[str, int]]) -> str | None:
        """The host that `method` sends to; with `connections`, the one place where what it writes to was made. None unless that method
        names one address alone, as a constant, and connects to nothing that it got from elsewhere."""
        if connections:
            if len(connections) > 1:
                return None
            method = next(iter(connections))[0]
        named = self._named.get(method, [])
        if len(named) != 1:
            return None
        host = self._host(named[0])
        if host is None or not named[0]["target"].startswith(_URL):
            return host
        made = [found.get("on", _NOTHING) for found in self._connects.get(method, ())]
        return host if len(made) == 1 and made[0].get("k") == "new" and made[0].get("v") == _URL else None

    def _host(self, found: Find) -> str | None:
        at = self._at.get(found["target"].partition("(")[0], 0)
        said = constants(found["args"][at]) if at < len(found["args"]) else constants(_NOTHING)
        if not said.whole or len(said.values) != 1:
            return None
        try:
            return urlsplit(str(said.values[0])).hostname
        except ValueError:
            return None


class Programs:
    """The other apps that one package calls by their name."""

    def __init__(self, facts: PackageFacts) -> None:
        self._own = facts.package
        self._named = _by_method(facts.finds.get(PROGRAM, ()))

    def of(self, places: Collection[tuple[str, int]]) -> str | None:
        """The package of the app that an intent is given to which was named at these places, as method and code unit. None unless all
        name the same one as a constant, and for the app itself and the parts of the system."""
        packages: set[str] = set()
        for method, unit in places:
            found = self._named.get(method, [])
            # A component is named before it is handed to the intent.
            here = [each for each in found if each["offset"] == unit] or [each for each in found if _COMPONENT in each["target"]]
            if not here:
                return None
            for each in here:
                known = constants(each["args"][0]) if each["args"] else constants(_NOTHING)
                if not known.whole or len(known.values) != 1:
                    return None
                packages.add(str(known.values[0]))
        name = packages.pop() if len(packages) == 1 else ""
        return name if _PACKAGE.fullmatch(name) and name != self._own and not name.startswith(_SYSTEM) else None


def _by_method(finds: Iterable[Find]) -> dict[str, list[Find]]:
    table: dict[str, list[Find]] = {}
    for found in finds:
        table.setdefault(f"{found['class']}->{found['method']}{found['proto']}", []).append(found)
    return table
