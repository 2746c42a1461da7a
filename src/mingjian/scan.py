"""The whole pipeline on one screen: read, observe, judge, report."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any

from mingjian.errors import InputError, UsageError
from mingjian.extract import EXTRACTORS, Context, bundle_questions, digest, questions
from mingjian.extract.app_type import proposal_of
from mingjian.extract.policy import PROPOSED, observed
from mingjian.extract.recipients import can_be_one_operators
from mingjian.extract.subject import actors, known_of, subject_of, subject_without_package
from mingjian.extract.versions import Beside
from mingjian.inputs import (
    BundleReader,
    Dossier,
    Limits,
    is_dossier,
    open_app,
    open_dossier,
    open_policy,
    open_previous,
    open_recording,
    open_review,
    refuse_stranger,
)
from mingjian.judge import Pack, asked, compare_with_policy, in_force, loaded, necessity
from mingjian.judge import judge as findings_of
from mingjian.model.document import Document
from mingjian.model.terms import vocabulary
from mingjian.model.texts import in_both
from mingjian.model.types import Artifact, Channel, Coverage, Finding, Observation, Report, Subject, Tool
from mingjian.model.version import own_version
from mingjian.nlp.endpoint import Endpoint
from mingjian.nlp.read import read
from mingjian.nlp.reading import Reading

logger = logging.getLogger(__name__)

DEFAULT_PACKS = ("cac-2019",)
Location = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class Options:
    """How to scan: which packs judge (ids, folders, or packs that are loaded), what reading a package may cost, which hosts are known to
    be the operator's, which language model, if any, may be asked about uncertain sentences of the policy, and after how many seconds
    flows are given up where they are; without these their budget is one of steps, and the same package gives the same report."""

    packs: Sequence[str | Pack] = DEFAULT_PACKS
    operator_hosts: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    endpoint: Endpoint | None = None
    flow_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Input:
    """Files of one kind that are read as one, with the reader that their extractors understand and the context they share."""

    artifacts: tuple[Artifact, ...]
    reader: Any
    context: Context
    reads: str = ""

    @property
    def kind(self) -> str:
        """What its extractors read."""
        return self.reads or self.artifacts[0].kind


def scan(  # noqa: PLR0913  all but one have a default
    package: Location | Sequence[Location],
    *,
    policy: Sequence[Location] = (),
    runs: Sequence[Location] = (),
    review: Sequence[Location] = (),
    previous: Location | None = None,
    category: str | None = None,
    operator: str | None = None,
    description: str | None = None,
    flows: bool = True,
    options: Options | None = None,
) -> Report:
    """The report on one app.

    `package` is an APK, a bundle, a folder of splits, the files of one split set, or one package of iOS or HarmonyOS; all files of
    `policy` are one policy, all of `runs` one recording; `previous` is the stored report of an earlier version. It may also be a dossier:
    what the folder names is then taken together with what is given beside it. `category` is one of the 39 official types by id, or
    `auto` for a proposal, which raises suspicions and decides nothing until a person confirms it by naming the type. `description` is
    what the store says of the app; it speaks for a type. Without `flows` nobody looks into when code runs and where values go, which
    takes most of the time. Raises `InputError` for what cannot be read, `RuleError` for packs that do not load, `UsageError` for a host
    that cannot be one operator's and for a report that is of no earlier version.
    """
    options = options or Options()
    packs = loaded(options.packs, examples=False)
    paths = [Path(path) for path in ([package] if isinstance(package, str | PathLike) else package)]
    dossier = _named_in(paths[0]) if len(paths) == 1 and is_dossier(paths[0]) else Dossier(Path(), tuple(paths))
    policy, runs, review = (*dossier.policy, *policy), (*dossier.runs, *runs), (*dossier.review, *review)
    category, operator = category or dossier.category, operator or dossier.operator
    description = description or dossier.description or ""
    hosts = _operator_hosts(dossier, options)
    of_android = questions(flows=flows, seconds=options.flow_seconds)
    artifact, reader = open_app(dossier.package, of_android, bundle_questions(), options.limits)
    subject = replace(subject_of(reader, artifact), operator=operator)
    earlier = _earlier(previous or dossier.previous, subject)
    inputs = [_Input((artifact,), reader, Context(artifact.sha256), "bundle" if isinstance(reader, BundleReader) else "package")]
    inputs += [_answers(Path(path), packs) for path in review]
    documents: Sequence[Document] = ()
    if policy:
        texts, documents = open_policy([Path(path) for path in policy])
        inputs.append(_Input(texts, documents, Context(texts[0].sha256, endpoint=options.endpoint)))
    files, recording = open_recording([Path(path) for path in runs]) if runs else ((), None)

    observations, coverage = _extracted(inputs)
    if recording is not None:
        # Read last, as screens are known by what the policy says of them.
        known = known_of(reader, artifact, hosts, observations)
        inputs.append(_Input(files, recording, Context(files[0].sha256, known=known)))
        shown, recorded = _extracted(inputs[-1:])
        observations, coverage = [*observations, *shown], [*coverage, *recorded]
    coverage += _unread(inputs, {row.channel for row in coverage})
    tool = Tool(tool_version(), digest(), reader.confined if isinstance(reader, BundleReader) else reader.core.confinement["level"])
    if earlier is not None:
        stored, old = earlier
        inputs.append(_Input((stored,), Beside(old, tool, subject, tuple(observations), tuple(coverage)), Context(stored.sha256)))
        observations = [*observations, *_extracted(inputs[-1:])[0]]
    artifacts = tuple(artifact for item in inputs for artifact in item.artifacts)
    subject = replace(subject, artifacts=artifacts)
    timeline = tuple(moment for item in inputs if item.context.run is not None for moment in item.context.run.moments())
    if category == "auto":
        subject = replace(subject, proposed=proposal_of(reader, description, documents, observations, timeline))
    else:
        subject = replace(subject, category=category)
    return replace(_report(tool, subject, packs, observations, coverage), timeline=timeline)


def _operator_hosts(dossier: Dossier, options: Options) -> tuple[str, ...]:
    hosts = (*dossier.operator_hosts, *options.operator_hosts)
    for host in hosts:
        if not can_be_one_operators(host):
            raise UsageError("error.operator_host", host=host)
    return hosts


def inspect_policy(policy: Sequence[Location], options: Options | None = None) -> tuple[Reading, Report]:
    """A policy by itself, of one or more files: what it states, and the report on what the text alone can raise."""
    options = options or Options()
    packs = loaded(options.packs, examples=False)
    artifacts, documents = open_policy([Path(path) for path in policy])
    reading = read(documents)
    observations, coverage = observed(reading, Context(artifacts[0].sha256, options.endpoint))
    subject = replace(subject_without_package(artifacts[0]), artifacts=artifacts)
    return reading, _report(Tool(tool_version(), digest(), "none"), subject, packs, observations, coverage)


def judge_again(old: Report, packs: Sequence[str | Pack], category: str | None = None) -> Report:
    """The same observations under other packs, or for the app type that a person names now; no package is opened. The report keeps
    saying which tool observed."""
    subject = replace(old.subject, category=category or old.subject.category)
    report = _report(old.tool, subject, loaded(packs, examples=False), old.observations, old.coverage)
    return replace(report, timeline=old.timeline)


def judge_with_review(old: Report, review: Location) -> Report:
    """The same observations together with the answers of a file, under the packs that judged before; no package is opened.

    An answer replaces what was answered before to its question; a file whose every answer was replaced is no longer named. The report
    keeps saying which tool observed. Raises `InputError` for a file that is no review or answers what nobody asks."""
    packs = loaded([pack.id for pack in old.packs], examples=False)
    given = _answers(Path(review), packs)
    answers, covered = _extracted([given])
    answered = {item.action for item in answers}
    observations = [item for item in old.observations if item.channel != "review" or item.action not in answered]
    known = {evidence.artifact for item in observations for evidence in item.evidence}
    artifacts = [each for each in old.subject.artifacts if each.kind != "review" or each.sha256 in known]
    coverage = [row for row in old.coverage if row.channel != "review" or row.artifact in known]
    subject = replace(old.subject, artifacts=(*artifacts, *given.artifacts))
    report = _report(old.tool, subject, packs, [*observations, *answers], [*coverage, *covered])
    return replace(report, timeline=old.timeline)


def _extracted(inputs: Sequence[_Input]) -> tuple[list[Observation], list[Coverage]]:
    """Every artifact through every extractor that reads its kind. One that fails costs its channels, never another's result."""
    observations: list[Observation] = []
    coverage: list[Coverage] = []
    for item in inputs:
        for extractor in (module for module in EXTRACTORS if module.reads == item.kind):
            try:
                seen, covered = extractor.extract(item.reader, item.context)
            except Exception as error:  # the one broad handler: a fault of one extractor must not delete another's result
                logger.exception("extractor %s failed on %s", extractor.name, item.artifacts[0].name)
                seen, covered = [], list(_failed(extractor, item.artifacts[0], error))
            observations += seen
            coverage += covered
    return observations, coverage


def _earlier(path: Location | None, subject: Subject) -> tuple[Artifact, Report] | None:
    """The stored report of an earlier version of the subject."""
    if path is None:
        return None
    artifact, report = open_previous(Path(path))
    refuse_stranger(Path(path), report.subject, subject)
    return replace(artifact, captured_at=report.created_at, context=f"{report.subject.package} {report.subject.version}"), report


def _named_in(folder: Path) -> Dossier:
    """The dossier in a folder, found to hold a package and to name a type that exists. Raises `InputError`."""
    dossier = open_dossier(folder)
    if not dossier.package:
        raise InputError("input.dossier_no_package", path=folder)
    if dossier.category not in (None, "auto") and dossier.category not in vocabulary("categories"):
        raise InputError("input.dossier_wrong", path=folder, field="category")
    return dossier


def _answers(path: Path, packs: Sequence[Pack]) -> _Input:
    """The answers of one review. Raises `InputError` for an answer to a question that no clause asks, as it would have no effect."""
    artifact, answers = open_review(path)
    questions = asked(packs)
    for item, answer in enumerate(answers, 1):
        if (answer.clause, answer.question) not in questions:
            raise InputError("input.review_unasked", path=path, item=item, clause=answer.clause, question=answer.question)
    return _Input((artifact,), answers, Context(artifact.sha256))


def _failed(extractor: Any, artifact: Artifact, error: Exception) -> Iterator[Coverage]:
    reason = in_both("coverage.failed", extractor=extractor.name, what=f"{type(error).__name__}: {error}"[:200])
    for channel in extractor.channels:
        yield Coverage(channel, extractor.name, "failed", artifact=artifact.sha256, reason=reason)


def _unread(inputs: Sequence[_Input], seen: set[Channel]) -> Iterator[Coverage]:
    """A row for every channel that nothing spoke for: the input was not supplied, or it holds nothing of that channel."""
    sources: dict[str, tuple[Channel, ...]] = {"policy": ("policy",), "run": ("api", "network", "ui"), "review": ("review",)}
    for kind, channels in sources.items():
        given = next((item.artifacts[0] for item in inputs if item.kind == kind), None)
        for channel in (channel for channel in channels if channel not in seen):
            key = f"coverage.absent.{kind}" if given is None else "coverage.unrecorded"
            yield Coverage(channel, "inputs", "absent", artifact=given.sha256 if given else None, reason=in_both(key))


def _report(
    tool: Tool, subject: Subject, packs: Sequence[Pack], observations: Sequence[Observation], coverage: Sequence[Coverage]
) -> Report:
    # A model's proposals come last, so that what is judged and compared without them keeps its places.
    observations = sorted(observations, key=lambda item: item.extractor == PROPOSED)
    own = [item for item in observations if item.extractor != PROPOSED]
    return Report(
        tool=tool,
        subject=subject,
        packs=tuple(pack.stamp for pack in packs),
        clauses=tuple(rule.clause for pack in packs for rule in in_force(pack)),
        coverage=tuple(coverage),
        observations=tuple(observations),
        findings=judged(packs, observations, coverage, subject),
        created_at=datetime.now().astimezone().isoformat(timespec="seconds"),
        actors=actors(observations),
        comparisons=compare_with_policy(own, coverage),
        necessity=necessity(own, coverage, subject, packs[0].whens) if packs else (),
    )


def judged(
    packs: Sequence[Pack], observations: Sequence[Observation], coverage: Sequence[Coverage], subject: Subject
) -> tuple[Finding, ...]:
    """One finding a clause, over observations in the order of a report: what a language model proposed stands last. It may raise a doubt,
    but weakens nothing that was found without it."""
    found = findings_of(packs, observations, coverage, subject)
    own = [item for item in observations if item.extractor != PROPOSED]
    if len(own) == len(observations):
        return found
    without = findings_of(packs, own, coverage, subject)
    return tuple(before if before.verdict in ("violated", "suspected") else after for before, after in zip(without, found, strict=True))


def tool_version() -> str:
    """The installed version; `0` when the sources are run without being installed."""
    return own_version() or "0"
