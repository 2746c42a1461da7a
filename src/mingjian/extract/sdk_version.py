"""The version of an embedded SDK where the package states it: in files that builds leave behind, and in meta-data of the manifest.

Everything here was written by whoever built the package: what is no version is ignored, and no version is worked out."""

from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from mingjian.extract import catalogue
from mingjian.model.types import Evidence
from mingjian.model.version import SDK_VERSION
from mingjian.native import PackageReader


class Place(NamedTuple):
    """A file that states the version of an SDK. `client` is the name by which properties must name themselves; none where they need
    not."""

    sdk: str
    form: Literal["whole", "properties"]
    client: str | None = None


@cache
def places() -> dict[str, Place]:
    """By the names of entries, everything that is read for a version."""
    found: dict[str, Place] = {}
    for row in catalogue.sdk_versions().values():
        for artifact in row.artifacts:
            group, _, name = artifact.partition(":")
            found[f"META-INF/{group}_{name}.version"] = Place(row.sdk, "whole")
            found[f"META-INF/maven/{group}/{name}/pom.properties"] = Place(row.sdk, "properties")
        for name in row.properties:
            found[f"{name}.properties"] = Place(row.sdk, "properties", name)
    # A bundle keeps what will lie at the root of the package in a folder of its base module.
    return found | {f"base/root/{name}": place for name, place in found.items()}


def stated_versions(reader: PackageReader, artifact: str) -> dict[str, dict[str, list[Evidence]]]:
    """By SDK, each version that the package states, with where it does."""
    found: dict[str, dict[str, list[Evidence]]] = {}
    for sdk, version, evidence in (*_in_files(reader, artifact), *_in_manifest(reader, artifact)):
        found.setdefault(sdk, {}).setdefault(version, []).append(evidence)
    return found


def _in_files(reader: PackageReader, artifact: str) -> Iterator[tuple[str, str, Evidence]]:
    for name, text in sorted(reader.texts.items()):
        place = places().get(name)
        version = _version(text, place) if place else None
        if place and version:
            yield place.sdk, version, Evidence(artifact, f"entry:{name}", f"{name}: {version}")


def _in_manifest(reader: PackageReader, artifact: str) -> Iterator[tuple[str, str, Evidence]]:
    for meta in reader.manifest["meta"]:
        sdk = _meta().get(meta["name"])
        version = (meta["value"] or "").rpartition(":")[2].strip()
        if sdk and SDK_VERSION.fullmatch(version):
            yield sdk, version, Evidence(artifact, f"manifest:{meta['locator']}@value", f"<meta-data {meta['name']}>: {version}")


def _version(text: str, place: Place) -> str | None:
    if place.form == "whole":
        stated = text.strip()
    else:
        told = {key.strip(): value.strip() for key, equals, value in (line.partition("=") for line in text.splitlines()) if equals}
        if place.client is not None and told.get("client") != place.client:
            return None
        stated = told.get("version", "")
    return stated if SDK_VERSION.fullmatch(stated) else None


@cache
def _meta() -> dict[str, str]:
    return {name: row.sdk for row in catalogue.sdk_versions().values() for name in row.meta}
