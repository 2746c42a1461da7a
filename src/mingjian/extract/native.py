"""What native libraries give away of the information that they may read: texts in their data and functions that they import."""

from mingjian.extract import catalogue
from mingjian.extract.context import Context, together, worded
from mingjian.extract.gather import Gathered
from mingjian.extract.libraries import owner_of_library
from mingjian.model.types import UNKNOWN, Channel, Coverage, Evidence, Observation, Text
from mingjian.native import PackageReader
from mingjian.native.answers import Natives

name = "native"
reads = "package"
channels: tuple[Channel, ...] = ("code",)


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`possible perhaps collect` for each text and import; neither shows that or when it is used."""
    gathered = Gathered()
    for library in reader.natives["libraries"]:
        owner = owner_of_library(library["path"])
        for hit in library["hits"]:
            row = catalogue.apis()[hit["q"]]
            statement = Observation(
                mode="possible",
                channel="code",
                action="collect",
                data=row.data,
                actor=f"sdk.{owner}" if owner else UNKNOWN,
                phase=UNKNOWN,
                certain=False,
                extractor=name,
            )
            gathered.add(statement, Evidence(context.artifact, _locator(library["path"], hit["offset"], hit["value"]), hit["value"]))
    return gathered.observations(), [_coverage(reader.natives, context)]


def _locator(path: str, offset: int | None, value: str) -> str:
    return f"entry:{path}" if offset is None else f"entry:{path}#{offset}-{offset + len(value.encode())}"


def _coverage(natives: Natives, context: Context) -> Coverage:
    reasons: list[Text] = []
    for key, paths in (
        ("native_unreadable", [each["path"] for each in natives["libraries"] if not each["readable"]]),
        ("native_packed", [each["path"] for each in natives["libraries"] if each["packed"]]),
    ):
        if paths:
            reasons.append(worded(key, count=len(paths), example=paths[0]))
    if not natives["complete"] and not reasons:
        reasons.append(worded("native_faults", what=next((f"{each['where']}: {each['what']}" for each in natives["faults"]), "?")))
    return Coverage(
        channel="code",
        extractor=name,
        status="partial" if reasons else "complete",
        artifact=context.artifact,
        reason=together(*reasons) if reasons else None,
        count=len(natives["libraries"]),
    )
