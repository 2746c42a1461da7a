"""Frameworks that keep the app's logic or its screens outside DEX and layout files: what that costs the coverage."""

from mingjian.extract import catalogue
from mingjian.extract.catalogue import Framework
from mingjian.extract.context import Context, together, worded
from mingjian.extract.owner import class_name, in_library
from mingjian.extract.package import PackageFacts
from mingjian.extract.queries import WEB
from mingjian.model.types import Channel, Coverage, Observation, Text
from mingjian.native import PackageReader

name = "hybrid"
reads = "package"
channels: tuple[Channel, ...] = ("code", "layout")


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """No observations: a framework is no act. One row of coverage for the code and one for the layouts."""
    facts = context.facts(reader)
    present = frameworks_of(facts)
    logic = [worded("hybrid_logic", name=each.name, logic=each.logic) for each in present if each.logic]
    screens = [worded("hybrid_screens", name=each.name) for each in present if each.screens]
    pages = [found for found in facts.finds.get(WEB, ()) if not in_library(found["class"])]
    if pages:
        screens.append(worded("web_pages", count=len(pages), example=class_name(pages[0]["class"])))
    return [], [_row("code", logic, context, len(present)), _row("layout", screens, context, len(present))]


def frameworks_of(facts: PackageFacts) -> tuple[Framework, ...]:
    """The frameworks that the package carries, by class, native library or entry."""
    by_class = {question.split(":")[1] for question in facts.finds if question.startswith("hybrid:")}
    paths = [entry["name"] for entry in facts.reader.entries]
    bases = {path.rpartition("/")[2] for path in paths if path.endswith(".so")}
    return tuple(
        each
        for each in catalogue.frameworks().values()
        if each.id in by_class or bases.intersection(each.libs) or any(path.startswith(entry) for entry in each.entries for path in paths)
    )


def _row(channel: Channel, reasons: list[Text], context: Context, count: int) -> Coverage:
    reason = together(*reasons) if reasons else None
    return Coverage(channel, name, "partial" if reasons else "complete", artifact=context.artifact, reason=reason, count=count)
