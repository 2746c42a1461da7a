"""Permissions and self-starting components of the manifest."""

from mingjian.extract import catalogue
from mingjian.extract.context import Context, together, worded
from mingjian.extract.gather import Gathered
from mingjian.extract.package import PackageFacts
from mingjian.model.types import Channel, Coverage, Evidence, Observation, Status, Tally, Text, Truth
from mingjian.native import PackageReader
from mingjian.native.answers import Component, Permission

name = "manifest"
reads = "package"
channels: tuple[Channel, ...] = ("manifest",)

RUNTIME_PERMISSIONS = 23
"""The target SDK from which dangerous permissions are asked for at run time."""


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`declared` observations of the manifest, and how completely it was read."""
    facts = context.facts(reader)
    gathered = Gathered()
    together: dict[str, Permission] = {}
    for permission in facts.reader.manifest["permissions"]:
        if _declared(permission, facts.reader.manifest["target_sdk"], context.artifact, gathered):
            together.setdefault(catalogue.collecting_group(permission["name"]) or "", permission)
    if len(together) > 1:
        # Granted in one batch: the system asks by group, so two permissions of one group are one demand.
        batch = Observation("declared", "manifest", "ask.together", "permission", "app", tally=Tally(len(together)), extractor=name)
        for permission in together.values():
            gathered.add(batch, _evidence(permission, context.artifact))
    asked = {permission["name"] for permission in facts.reader.manifest["permissions"]}
    for component in facts.reader.manifest["components"]:
        if component["kind"] == "receiver" and component["enabled"]:
            _self_start(component, facts, asked, context.artifact, gathered)
    return gathered.observations(), _coverage(facts, context, overfull=gathered.overfull)


def _declared(permission: Permission, target_sdk: int | None, artifact: str, gathered: Gathered) -> bool:
    """States one permission; whether it surely opens personal information from the moment of installation."""
    # Without a target that can be told, only the declaration is sure.
    old: Truth = "unknown" if target_sdk is None else "yes" if target_sdk < RUNTIME_PERMISSIONS else "no"
    at_install: Truth = old if catalogue.collecting_group(permission["name"]) is not None else "no"
    evidence = _evidence(permission, artifact)
    data = catalogue.permission_term(permission["name"])
    if at_install != "yes":
        gathered.add(Observation("declared", "manifest", "declare", data, "app", extractor=name), evidence)
    if at_install != "no":
        certain = at_install == "yes"
        gathered.add(Observation("declared", "manifest", "declare.install_time", data, "app", certain=certain, extractor=name), evidence)
    return at_install == "yes"


def _evidence(permission: Permission, artifact: str) -> Evidence:
    words = f'<uses-permission android:name="{permission["name"]}"'
    if permission["max_sdk"] is not None:
        words += f' android:maxSdkVersion="{permission["max_sdk"]}"'
    return Evidence(artifact, f"manifest:{permission['locator']}", f"{words}/>")


def _self_start(receiver: Component, facts: PackageFacts, asked: set[str], artifact: str, gathered: Gathered) -> None:
    target = facts.reader.manifest["target_sdk"] or 1
    for filter in receiver["filters"]:
        for action in filter["actions"]:
            if action not in catalogue.self_start():
                continue
            until = catalogue.self_start()[action]
            delivered = (until is None or target < until) and ("BOOT" not in action or _BOOT in asked)
            statement = Observation(
                "declared", "manifest", "start.self", None, facts.owners.of_name(receiver["name"]), certain=delivered, extractor=name
            )
            gathered.add(statement, Evidence(artifact, f"manifest:{receiver['locator']}", f"{receiver['name']}: {action}"))


def _coverage(facts: PackageFacts, context: Context, *, overfull: bool) -> list[Coverage]:
    manifest = facts.reader.manifest
    status: Status = "complete"
    reasons: list[Text] = []
    if not manifest["package"]:
        status, reasons = "failed", [worded("no_package_name")]
    elif not manifest["complete"]:
        fault = next((f"{fault['where']}: {fault['what']}" for fault in manifest["faults"]), "?")
        status, reasons = "partial", [worded("manifest_faults", what=fault)]
    if overfull:
        status, reasons = "partial", [*reasons, worded("too_many")]
    if status == "complete" and _lacks_splits(facts):
        status, reasons = "partial", [worded("splits_missing")]
    reason = together(*reasons) if reasons else None
    count = len(manifest["permissions"]) + len(manifest["components"])
    rows = [Coverage("manifest", name, status, artifact=context.artifact, reason=reason, count=count)]
    if _lacks_splits(facts):
        rows += [Coverage(channel, name, "partial", artifact=context.artifact, reason=worded("splits_missing")) for channel in _IN_SPLITS]
    return rows


def _lacks_splits(facts: PackageFacts) -> bool:
    """Whether the package says that it does not work without splits, and none came with it."""
    meta = {each["name"]: each["value"] for each in facts.reader.manifest["meta"]}
    required = meta.get("com.android.vending.splits.required") == "true"
    return required and len(facts.reader.identity["containers"]) == 1


_BOOT = "android.permission.RECEIVE_BOOT_COMPLETED"
_IN_SPLITS: tuple[Channel, ...] = ("code", "layout")
