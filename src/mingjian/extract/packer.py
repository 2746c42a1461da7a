"""Whether the real code is hidden: named packers, and components of the manifest that no DEX holds."""

import re
from fnmatch import fnmatchcase, translate
from functools import cache

from mingjian.extract import catalogue
from mingjian.extract.context import Context, together, worded
from mingjian.extract.libraries import owner_of_library
from mingjian.extract.owner import packer_of
from mingjian.extract.package import PackageFacts
from mingjian.model.types import Channel, Coverage, Observation, Status, Text
from mingjian.native import PackageReader

name = "packer"
reads = "package"
channels: tuple[Channel, ...] = ("code",)

_MOST_PARTS = 8
_FEW = 3
"""So many component classes may be missing without meaning anything: SDK manifests name classes that a build has shrunk away."""


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """No observations: being packed is no act. The coverage says what packing costs the code channel."""
    facts = context.facts(reader)
    named = packed_by(facts)
    missing = missing_classes(facts)
    started = [each for each in missing if each in facts.entry_classes]
    hidden = started or (len(missing) > _FEW and len(missing) * 2 > _components(facts))
    # A file may bear a packer's name by chance, and a packer may leave the components in place: then no more than a sign is claimed.
    reasons: list[Text] = [worded("packed_by" if hidden else "packer_signs", name=catalogue.packers()[id].name) for id in named]
    if hidden:
        reasons.append(worded("classes_missing", count=len(missing), example=(started or missing)[0]))
    status: Status = "complete"
    if reasons:
        status = "failed" if hidden else "partial"
    reason = together(*reasons) if reasons else None
    return [], [Coverage("code", name, status, artifact=context.artifact, reason=reason, count=_components(facts))]


def packed_by(facts: PackageFacts) -> tuple[str, ...]:
    """Packers by the class that Android starts, by classes in the DEX, or by files that no SDK ships as well."""
    found = {packer_of(each) for each in facts.entry_classes}
    found |= {question.split(":")[1] for question in facts.finds if question.startswith("packer:")}
    for entry in facts.reader.entries:
        parts = entry["name"].rsplit("/", _MOST_PARTS)
        if any(_any_file().fullmatch(part) for part in parts) and owner_of_library(parts[-1]) is None:
            found |= {packer.id for packer in catalogue.packers().values() if _ships(packer.files, parts)}
    return tuple(sorted(id for id in found if id))


def missing_classes(facts: PackageFacts) -> tuple[str, ...]:
    """Enabled component classes whose Java package no DEX holds, dotted names."""
    if not facts.reader.packages["complete"]:
        return ()
    held = {each["name"].replace("/", ".") for each in facts.reader.packages["packages"]}
    return tuple(each for each in _component_classes(facts) if each.rpartition(".")[0] not in held)


def _ships(patterns: tuple[str, ...], parts: list[str]) -> bool:
    return any(fnmatchcase(part, pattern) for pattern in patterns for part in parts)


@cache
def _any_file() -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for packer in catalogue.packers().values() for pattern in packer.files))


def _component_classes(facts: PackageFacts) -> tuple[str, ...]:
    components = facts.reader.manifest["components"]
    names = [each["name"] for each in components if each["enabled"] and each["kind"] != "alias"]
    return tuple(dict.fromkeys([*facts.entry_classes, *names]))


def _components(facts: PackageFacts) -> int:
    return len(_component_classes(facts))
