"""The whole pipeline on one screen: read, observe, judge, report."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any

from mingjian.errors import InputError
from mingjian.extract import EXTRACTORS, Context, digest, questions
from mingjian.extract.subject import actors, subject_of
from mingjian.inputs import Limits, open_package, open_review, receive
from mingjian.judge import Pack, asked, in_force, load
from mingjian.judge import judge as findings_of
from mingjian.model.terms import vocabulary
from mingjian.model.texts import in_both
from mingjian.model.types import Artifact, Channel, Coverage, Observation, Report, Subject, Tool

logger = logging.getLogger(__name__)

DEFAULT_PACKS = ("cac-2019",)
Location = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class Options:
    """How to scan: which packs judge (ids or folders), and what reading a package may cost."""

    packs: Sequence[str] = DEFAULT_PACKS
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class _Input:
    """One artifact with the reader that its extractors understand; no reader where nothing of this version reads that kind."""

    artifact: Artifact
    reader: Any


def scan(
    package: Location | Sequence[Location],
    *,
    policy: Sequence[Location] = (),
    runs: Sequence[Location] = (),
    review: Sequence[Location] = (),
    category: str | None = None,
    operator: str | None = None,
    options: Options | None = None,
) -> Report:
    """The report on one app.

    `package` is an APK, a bundle, a folder of splits, or the files of one split set; `category` one of the 39 official types by
    id, or `auto` for the only type whose name the app's label suggests. Raises `InputError` for what cannot be read, `RuleError`
    for packs that do not load.
    """
    options = options or Options()
    packs = [load(name) for name in options.packs]
    paths = [package] if isinstance(package, str | PathLike) else package
    artifact, reader = open_package([Path(path) for path in paths], questions(), options.limits)
    inputs = [_Input(artifact, reader)]
    inputs += [_answers(Path(path), packs) for path in review]
    inputs += [_Input(receive(Path(path), "policy"), None) for path in policy]
    inputs += [_Input(receive(Path(path), "run"), None) for path in runs]

    observations, coverage = observe(inputs)
    subject = replace(subject_of(reader, artifact), artifacts=tuple(item.artifact for item in inputs), operator=operator)
    subject = replace(subject, category=_suggested(subject.label) if category == "auto" else category)
    tool = Tool(tool_version(), digest(), reader.core.confinement["level"])
    return _report(tool, subject, packs, observations, coverage)


def judge_again(old: Report, packs: Sequence[str]) -> Report:
    """The same observations under other packs; no package is opened. The report keeps saying which tool observed."""
    return _report(old.tool, old.subject, [load(name) for name in packs], old.observations, old.coverage)


def observe(inputs: Sequence[_Input]) -> tuple[tuple[Observation, ...], tuple[Coverage, ...]]:
    """Every artifact through every extractor that reads its kind. One that fails costs its channels, never another's result."""
    observations: list[Observation] = []
    coverage: list[Coverage] = []
    for item in inputs:
        context = Context(item.artifact.sha256)
        for extractor in (module for module in EXTRACTORS if module.reads == item.artifact.kind):
            try:
                seen, covered = extractor.extract(item.reader, context)
            except Exception as error:  # the one broad handler: a fault of one extractor must not delete another's result
                logger.exception("extractor %s failed on %s", extractor.name, item.artifact.name)
                seen, covered = [], list(_failed(extractor, item.artifact, error))
            observations += seen
            coverage += covered
    coverage += _unread(inputs, {row.channel for row in coverage})
    return tuple(observations), tuple(coverage)


def _answers(path: Path, packs: Sequence[Pack]) -> _Input:
    """The answers of one review. Raises `InputError` for an answer to a question that no clause asks, as it would have no effect."""
    artifact, answers = open_review(path)
    questions = asked(packs)
    for item, answer in enumerate(answers, 1):
        if (answer.clause, answer.question) not in questions:
            raise InputError("input.review_unasked", path=path, item=item, clause=answer.clause, question=answer.question)
    return _Input(artifact, answers)


def _failed(extractor: Any, artifact: Artifact, error: Exception) -> Iterator[Coverage]:
    reason = in_both("coverage.failed", extractor=extractor.name, what=f"{type(error).__name__}: {error}"[:200])
    for channel in extractor.channels:
        yield Coverage(channel, extractor.name, "failed", artifact=artifact.sha256, reason=reason)


def _unread(inputs: Sequence[_Input], seen: set[Channel]) -> Iterator[Coverage]:
    """A row for every channel that nothing spoke for: the input was not supplied, or no extractor of this version reads it."""
    sources: dict[str, tuple[Channel, ...]] = {"policy": ("policy",), "run": ("api", "network", "ui"), "review": ("review",)}
    for kind, channels in sources.items():
        given = next((item.artifact for item in inputs if item.artifact.kind == kind), None)
        for channel in (channel for channel in channels if channel not in seen):
            if given is None:
                yield Coverage(channel, "inputs", "absent", reason=in_both(f"coverage.absent.{kind}"))
            else:
                yield Coverage(channel, "inputs", "failed", artifact=given.sha256, reason=in_both(f"coverage.unread.{kind}"))


def _report(
    tool: Tool, subject: Subject, packs: Sequence[Pack], observations: Sequence[Observation], coverage: Sequence[Coverage]
) -> Report:
    return Report(
        tool=tool,
        subject=subject,
        packs=tuple(pack.stamp for pack in packs),
        clauses=tuple(rule.clause for pack in packs for rule in in_force(pack)),
        coverage=tuple(coverage),
        observations=tuple(observations),
        findings=findings_of(packs, observations, coverage, subject),
        created_at=datetime.now().astimezone().isoformat(timespec="seconds"),
        actors=actors(observations),
    )


def _suggested(label: str) -> str | None:
    """The one app type whose words stand in the label; none when no type or several fit, for a guess must not decide item 4.1."""
    fitting = [id for id, term in vocabulary("categories").items() if any(word in label for word in term.fields["keywords_zh"])]
    return fitting[0] if len(fitting) == 1 else None


def tool_version() -> str:
    """The installed version; `0` when the sources are run without being installed."""
    try:
        return version("mingjian")
    except PackageNotFoundError:
        return "0"
