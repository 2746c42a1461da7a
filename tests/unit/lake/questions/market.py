"""A small market of generated reports. The recounts of the tests read the reports that were made here, never the lake."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mingjian import lake
from mingjian.lake import Staged
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
    Severity,
    Signer,
    Status,
    Subject,
    Text,
    Tool,
    Verdict,
)
from tests.unit.lake.making import LATER, PERIOD, key

WORDS = Text("文", "words")
SEVERITIES: dict[str, Severity] = {"law/1.1": "critical", "law/2.1": "high", "law/3.1": "low", "other/1.1": "medium"}
SDKS = ("sdk.counter", "sdk.pusher", "sdk.mapper")
PERMISSIONS = tuple(f"permission.{name}" for name in ("location.FINE", "camera.CAMERA", "contacts.READ", "phone.STATE", "sms.READ"))


@dataclass(frozen=True)
class App:
    """One app of the made market in one half-year."""

    number: int
    period: str
    report: Report
    store: str | None
    downloads: int | None

    @property
    def key(self) -> str:
        return key(self.number)

    @property
    def package(self) -> str:
        return self.report.subject.package

    @property
    def identity(self) -> tuple[str, str | None]:
        """What makes it this app: package and certificate, for all are of one platform."""
        return self.package, self.report.subject.signer.sha256 if self.report.subject.signer else None

    @property
    def category(self) -> str | None:
        return self.report.subject.category


def report(package: str, category: str | None = None, signer: str | None = "5" * 64, operator: str | None = None) -> Report:
    """A report in which nothing was found yet."""
    signed = Signer(signer, "CN=x", "v2", "yes") if signer else None
    artifact = Artifact("9" * 64, "package", "a.apk", 7)
    subject = Subject("9" * 64, "android", package, "1", "买", signed, (artifact,), operator=operator, category=category)
    clauses = tuple(
        Clause(id, WORDS, Citation("LAW", 1, 1), severity, "preview", (), (), WORDS, WORDS) for id, severity in SEVERITIES.items()
    )
    packs = (PackVersion("law", "1", "d" * 64, WORDS),)
    read = (Coverage("manifest", "manifest", "complete"), Coverage("code", "code", "complete"))
    return Report(Tool("1", "c" * 64, "full"), subject, packs, clauses, read, (), (), "2026-11-22T13:00:00+00:00")


def finding(clause: str, verdict: Verdict, missing: Iterable[str] = ()) -> Finding:
    return Finding(clause, verdict, (Hit("f", (0,)),) if verdict == "violated" else (), tuple(missing))


def carries(sdk: str, version: str | None = None) -> Observation:
    return Observation("possible", "code", "embed", None, sdk, extractor="sdk", version=version)


def names(actor: str, certain: bool = True, action: str = "embed", extractor: str = "policy") -> Observation:
    return Observation("claimed", "policy", action, None, actor, certain=certain, extractor=extractor)


def asks(permission: str) -> Observation:
    return Observation("declared", "manifest", "declare", permission, "app", extractor="manifest")


def policy(status: Status, digest: str = "7" * 64) -> Coverage:
    return Coverage("policy", "policy", status, artifact=digest)


def with_(made: Report, *parts: Observation | Coverage | Finding) -> Report:
    """The report with more in it."""
    return replace(
        made,
        observations=(*made.observations, *(part for part in parts if isinstance(part, Observation))),
        coverage=(*made.coverage, *(part for part in parts if isinstance(part, Coverage))),
        findings=(*made.findings, *(part for part in parts if isinstance(part, Finding))),
    )


def market(seed: int, apps: int) -> list[App]:
    """Apps in two half-years, half of them in both, with every verdict, policy and gap that there is."""
    chance = random.Random(seed)
    return [
        _app(chance, number + offset, number, period)
        for period, offset, first in ((PERIOD, 0, 0), (LATER, 10_000, apps // 2))
        for number in range(first, first + apps)
    ]


def _app(chance: random.Random, number: int, name: int, period: str) -> App:
    category = ("online_shopping", "map_navigation", None)[name % 3]
    # Every ninth is signed anew in the later half-year, and so is another app.
    signer = ("5" * 64, "6" * 64, None)[(name + (name % 9 == 0 and period == LATER)) % 3]
    made = report(f"com.maker{name % 7}.app{name}", category, signer, chance.choice(["甲", "乙", None]))
    parts: list[Observation | Coverage | Finding] = []
    verdicts: tuple[Verdict, ...] = ("violated", "suspected", "inconclusive", "satisfied", "not_applicable")
    for clause in SEVERITIES:
        missing = chance.choice([("policy",), ("api@before_consent", "policy"), ("ui@foreground", "network@any"), ()])
        verdict = chance.choice(verdicts)
        parts.append(finding(clause, verdict, missing if verdict == "inconclusive" else ()))
    parts += [carries(sdk, (None, "1.0", "2.0", None)[number % 4]) for sdk in SDKS if chance.random() < 0.5]
    # A package in which two files tell two versions.
    parts += [carries(str(each.actor), "1.0-beta") for each in tuple(parts) if number % 8 == 0 and getattr(each, "action", "") == "embed"]
    parts += [asks(permission) for permission in PERMISSIONS if chance.random() < 0.5]
    status = chance.choice(["complete", "partial", "failed", None])
    parts.append(Coverage("policy", "endpoint" if status else "inputs", "absent"))
    if status is not None:
        parts.append(policy(status))  # type: ignore[arg-type]  one of these
    if status in ("complete", "partial"):
        parts += [names(sdk, chance.random() < 0.7, chance.choice(["embed", "collect"])) for sdk in SDKS if chance.random() < 0.4]
        parts += [names("unknown", certain=False)] if chance.random() < 0.2 else []
        parts += [names(chance.choice(SDKS), extractor="endpoint")] if chance.random() < 0.3 else []
    if chance.random() < 0.2:
        made = replace(made, coverage=(Coverage("manifest", "manifest", "failed"), Coverage("code", "code", "failed")))
    downloads = chance.choice([None, 0, 10, 10, 1000, 5_000_000])
    return App(number, period, with_(made, *parts), ("a", "b", None)[name % 2 if name % 5 else 2], downloads)


def build(folder: Path, apps: Iterable[App]) -> Path:
    """A lake of these."""
    (folder / "staged").mkdir(parents=True, exist_ok=True)
    lake.compact(folder / "lake", list(_staged(folder / "staged", apps)))
    return folder / "lake"


def _staged(folder: Path, apps: Iterable[App]) -> Iterator[Staged]:
    for app in apps:
        path = folder / f"{app.key}.json"
        path.write_bytes(dump_report(app.report))
        listing = {"location": f"{app.number}.apk", "store": app.store, "downloads": app.downloads}
        yield Staged(app.key, path, app.period, [("run-1", app.number, listing)])
