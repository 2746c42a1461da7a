"""What code of iOS and HarmonyOS names of the ways to personal information: what it could do; never when, and rarely on whose behalf."""

from collections.abc import Iterator

from mingjian.extract import bundle_catalogue as catalogue
from mingjian.extract.bundle_catalogue import BundleApi
from mingjian.extract.bundle_words import fault_words, words
from mingjian.extract.context import Context, together, worded
from mingjian.extract.gather import Gathered
from mingjian.inputs.bundles import BundleReader
from mingjian.inputs.bundles.values import Binary, Hit
from mingjian.model.types import UNKNOWN, Channel, Coverage, Evidence, Observation, Status, Text

name = "bundle_code"
reads = "bundle"
channels: tuple[Channel, ...] = ("code", "flow")

_MOST_SHOWN = 4
_Named = dict[tuple[str, str], Hit]


def extract(reader: BundleReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`possible collect` by imports, classes and texts, at an unknown time. The code is never covered completely: what silence there
    means, nobody knows."""
    gathered = Gathered()
    for binary in reader.binaries:
        owner = owner_of(binary, reader)
        named: _Named = {(hit.kind, hit.value): hit for hit in binary.hits}
        for row in catalogue.apis(reader.declared.platform):
            hits = list(_met(row, named))
            if hits:
                statement = Observation(
                    *("possible", "code", row.action, row.data, owner), phase=UNKNOWN, certain=row.certain, extractor=name
                )
                gathered.add(statement, *(evidence_of(binary, hit, context) for hit in hits[:_MOST_SHOWN]))
    declared = reader.declared
    if len(declared.queried) >= catalogue.queried_many(declared.platform):
        statement = Observation(
            *("possible", "code", "collect", "device.installed_apps", "app"), phase=UNKNOWN, certain=False, extractor=name
        )
        shown = f"{len(declared.queried)}: {', '.join(declared.queried[:60])}"
        gathered.add(statement, Evidence(context.artifact, f"{_list(reader)}!{_QUERIED[declared.platform]}", shown))
    return gathered.observations(), _coverage(reader, context, overfull=gathered.overfull)


_QUERIED = {"ios": "LSApplicationQueriesSchemes", "harmony": "/module/querySchemes"}


def owner_of(binary: Binary, reader: BundleReader) -> str:
    """Whose code a file is: an SDK's when the framework that it lies in is known to be, else unknown: what was linked in statically
    cannot be told from the app's own."""
    parts = (part for part in reader.declared.parts if binary.path == part.path or binary.path.startswith(part.path + "/"))
    for part in sorted(parts, key=lambda part: len(part.path), reverse=True):
        sdk = catalogue.sdk_of_part(reader.declared.platform, part.name)
        if sdk is not None:
            return f"sdk.{sdk}"
    return UNKNOWN


def evidence_of(binary: Binary, hit: Hit, context: Context) -> Evidence:
    """The place of one name in a file of code."""
    place = "" if hit.offset is None else f"#{hit.offset}"
    words = f"{hit.value} ({hit.library})" if hit.library else hit.value
    return Evidence(context.artifact, f"{binary.kind}:{binary.path}!{hit.value}{place}", words)


def _met(row: BundleApi, named: _Named) -> Iterator[Hit]:
    """The names that make a row found in one file; none when it is not."""
    carriers = [named[key] for each in row.imports if (key := ("import", each)) in named]
    carriers += [named[key] for each in row.classes if (key := ("import", catalogue.class_symbol(each))) in named]
    carriers += [named[key] for each in row.modules if (key := ("text", each)) in named]
    texts = [named[key] for each in row.texts if (key := ("text", each)) in named]
    carried = bool(carriers) or not (row.imports or row.classes or row.modules)
    if carried and (texts or not row.texts):
        yield from (*carriers, *texts)


def _list(reader: BundleReader) -> str:
    return f"{'plist' if reader.declared.platform == 'ios' else 'json'}:{reader.declared.info}"


def _coverage(reader: BundleReader, context: Context, *, overfull: bool) -> list[Coverage]:
    declared = reader.declared
    reasons: list[Text] = []
    status: Status = "partial"
    if reader.lost is not None:
        reasons.append(worded("bundle_lost", what=words(reader.lost)))
    if not reader.binaries:
        status = "failed"
        reasons.append(worded("bundle_no_code"))
    hidden = [each.path for each in reader.binaries if each.encrypted]
    if hidden:
        reasons.append(worded("bundle_encrypted", count=len(hidden), example=hidden[0]))
    if reader.faults:
        reasons.append(fault_words("bundle_faults", reader.faults))
    reasons.append(worded("bundle_ios_code" if declared.platform == "ios" else "bundle_harmony_code"))
    libraries = [each.path for each in declared.parts if each.kind == "library"]
    if libraries:
        reasons.append(worded("bundle_libraries", count=len(libraries), example=libraries[0]))
    if overfull:
        reasons.append(worded("too_many"))
    count = sum(each.classes for each in reader.binaries)
    return [
        Coverage("code", name, status, artifact=context.artifact, reason=together(*reasons), count=count),
        Coverage("flow", name, "absent", artifact=context.artifact, reason=worded("bundle_no_flows")),
    ]
