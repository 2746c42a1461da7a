"""Whole reports on synthetic versions: facts with evidence that says that it is synthetic, judged by the real pack."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any, Literal

from mingjian.console.demo.facts import EXTRACTOR, coverage, observations
from mingjian.console.demo.market import SyntheticVersion, demo_data
from mingjian.judge import Pack, compare_with_policy, in_force, judge
from mingjian.model.line import format_line
from mingjian.model.types import Actor, Artifact, Evidence, Moment, Observation, Report, Subject, Text, Tool
from mingjian.model.words import observation_in_words

ArtifactKind = Literal["package", "policy", "run", "review"]

_KIND: dict[str, ArtifactKind] = {"policy": "policy", "api": "run", "network": "run", "ui": "run", "review": "review"}
"""Which kind of artifact each channel was seen in, where that is not the package."""
_FILES: dict[ArtifactKind, str] = {"package": "apk", "policy": "html", "run": "jsonl", "review": "yml"}
"""The files that a synthetic inspection has, and how their names would end."""
_SECONDS = 40
"""How long each phase of a synthetic run takes."""


def report_of(version: SyntheticVersion, pack: Pack) -> Report:
    """The report on a version. Its artifacts exist only by name: there is no package to be opened."""
    artifacts = _artifacts(version)
    seen = observations(version, pack)
    told = tuple(_told(version, seen))
    covered = tuple(replace(row, artifact=_digest(version, _KIND.get(row.channel, "package"))) for row in coverage(version))
    subject = Subject(
        id=_digest(version, "package"),
        platform="android",
        package=version.app.package,
        version=version.version,
        label=version.app.label,
        signer=None,
        artifacts=artifacts,
        operator=version.app.operator,
        category=version.app.category,
        downloads=version.app.downloads,
        store=version.app.store,
    )
    return Report(
        tool=Tool(EXTRACTOR, EXTRACTOR, "none"),
        subject=subject,
        packs=(pack.stamp,),
        clauses=tuple(rule.clause for rule in in_force(pack)),
        coverage=covered,
        observations=told,
        findings=judge(pack, told, covered, subject),
        created_at=version.at.isoformat(timespec="seconds"),
        actors=tuple(_actors(told)),
        comparisons=compare_with_policy(told, covered),
        timeline=tuple(_timeline(version, told)),
    )


def _told(version: SyntheticVersion, observations: Sequence[Observation]) -> Iterator[Observation]:
    """The observations with their evidence, which is numbered within each file that it would stand in."""
    numbers: Counter[str] = Counter(run=1)
    for each in observations:
        file = _KIND.get(each.channel, each.channel)
        numbers[file] += 1
        yield replace(each, evidence=(_evidence(version, each, numbers[file]),), extractor=EXTRACTOR)


def _artifacts(version: SyntheticVersion) -> tuple[Artifact, ...]:
    supplied = {_KIND.get(row.channel, "package") for row in coverage(version) if row.status != "absent"}
    return tuple(
        Artifact(
            _digest(version, kind),
            kind,
            f"synthetic-{version.app.number:03}-{version.version}.{_FILES[kind]}",
            9_000 + int(_digest(version, kind)[:5], 16),
        )
        for kind in _FILES
        if kind in supplied
    )


def _digest(version: SyntheticVersion, kind: str) -> str:
    return sha256(f"synthetic {kind} of {version.app.package} {version.version}".encode()).hexdigest()


def _evidence(version: SyntheticVersion, observation: Observation, number: int) -> Evidence:
    row: dict[str, str] = demo_data("evidence")["places"][observation.channel]
    owner = observation.actor if observation.actor and observation.actor.startswith("sdk.") else version.app.package
    values = {
        "number": number,
        "words": _words(observation),
        "name": f"android.permission.{(observation.data or '').rpartition('.')[2]}",
        "host": _host(version, observation.recipient),
        "owner": owner.replace("sdk.unlisted.", "com.example.").replace("-", "_").replace(".", "/"),
    }
    artifact = _digest(version, _KIND.get(observation.channel, "package"))
    return Evidence(artifact, row["locator"].format(**values), row["excerpt"].format(**values))


@cache
def _words(observation: Observation) -> str:
    return observation_in_words(observation, "zh", {id: Text(row["zh"], row["en"]) for id, row in _parties().items()})


def _host(version: SyntheticVersion, recipient: str | None) -> str:
    """The host that stands for a recipient; all are reserved for examples."""
    known = _parties().get(recipient or "")
    return str(known["host"]) if known else f"demo{version.app.number:03}.example.com"


@cache
def _parties() -> dict[str, dict[str, Any]]:
    return {**demo_data("market")["sdks"], **demo_data("evidence")["parties"]}


def _actors(observations: Sequence[Observation]) -> Iterator[Actor]:
    named = {party for each in observations for party in (each.actor, each.recipient) if party in _parties()}
    for id in sorted(party for party in named if party):
        row = _parties()[id]
        yield Actor(id, Text(row["zh"], row["en"]), purposes=(row["purpose"],) if "purpose" in row else ())


def _timeline(version: SyntheticVersion, observations: Sequence[Observation]) -> Iterator[Moment]:
    """The run as it might have gone: one stretch of time for each phase, in which what was seen stands at even distances."""
    marks: dict[str, str] = demo_data("evidence")["marks"]
    run, began = _digest(version, "run"), version.at
    recorded = [each for each in observations if _KIND.get(each.channel) == "run"]
    for phase in (phase for phase in marks if any(each.phase == phase for each in recorded)):
        acts = [each for each in recorded if each.phase == phase]
        yield Moment(began.timestamp() * 1000, "mark", marks[phase], phase, run, "run:1")
        for place, act in enumerate(acts, 1):
            at = began + timedelta(seconds=_SECONDS * place / (len(acts) + 1))
            yield _moment(version, act, at.timestamp() * 1000)
        began += timedelta(seconds=_SECONDS)


def _moment(version: SyntheticVersion, act: Observation, ts: float) -> Moment:
    phase, at = act.phase or "", act.evidence[0]
    match act.channel:
        case "network":
            return Moment(ts, "request", f"POST {_host(version, act.recipient)}/synthetic/v1", phase, at.artifact, at.locator)
        case "ui":
            return Moment(ts, "screen", at.excerpt, phase, at.artifact, at.locator)
    return Moment(ts, "act", format_line(act), phase, at.artifact, at.locator)
