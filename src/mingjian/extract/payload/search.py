"""Finds personal data in a request."""

import re
from functools import cache
from urllib.parse import unquote, urlsplit

from mingjian.extract import checks
from mingjian.extract.known_values import Held, KnownValues, Sighting, placeholders
from mingjian.extract.payload.bodies import Body
from mingjian.extract.payload.layers import peeled
from mingjian.extract.payload.leaf import Budget, Leaf, Leaves
from mingjian.extract.payload.names import half_of_pair, known_name, meaning
from mingjian.extract.payload.patterns import place, shown
from mingjian.inputs.recording.track import Payload
from mingjian.model.run import Match
from mingjian.model.shipped import catalog
from mingjian.model.values import masked

_MOST_MATCHES = 200
_MOST_GROUPS = 50_000
_LONGEST_WHERE = 300
_NUMBER = re.compile(r"-?\d{1,3}\.\d{1,17}")
_DIGESTS = frozenset(("md5", "sha1", "sha256", "sha512"))
_MOST_SILENT = 1 << 13
_LONGEST_SILENT = 512


def search(payload: Payload, known: KnownValues | None, ts: float | None = None) -> tuple[tuple[Match, ...], str | None]:
    """The personal data of one request, each kind and form once, at the first place; and why the request could not be searched
    in full, none when it was. Values that were learned after `ts` cannot have been in it."""
    budget = Budget()
    finder = _Finder(known if known is not None and not known.empty else None, ts)
    for leaf in _address(payload.url, budget):
        finder.look(leaf)
    for leaf in _headers(payload):
        _look_into(leaf, finder, known.silent if known is not None else set(), budget)
    for leaf in Body(payload, known, budget).leaves():
        finder.look(leaf)
    finder.end()
    if finder.overfull:
        budget.faults.add("too_large")
    return finder.found(), budget.unread


def is_hashed(match: Match) -> bool:
    """Whether what was found travelled as a digest, which cannot be turned back but tells the same device or person all the same."""
    return not _DIGESTS.isdisjoint(match.form.split(">"))


def _headers(payload: Payload) -> Leaves:
    for name, value in payload.headers:
        lower = name.lower()
        if lower == "cookie":
            for pair in value.split(";"):
                cookie, _, content = pair.strip().partition("=")
                yield Leaf(f"cookie.{cookie}", cookie, content, "cookie")
        elif lower not in _unsearched():
            yield Leaf(f"header.{lower}", lower.removeprefix("x-"), value, "header")


def _look_into(leaf: Leaf, finder: "_Finder", silent: set[tuple[str, str]], budget: Budget) -> None:
    """A header or cookie. Most come with every request alike, and say nothing. Sessions and keys are of no known form, and hide nothing
    that would have to be told."""
    key = (leaf.where, leaf.text)
    if key in silent:
        return
    faults = set(budget.faults)
    finder.silent = True
    for each in peeled(leaf, budget):
        finder.look(each)
    budget.faults.intersection_update(faults)
    if finder.silent and len(leaf.where) + len(leaf.text) <= _LONGEST_SILENT and len(silent) < _MOST_SILENT:
        silent.add(key)


def _address(url: str, budget: Budget) -> Leaves:
    try:
        parts = urlsplit(url)
    except ValueError:
        budget.faults.add("unknown_format")
        return
    for number, part in enumerate(parts.path.split("/")):
        name, equals, value = part.partition("=")
        if part:
            yield from peeled(Leaf(f"path.{number}", name if equals else "", unquote(value if equals else part), "path"), budget)
    for number, pair in enumerate(parts.query.split("&")):
        name, _, value = pair.partition("=")
        if value:
            # The first layer of percent signs belongs to every address.
            yield from peeled(
                Leaf(f"query.{unquote(name)}"[:_LONGEST_WHERE], unquote(name), unquote(value.replace("+", " ")), "query"), budget
            )
        elif name:
            yield from peeled(Leaf(f"query.{number}", "", unquote(name), "query"), budget)


class _Finder:
    """Collects what is found, value by value. `overfull`: more was there than is kept of one request. `silent` stays true as long as
    nothing came of any value, nor could at another time."""

    def __init__(self, known: KnownValues | None, ts: float | None) -> None:
        self.silent = True
        self.matches: dict[tuple[str, str, bool, str | None], Match] = {}
        self._known = known
        self._ts = ts
        self.overfull = False
        self._numbers: dict[str, list[tuple[Leaf, str | None]]] = {}
        self._items: dict[Held, tuple[Leaf, set[str]]] = {}

    def look(self, leaf: Leaf) -> None:
        """One value."""
        text = leaf.text.strip()
        if not text or text.lower() in placeholders():
            return
        seen = self._by_value(leaf, text)
        self._keep_number(leaf, text)
        if not seen and not self._by_name(leaf, text):
            self._by_pattern(leaf, text)

    def end(self) -> None:
        """What only several values together tell: the two numbers of a place, the members of a list."""
        for held, (leaf, items) in self._items.items():
            if len(items) >= catalog("payload")["evidence"]["list_items"] and self._possible(held):
                self._value(leaf, Sighting(held, ("part",)))
        for leaves in self._numbers.values():
            if len(leaves) > 1:
                self._place(leaves)

    def found(self) -> tuple[Match, ...]:
        """Everything that was found. What the name of one field suggests says nothing more where another field shows it."""
        shown = {match.data for match in self.matches.values() if match.by != "name"}
        return tuple(match for match in self.matches.values() if match.by != "name" or match.data not in shown)

    def _by_value(self, leaf: Leaf, text: str) -> bool:
        seen = False
        for sighting in self._known.sightings(text) if self._known is not None else ():
            self.silent = False
            if self._possible(sighting.held) and (sighting.held.telling or known_name(leaf.name, sighting.held.data)):
                self._value(leaf, sighting)
                seen = True
        for held, item in self._known.items(text) if self._known is not None else ():
            self.silent = False
            self._items.setdefault(held, (leaf, set()))[1].add(item)
        return seen

    def _possible(self, held: Held) -> bool:
        slack: float = catalog("payload")["evidence"]["clock_slack_ms"]
        return held.call.ts is None or self._ts is None or held.call.ts <= self._ts + slack

    def _value(self, leaf: Leaf, sighting: Sighting) -> None:
        held = sighting.held
        form = ">".join((*leaf.forms, *sighting.forms))
        self._add(Match(data=held.data, where=leaf.where, by="value", form=form, hash=held.hash, masked=held.masked, event=held.call.seq))

    def _by_name(self, leaf: Leaf, text: str) -> bool:
        said = meaning(leaf.name) if leaf.name else None
        if said is None:
            return False
        sure = not said.marked and checks.passes(said.check, text)
        if not sure and not said.fits(text):
            return False
        if said.check == "pair" and not sure:
            return False
        self._add_found(leaf, said.data, text, sure=sure)
        return True

    def _by_pattern(self, leaf: Leaf, text: str) -> None:
        """What is known by its form in a field whose name tells nothing."""
        for each in shown(text):
            self._add_found(leaf, each.data, each.text, sure=each.sure)
        if place(text):
            self._add_found(leaf, "location.precise", text, sure=False)

    def _keep_number(self, leaf: Leaf, text: str) -> None:
        """Numbers that may be half of a place wait for the other half."""
        if "." not in text or len(text) > 4096:
            return
        numbers = [text] if _NUMBER.fullmatch(text) else _NUMBER.findall(text) if self._known is not None else []
        if not numbers:
            return
        self.silent = False
        beside = leaf.group or leaf.where
        if beside not in self._numbers and len(self._numbers) >= _MOST_GROUPS:
            self.overfull = True
        else:
            half = half_of_pair(leaf.name)
            group = self._numbers.setdefault(beside, [])
            group.extend((Leaf(leaf.where, leaf.name, number, leaf.group, leaf.forms), half) for number in numbers[:100])

    def _place(self, leaves: list[tuple[Leaf, str | None]]) -> None:
        first = leaves[0][0]
        if self._known is not None:
            found = [each for each in self._known.at_place(leaf.text for leaf, _ in leaves) if self._possible(each.held)]
            for sighting in found:
                self._value(first, sighting)
            if found:
                return
        latitude = next((leaf for leaf, half in leaves if half == "latitude"), None)
        longitude = next((leaf for leaf, half in leaves if half == "longitude"), None)
        if latitude is None and longitude is None and len(leaves) == 2:
            said = meaning(first.name)
            if said is not None and said.check == "pair":
                latitude, longitude = leaves[0][0], leaves[1][0]
        if latitude is not None and longitude is not None and checks.plausible(latitude.text, longitude.text):
            decimals = min(len(each.text.partition(".")[2]) for each in (latitude, longitude))
            data = "location.precise" if decimals >= catalog("payload")["precise_decimals"] else "location.coarse"
            self._add_found(latitude, data, f"{latitude.text},{longitude.text}", sure=True)

    def _add_found(self, leaf: Leaf, data: str, text: str, *, sure: bool) -> None:
        form = ">".join(leaf.forms)
        self._add(Match(data=data, where=leaf.where, by="pattern" if sure else "name", form=form, masked=masked(text)))

    def _add(self, match: Match) -> None:
        self.silent = False
        key = (match.data, match.by, is_hashed(match), match.hash)
        if key not in self.matches and len(self.matches) >= _MOST_MATCHES:
            self.overfull = True
        else:
            self.matches.setdefault(key, match)


@cache
def _unsearched() -> frozenset[str]:
    return frozenset(catalog("payload")["unsearched_headers"])
