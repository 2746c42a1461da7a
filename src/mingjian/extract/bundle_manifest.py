"""What packages of iOS and HarmonyOS declare: permissions with their purposes, privacy manifests, lists of other apps' schemes."""

from collections.abc import Iterator

from mingjian.extract import bundle_catalogue as catalogue
from mingjian.extract.bundle_words import fault_words
from mingjian.extract.context import Context, together, worded
from mingjian.extract.gather import Gathered
from mingjian.inputs.bundles import BundleReader
from mingjian.inputs.bundles.values import Permission, Privacy
from mingjian.model.types import UNKNOWN, Channel, Coverage, Evidence, Observation, Text

name = "bundle_manifest"
reads = "bundle"
channels: tuple[Channel, ...] = ("manifest", "layout")

_OTHER = "other.unlisted"


def extract(reader: BundleReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`declared` observations, and how completely lists and configurations were read. Screens are not read at all, which is said."""
    gathered = Gathered()
    declared = reader.declared
    for permission in declared.permissions:
        for data in catalogue.permission_terms(declared.platform, permission.name):
            gathered.add(Observation("declared", "manifest", "declare", data, "app", extractor=name), _permission(permission, context))
    for manifest in declared.privacy:
        actor = _holder(manifest, reader)
        for statement, evidence in _privacy(manifest, actor, context):
            gathered.add(statement, evidence)
    return gathered.observations(), [_coverage(reader, context, overfull=gathered.overfull), _no_layouts(context)]


def _permission(permission: Permission, context: Context) -> Evidence:
    said = f"{permission.name}: {permission.reason}" if permission.reason else permission.name
    words = [said, f"usedScene: {permission.scene}" if permission.scene else "", f"in {permission.of}" if permission.of else ""]
    return Evidence(context.artifact, permission.locator, "\n".join(filter(None, words)))


def _holder(manifest: Privacy, reader: BundleReader) -> str:
    """Who speaks in a privacy manifest: the app in its own, the SDK in that of its framework, else nobody who is known."""
    if not manifest.of:
        return "app"
    sdk = catalogue.sdk_of_part(reader.declared.platform, manifest.of)
    return f"sdk.{sdk}" if sdk else "app" if manifest.kind == "appex" else UNKNOWN


def _privacy(manifest: Privacy, actor: str, context: Context) -> Iterator[tuple[Observation, Evidence]]:
    terms = catalogue.privacy()

    def said(field: str, words: str) -> Evidence:
        return Evidence(context.artifact, f"plist:{manifest.path}!{field}", words)

    for row in manifest.collected:
        data = terms["collected"].get(row.type)
        excerpt = f"{row.type}{' linked' if row.linked else ''}{' tracking' if row.tracking else ''}: {', '.join(row.purposes)}"
        purposes = {terms["purposes"].get(each) for each in row.purposes} - {None} or {None}
        for purpose in sorted(purposes, key=str):
            yield (
                Observation(
                    *("declared", "manifest", "collect", data or _OTHER, actor),
                    purpose=purpose,
                    certain=data is not None,
                    extractor=name,
                ),
                said("NSPrivacyCollectedDataTypes", excerpt),
            )
    for access in manifest.accessed:
        known = access.type in terms["accessed"]
        yield (
            Observation("declared", "manifest", "use.reasoned", terms["accessed"].get(access.type), actor, certain=known, extractor=name),
            said("NSPrivacyAccessedAPITypes", f"{access.type}: {', '.join(access.reasons)}"),
        )
    tracks = bool(manifest.tracking or manifest.domains or any(row.tracking for row in manifest.collected))
    if tracks or manifest.tracking is False:
        words = f"NSPrivacyTracking: {manifest.tracking}; {', '.join(manifest.domains[:50])}".removesuffix("; ")
        yield (
            Observation("declared", "manifest", "track", None, actor, negated=not tracks, extractor=name),
            said("NSPrivacyTracking", words),
        )


def _coverage(reader: BundleReader, context: Context, *, overfull: bool) -> Coverage:
    declared = reader.declared
    reasons: list[Text] = []
    if declared.faults:
        reasons.append(fault_words("bundle_faults", declared.faults))
    if overfull:
        reasons.append(worded("too_many"))
    return Coverage(
        channel="manifest",
        extractor=name,
        status="partial" if reasons else "complete",
        artifact=context.artifact,
        reason=together(*reasons) if reasons else None,
        count=len(declared.permissions) + len(declared.privacy),
    )


def _no_layouts(context: Context) -> Coverage:
    return Coverage("layout", name, "absent", artifact=context.artifact, reason=worded("bundle_no_layouts"))
