"""Declared permissions that the code could use, does not use, or of which that cannot be told."""

from collections.abc import Iterator

from mingjian.extract import catalogue
from mingjian.extract.arguments import reached
from mingjian.extract.catalogue import TEXT_KINDS
from mingjian.extract.code import evidence_of
from mingjian.extract.context import Context
from mingjian.extract.gather import Gathered
from mingjian.extract.hybrid import frameworks_of
from mingjian.extract.owner import in_library
from mingjian.extract.package import PackageFacts
from mingjian.extract.permission_needs import NEWEST, Needs, full_name, needs, question_of
from mingjian.extract.queries import LOADS, WEB
from mingjian.extract.ways import Reached
from mingjian.model.types import UNKNOWN, Channel, Coverage, Evidence, Observation
from mingjian.native import PackageReader
from mingjian.native.answers import Find, Permission

name = "uses"
reads = "package"
channels: tuple[Channel, ...] = ("code",)


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`possible open` for each permission of which a use was found, `possible unused` for the others, uncertain where a use may have been
    missed. Permissions of which the catalogue knows no use are passed over. How much code was read is told elsewhere."""
    facts = context.facts(reader)
    gathered = Gathered()
    page = needs()
    for permission in reader.manifest["permissions"]:
        if not _is_known(permission["name"], page):
            continue
        levels = _levels(permission, reader)
        uses = list(_uses(permission["name"], levels, facts, page)) if levels else []
        for found, sure in uses:
            for way in facts.reached(found):
                gathered.add(_used(permission["name"], found, facts, way, sure=sure), evidence_of(found, context.artifact, way))
        heard = _heard(permission["name"], facts, page)
        for locator, said in heard:
            statement = Observation("possible", "code", "open", catalogue.permission_term(permission["name"]), "app", extractor=name)
            gathered.add(statement, Evidence(context.artifact, f"manifest:{locator}", said))
        if not uses and not heard:
            gathered.add(_unused(permission["name"], facts, page), _declaration(permission, context.artifact))
    return gathered.observations(), []


def _is_known(permission: str, page: Needs) -> bool:
    """Whether anything that the catalogue names would show a use. What installation grants to everybody is no matter of anybody's."""
    if catalogue.granted_silently(permission) and permission not in page.serves:
        return False
    named = any(row.permission is not None and full_name(row.permission) == permission for row in catalogue.apis().values())
    return named or permission in page.serves or permission in page.calls or permission in page.actions


def _levels(permission: Permission, reader: PackageReader) -> range:
    """The API levels on which the permission is declared and the app can be installed."""
    first = reader.manifest.get("min_sdk") or 1
    last = min(NEWEST, permission["max_sdk"] if permission["max_sdk"] is not None else NEWEST)
    return range(first, last + 1)


def _uses(permission: str, levels: range, facts: PackageFacts, page: Needs) -> Iterator[tuple[Find, bool]]:
    """The finds that show a use, and whether each surely does."""
    rows = catalogue.apis()
    services = page.services(permission)
    for question, finds in facts.finds.items():
        row = rows.get(question)
        if row is None or row.action in ("ask", "request"):
            continue
        for found in finds:
            if row.kind in TEXT_KINDS:
                met = any(service.meets(row, row.data, levels) for service in services)
                sure = False
            else:
                hits = [
                    hit
                    for hit in reached(row, tuple(found.get("args") or ()), found.get("on"), facts.package)
                    if any(service.meets(row, hit.data, levels) for service in services)
                ]
                met, sure = bool(hits), any(hit.certain for hit in hits)
            if met:
                yield found, sure
    for signature in page.calls.get(permission, ()):
        for found in facts.finds.get(question_of(signature), ()):
            # Library code that writes to some provider says nothing of this one.
            if permission not in page.opaque or not in_library(found["class"]):
                yield found, permission not in page.opaque


def _heard(permission: str, facts: PackageFacts, page: Needs) -> list[tuple[str, str]]:
    """Receivers of broadcasts that only holders of the permission are sent: locator and words."""
    actions = page.actions.get(permission, ())
    return [
        (each["locator"], f"{each['name']}: {action}")
        for each in facts.reader.manifest["components"]
        if each["kind"] == "receiver" and each["enabled"]
        for filter in each["filters"]
        for action in filter["actions"]
        if action in actions
    ]


def _used(permission: str, found: Find, facts: PackageFacts, way: Reached, *, sure: bool) -> Observation:
    return Observation(
        mode="possible",
        channel="code",
        action="open",
        data=catalogue.permission_term(permission),
        actor=facts.owners.of(found["class"]),
        phase=way.phase,
        # Support code that nothing is known to call may never run.
        certain=sure and (way.certain or not in_library(found["class"])),
        extractor=name,
    )


def _unused(permission: str, facts: PackageFacts, page: Needs) -> Observation:
    certain = permission in page.closed and not _blind(permission, facts, page)
    return Observation("possible", "code", "unused", catalogue.permission_term(permission), "app", certain=certain, extractor=name)


def _blind(permission: str, facts: PackageFacts, page: Needs) -> bool:
    """Whether a use may hide where nobody looked: in code that was not read, that other code chooses or brings, or in a page."""
    reader = facts.reader
    found = reader.found
    if reader.flows is None or not found["dex"] or not found["complete"] or found["finds_cut"]:
        return True
    if any(dex["faulty_methods"] for dex in found["dex"]) or any(each["status"] != "read" for each in found["payloads"]):
        return True
    if any(reader.flows["spots"].get(spot, 1) for spot in page.spots) or facts.finds.get(LOADS):
        return True
    if reader.natives["libraries"] or frameworks_of(facts) or any(question.startswith("packer:") for question in facts.finds):
        return True
    if permission in page.web and facts.finds.get(WEB):
        return True
    return permission in page.provider and _queries_unknown(facts)


def _queries_unknown(facts: PackageFacts) -> bool:
    rows = catalogue.apis()
    return any(
        hit.data == UNKNOWN
        for question, finds in facts.finds.items()
        if (row := rows.get(question)) is not None and row.argument is not None and row.argument.table == "content_uri"
        for found in finds
        for hit in reached(row, tuple(found.get("args") or ()), found.get("on"), facts.package)
    )


def _declaration(permission: Permission, artifact: str) -> Evidence:
    limit = "" if permission["max_sdk"] is None else f' android:maxSdkVersion="{permission["max_sdk"]}"'
    words = f'<uses-permission android:name="{permission["name"]}"{limit}/>'
    return Evidence(artifact, f"manifest:{permission['locator']}", words)
