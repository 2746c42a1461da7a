"""Third-party SDKs embedded in the package, by code, component, meta-data, native library and asset."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from mingjian.extract import catalogue
from mingjian.extract.context import Context
from mingjian.extract.gather import Gathered
from mingjian.extract.libraries import owner_of_library
from mingjian.extract.owner import sdk_of
from mingjian.extract.package import PackageFacts
from mingjian.extract.renamed import Recognised
from mingjian.extract.sdk_version import stated_versions
from mingjian.model.types import Channel, Coverage, Evidence, Mode, Observation
from mingjian.native import PackageReader
from mingjian.native.answers import Find

name = "sdk"
reads = "package"
channels: tuple[Channel, ...] = ("code",)


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`possible embed by sdk.<id>` from code and files, `declared embed by sdk.<id>` from the manifest. How much of both was read is
    for the extractors of code and manifest to say.

    Both have the version where the package states one. Where it states several, which of them is in use is not known: neither has one, and
    each version is an observation of its own beside them."""
    facts = context.facts(reader)
    versions = stated_versions(reader, context.artifact)
    only = {id: next(iter(found)) for id, found in versions.items() if len(found) == 1}
    gathered = Gathered()
    carried: set[str] = set()
    for id, evidence in (*_in_code(facts, context.artifact), *_in_files(facts, context.artifact)):
        gathered.add(_embedded(id, "possible", "code", only.get(id)), evidence)
        carried.add(id)
    for found in facts.renamed.values():
        statement = _embedded(found.sdk, "possible", "code", only.get(found.sdk))
        gathered.add(replace(statement, certain=found.certain), _recognised(found, facts, context.artifact))
        carried.add(found.sdk)
    for id, evidence in _in_manifest(facts, context.artifact):
        gathered.add(_embedded(id, "declared", "manifest", only.get(id)), evidence)
    # A version alone shows no SDK: the files stay when a build has removed all of its code.
    for id in sorted(carried & versions.keys()):
        for version, places in versions[id].items():
            for evidence in places:
                gathered.add(_embedded(id, "possible", "code", version), evidence)
    return gathered.observations(), []


def _recognised(found: Recognised, facts: PackageFacts, artifact: str) -> Evidence:
    dex = next((row["dex"] for row in facts.reader.packages["packages"] if row["name"] == found.package), "")
    return Evidence(artifact, f"dex:{dex}!{found.example}", found.words)


def _embedded(id: str, mode: Mode, channel: Channel, version: str | None) -> Observation:
    return Observation(mode, channel, "embed", None, f"sdk.{id}", extractor=name, version=version)


def _in_code(facts: PackageFacts, artifact: str) -> Iterator[tuple[str, Evidence]]:
    by_dex: dict[str, dict[str, tuple[str, Find]]] = {}
    for question, finds in facts.finds.items():
        kind, _, rest = question.partition(":")
        if kind in ("sdk", "packer"):
            id, _, prefix = rest.partition(":")
            for found in finds:
                by_dex.setdefault(found["dex"], {})[prefix] = (id if kind == "sdk" else "", found)
    for prefixes in by_dex.values():
        for prefix, (id, found) in prefixes.items():
            count = _count(found) - _claimed_below(prefix, prefixes)
            if id and count > 0:
                yield id, Evidence(artifact, f"dex:{found['dex']}!{found['class']}", f"{prefix.rstrip('/;')}: {count}")


def _claimed_below(prefix: str, prefixes: dict[str, tuple[str, Find]]) -> int:
    """How many of the classes under a prefix belong to longer prefixes."""
    below = [other for other in prefixes if other != prefix and other.startswith(prefix.rstrip("/;") + ".")]
    nearest = [other for other in below if not any(other != above and other.startswith(above.rstrip("/;") + ".") for above in below)]
    return sum(_count(prefixes[other][1]) for other in nearest)


def _count(found: Find) -> int:
    return found.get("count", 1)


def _in_files(facts: PackageFacts, artifact: str) -> Iterator[tuple[str, Evidence]]:
    for entry in facts.reader.entries:
        path = entry["name"]
        if path.endswith(".so"):
            owner = owner_of_library(path)
        else:
            owner = next((id for prefix, id in _asset_prefixes() if path.startswith(prefix)), None)
        if owner is not None:
            yield owner, Evidence(artifact, f"entry:{path}", path)


def _in_manifest(facts: PackageFacts, artifact: str) -> Iterator[tuple[str, Evidence]]:
    for component in facts.reader.manifest["components"]:
        owner = facts.owners.of_name(component["name"])
        if owner.startswith("sdk."):
            words = f"<{component['kind']} {component['name']}>"
            yield owner.removeprefix("sdk."), Evidence(artifact, f"manifest:{component['locator']}@name", words)
    for meta in facts.reader.manifest["meta"]:
        id = _meta_names().get(meta["name"]) or (sdk_of(meta["name"]) if meta["name"].count(".") > 1 else None)
        if id is not None:
            yield id, Evidence(artifact, f"manifest:{meta['locator']}@name", f"<meta-data {meta['name']}>")


@cache
def _asset_prefixes() -> tuple[tuple[str, str], ...]:
    return tuple((prefix, sdk.id) for sdk in catalogue.sdks().values() for prefix in sdk.assets)


@cache
def _meta_names() -> dict[str, str]:
    return {name: sdk.id for sdk in catalogue.sdks().values() for name in sdk.meta}
