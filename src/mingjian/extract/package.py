"""What one package says, arranged once for all extractors that read packages."""

from functools import cached_property

from mingjian.extract import queries
from mingjian.extract.owner import Owners
from mingjian.native import PackageReader
from mingjian.native.answers import Find

Method = tuple[str, str, str | None, str | None]
"""DEX, class, name and prototype of the method in which something was found."""


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

    @cached_property
    def start_chains(self) -> dict[int, list[str]]:
        """From the id of a method with finds to the shortest chain by which app start reaches it."""
        chains: dict[int, list[str]] = {}
        for reached in self.reader.reached["reached"]:
            known = chains.get(reached["method_id"])
            if known is None or len(reached["chain"]) < len(known):
                chains[reached["method_id"]] = reached["chain"]
        return chains

    def chain(self, found: Find) -> list[str] | None:
        """The chain by which app start, with no tap at all, reaches a find; none when no chain is known."""
        method = found["method_id"]
        return None if method is None else self.start_chains.get(method)

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
        return Owners(self.package, self.entry_classes)


def method_of(found: Find) -> Method:
    """The method in which something was found."""
    return found["dex"], found["class"], found["method"], found["proto"]
