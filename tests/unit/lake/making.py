"""Small reports and lakes that the tests of the lake make. All keys begin with `a`, so that a compaction has one prefix to look after."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mingjian.lake import Poison, Staged
from mingjian.lake.manifest import load
from mingjian.model.codec import dump_report
from mingjian.model.types import (
    Artifact,
    Citation,
    Clause,
    Coverage,
    Finding,
    Hit,
    Observation,
    PackVersion,
    Report,
    Signer,
    Subject,
    Text,
    Tool,
    Verdict,
)

PERIOD = "2026H2"
LATER = "2027H1"
WORDS = Text("文", "words")


def key(number: int) -> str:
    return f"a{number:063x}"


def report(package: str = "com.example.shop", verdict: Verdict = "violated", created_at: str = "2026-11-22T13:00:00+00:00") -> Report:
    """A report with one clause, three observations and one row of coverage."""
    subject = Subject(
        "9" * 64,
        "android",
        package,
        "1.2",
        "买买",
        Signer("5" * 64, "CN=Shop", "v2", "yes"),
        (Artifact("9" * 64, "package", "shop.apk", 7),),
        category="online_shopping",
    )
    hits = (Hit("f1", (1,)),) if verdict == "violated" else ()
    clause = Clause("law/1.1", WORDS, Citation("LAW", 1, 1), "high", "preview", (), (), WORDS, WORDS)
    return Report(
        Tool("1.0", "c" * 64, "full"),
        subject,
        (PackVersion("law", "3", "d" * 64, WORDS),),
        (clause,),
        (Coverage("code", "code", "partial", artifact="9" * 64, reason=Text("坏", "broken"), count=4),),
        (
            Observation("declared", "manifest", "declare", "permission.location.ACCESS_FINE_LOCATION", "app", extractor="manifest"),
            Observation("possible", "code", "collect", "device.android_id", "sdk.counter", sites=2, extractor="code"),
            Observation("possible", "code", "embed", None, "sdk.counter", extractor="sdk"),
        ),
        (Finding("law/1.1", verdict, hits, ("ui",) if verdict == "inconclusive" else ()),),
        created_at,
    )


def stage(folder: Path, number: int, made: Report | None = None, listing: Mapping[str, Any] | None = None, period: str = PERIOD) -> Staged:
    """A report in a file of `folder`, listed once at place `number` of run `run-1`."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{key(number)}.json"
    path.write_bytes(dump_report(made or report(f"com.example.a{number}")))
    return Staged(
        key(number), path, period, [("run-1", number, listing or {"location": f"{number}.apk", "store": "a", "downloads": number})]
    )


def poison(place: int, period: str = PERIOD) -> Poison:
    return Poison("run-1", place, period, f"{place}.apk", "timeout", Text("太久", "too long"), key(place), 2, 300.5)


def files(folder: Path) -> list[str]:
    """Every pack and table that lies in the lake, named or not."""
    return sorted(str(path.relative_to(folder)) for place in ("packs", "tables") for path in (folder / place).rglob("*.*"))


def named(folder: Path) -> list[str]:
    """Every file that the manifest names; the names are digests, so equal names are equal contents."""
    return sorted(str(path) for _, path, _, _ in load(folder).files())


def keys(parts: Iterable[Any]) -> list[str]:
    return [item[0] for item in parts]
