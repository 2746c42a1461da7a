"""What one package says, arranged once for all extractors that read packages."""

from functools import cached_property

from mingjian.extract import queries
from mingjian.extract.libraries import owner_of_library
from mingjian.extract.owner import Owners, class_name, sdk_of
from mingjian.extract.renamed import Recognised, recognised
from mingjian.extract.ways import Reached, Reaches
from mingjian.native import PackageReader
from mingjian.native.answers import Find
from mingjian.native.flow_answers import Way

Method = tuple[str, str, str | None, str | None]
"""DEX, class, name and prototype of the method in which something was found."""


_SOME_WAYS = 4
"""Ways told of one place before any is left out."""


class PackageFacts:
    """The answers of one reader, with what follows from them; everything is worked out when it is first needed."""

    def __init__(self, reader: PackageReader) -> None:
        self.reader = reader

    @property
    def package(self) -> str:
        return self.reader.manifest["package"] or ""

    @cached_property
    def finds(self) -> dict[str, list[Find]]:
        """The finds by question."""
        table: dict[str, list[Find]] = {}
        for found in self.reader.found["finds"]:
            table.setdefault(found["q"], []).append(found)
        return table

    @cached_property
    def uri_reads(self) -> dict[Method, set[str]]:
        """Which URI constants each method reads, as class and name."""
        reads: dict[Method, set[str]] = {}
        for found in self.finds.get(queries.URI, ()):
            reads.setdefault(method_of(found), set()).add(found["target"].partition(":")[0])
        return reads

    def reached(self, found: Find) -> tuple[Reached, ...]:
        """The phases in which a find is reached, each with a way there; the phase `unknown` alone where no way is known."""
        return self.reaches.of_find(found)

    @cached_property
    def reaches(self) -> Reaches:
        """When places in the code are reached."""
        return Reaches(self.reader, self.owners)

    def ways(self, found: Find) -> list[Way]:
        """The ways by which entry points reach a find; none when none is known, or when some of them were not told."""
        told = self._ways.get((found["method_id"], found["offset"]), [])
        return told if len(told) < _SOME_WAYS or not self.reader.flows or not self.reader.flows["further_ways"] else []

    @cached_property
    def _ways(self) -> dict[tuple[int | None, int | None], list[Way]]:
        table: dict[tuple[int | None, int | None], list[Way]] = {}
        for way in self.reader.flows["ways"] if self.reader.flows else ():
            if way["method_id"] is not None:
                table.setdefault((way["method_id"], way["unit"]), []).append(way)
        return table

    @cached_property
    def entry_classes(self) -> tuple[str, ...]:
        """The Application class and the launcher activities, dotted names."""
        application = self.reader.manifest["application"]
        names = [application["name"] if application else None]
        names += [each["target"] or each["name"] for each in self.reader.manifest["components"] if each["launcher"]]
        return tuple(dict.fromkeys(name for name in names if name))

    @cached_property
    def offered(self) -> frozenset[str]:
        """The classes of enabled components, dotted names."""
        return frozenset(each["target"] or each["name"] for each in self.reader.manifest["components"] if each["enabled"])

    @cached_property
    def owners(self) -> Owners:
        sure = {found.package: found.sdk for found in self.renamed.values() if found.certain}
        return Owners(self.package, self.entry_classes, sure)

    @cached_property
    def renamed(self) -> dict[str, Recognised]:
        """The Java packages in which a renamed SDK was recognised. Those of the app's entry classes are the app's."""
        entered = (name.rpartition(".")[0] for name in self.entry_classes)
        return recognised(self.reader.found["shapes"], self._clues(), frozenset((self.package, *entered)))

    def recognition(self, name: str) -> Recognised | None:
        """By what the SDK was recognised that is charged with a class, given as `La/b/C;`; none for classes known by name."""
        found = self.renamed.get(class_name(name).rpartition(".")[0])
        return found if found is not None and self.owners.of(name) == f"sdk.{found.sdk}" else None

    def _clues(self) -> dict[str, dict[str, str]]:
        """What the package holds of each SDK beside code that was renamed, by kind of clue, with a word that shows it."""
        clues: dict[str, dict[str, str]] = {}
        for entry in self.reader.entries:
            owner = owner_of_library(entry["name"]) if entry["name"].endswith(".so") else None
            if owner is not None:
                clues.setdefault(owner, {}).setdefault("library", entry["name"].rpartition("/")[2])
        for question, finds in self.finds.items():
            kind, _, rest = question.partition(":")
            if kind == "sdk" and finds:
                clues.setdefault(rest.partition(":")[0], {}).setdefault("kept", finds[0]["class"])
        for component in self.reader.manifest["components"]:
            sdk = sdk_of(component["name"])
            if sdk is not None:
                clues.setdefault(sdk, {}).setdefault("component", component["name"])
        return clues


def method_of(found: Find) -> Method:
    """The method in which something was found."""
    return found["dex"], found["class"], found["method"], found["proto"]
