"""Third-party SDKs in packages of iOS and HarmonyOS: by frameworks and packages, by classes linked in, by URL schemes."""

from collections.abc import Iterator

from mingjian.extract import bundle_catalogue as catalogue
from mingjian.extract.bundle_code import evidence_of
from mingjian.extract.context import Context
from mingjian.extract.gather import Gathered
from mingjian.extract.libraries import owner_of_library
from mingjian.inputs.bundles import BundleReader
from mingjian.model.types import Channel, Coverage, Evidence, Mode, Observation
from mingjian.model.version import SDK_VERSION

name = "bundle_sdk"
reads = "bundle"
channels: tuple[Channel, ...] = ("code",)

_MANIFESTED: Channel = "manifest"


def extract(reader: BundleReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`possible embed by sdk.<id>` from files and code, `declared embed by sdk.<id>` from what the package lists. How much was read is
    for the other two to say."""
    gathered = Gathered()
    for id, version, evidence in _in_parts(reader, context):
        gathered.add(_embedded(id, "possible", "code", version), evidence)
    for id, evidence in _in_code(reader, context):
        gathered.add(_embedded(id, "possible", "code"), evidence)
    for id, evidence in _in_schemes(reader, context):
        gathered.add(_embedded(id, "declared", _MANIFESTED), evidence)
    return gathered.observations(), []


def _embedded(id: str, mode: Mode, channel: Channel, version: str | None = None) -> Observation:
    return Observation(mode, channel, "embed", None, f"sdk.{id}", extractor=name, version=version or None)


def _in_parts(reader: BundleReader, context: Context) -> Iterator[tuple[str, str, Evidence]]:
    for part in reader.declared.parts:
        # The build names of native libraries are the same on Android, where the catalogue knows them from.
        id = owner_of_library(part.path) if part.kind == "library" else catalogue.sdk_of_part(reader.declared.platform, part.name)
        if id is not None:
            version = part.version if SDK_VERSION.fullmatch(part.version) else ""
            yield id, version, Evidence(context.artifact, f"entry:{part.path}", f"{part.name} {version}".strip())


def _in_code(reader: BundleReader, context: Context) -> Iterator[tuple[str, Evidence]]:
    names = catalogue.sdk_names(reader.declared.platform)
    for binary in reader.binaries:
        for hit in binary.hits:
            if hit.kind == "class":
                whole = names.classes.get(hit.value)
                id = whole or next(
                    (id for part, id in names.parts.items() if binary.kind == "abc" and hit.value.startswith(f"{part}/")), None
                )
                if id is not None:
                    yield id, evidence_of(binary, hit, context)


def _in_schemes(reader: BundleReader, context: Context) -> Iterator[tuple[str, Evidence]]:
    for scheme in reader.declared.schemes:
        for pattern, id in catalogue.sdk_names(reader.declared.platform).schemes:
            if pattern.fullmatch(scheme):
                yield id, Evidence(context.artifact, f"plist:{reader.declared.info}!CFBundleURLTypes", scheme)
