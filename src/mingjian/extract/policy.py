"""What the policy claims."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mingjian.extract.context import Context, together, worded
from mingjian.extract.gather import Gathered
from mingjian.model.document import Document
from mingjian.model.terms import vocabulary
from mingjian.model.types import UNKNOWN, Channel, Coverage, Evidence, Observation, Status, Tally, Text
from mingjian.nlp.endpoint import propose
from mingjian.nlp.read import read
from mingjian.nlp.reading import Reading, Statement

name = "policy"
reads = "policy"
channels: tuple[Channel, ...] = ("policy",)

PROPOSED = "endpoint"
"""The extractor's name that a language model's proposals bear."""

HARD_TO_READ = 2
"""From so many measures of readability beyond their threshold on, the text counts as hard to understand."""

ELSEWHERE = "sdk.unlisted.elsewhere"
"""Whoever stands in a list that the policy refers to and nobody supplied."""


def extract(reader: Sequence[Document], context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`claimed` observations of a policy of one or more documents, each with its sentences, and how completely the text was read."""
    return observed(read(reader), context)


def observed(reading: Reading, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """The same from a policy that was read already. A text that is no privacy policy claims nothing."""
    artifact = context.artifact
    gathered = Gathered()
    if reading.is_policy:
        for statement in reading.statements:
            for observation in _claims(statement):
                gathered.add(observation, _evidence(reading, statement.document, statement.start, statement.end))
        for document, start, end in reading.elsewhere:
            for observation in _told_elsewhere():
                gathered.add(observation, _evidence(reading, document, start, end))
        if reading.readability.score >= HARD_TO_READ:
            hard = Observation("claimed", "policy", "publish.obscure", None, "app", tally=Tally(reading.readability.score), extractor=name)
            gathered.add(hard, Evidence(artifact, reading.outlines[0].document.locator(0, 1), _why_hard(reading)))
    proposed, told = _proposed(reading, context) if reading.is_policy else ([], [])
    return [*gathered.observations(), *proposed], [_coverage(reading, artifact, overfull=gathered.overfull), *told]


def _claims(statement: Statement) -> Iterator[Observation]:
    """A statement as observations; the condition of a share is a claim of its own."""
    claim = Observation(
        mode="claimed",
        channel="policy",
        action=statement.action,
        data=statement.data,
        actor=statement.actor,
        recipient=statement.recipient,
        purpose=statement.purpose,
        phase=statement.phase,
        negated=statement.negated,
        certain=statement.certain,
        tally=None if statement.count is None else Tally(statement.count),
        extractor=name,
    )
    yield from _covered(claim)
    if statement.action != "share" or statement.negated:
        yield claim
        return
    asked = replace(claim, purpose=None, phase=None, tally=None)
    match statement.condition:
        case "anonymised":
            yield replace(claim, action="share.anonymised")
        case "law":
            yield replace(claim, recipient="party.authority")
        case "consent" | "separate_consent":
            yield claim
            yield replace(asked, action="consent.share")
        case "choice":
            # Who starts it may well have agreed to it, yet the sentence does not say that anybody asks.
            yield claim
            yield replace(asked, action="consent.share", certain=False)
        case _:
            yield claim


def _covered(claim: Observation) -> Iterator[Observation]:
    """What a wide word may also mean: "device identifiers" stands above no term, yet an IMEI may be among them."""
    term = vocabulary("data").get(claim.data or "")
    if term is not None and not claim.negated:
        for covered in term.fields.get("covers", ()):
            yield replace(claim, data=covered, certain=False)


def _proposed(reading: Reading, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """What a language model proposes, where one was named, with a row that says which model and which request; it covers nothing."""
    endpoint = context.endpoint
    proposals = propose(reading, endpoint) if endpoint else None
    if endpoint is None or proposals is None:
        return [], []
    gathered = Gathered()
    for statement in proposals.statements:
        start, end = statement.words or (statement.start, statement.end)
        for claim in _claims(statement):
            gathered.add(replace(claim, extractor=PROPOSED), _evidence(reading, statement.document, start, end))
    key = "endpoint_failed" if proposals.fault else "endpoint_asked"
    reason = worded(key, model=endpoint.model, digest=proposals.digest, why=proposals.fault or "")
    row = Coverage("policy", PROPOSED, "absent", artifact=context.artifact, reason=reason, count=len(proposals.statements))
    return gathered.observations(), [row]


def _told_elsewhere() -> Iterator[Observation]:
    """A list that was not supplied may name any SDK, with any data."""
    yield Observation("claimed", "policy", "embed", None, UNKNOWN, certain=False, extractor=name)
    yield Observation("claimed", "policy", "collect", "personal", ELSEWHERE, certain=False, extractor=name)


def _evidence(reading: Reading, document: int, start: int, end: int) -> Evidence:
    source = reading.outlines[document].document
    return Evidence(source.artifact, source.locator(start, end), source.text[start:end].strip())


def _why_hard(reading: Reading) -> str:
    """The reasons in both languages, as an excerpt has no language of its own."""
    reason = together(*reading.readability.reasons)
    return f"{reason.zh} / {reason.en}"


def _coverage(reading: Reading, artifact: str, *, overfull: bool) -> Coverage:
    sentences = sum(len(outline.sentences) for outline in reading.outlines)
    lost = [reason for outline in reading.outlines for reason in outline.document.lost]
    status: Status = "complete"
    reasons: list[Text] = []
    foreign = [outline.script == "other" for outline in reading.outlines if outline.text.strip()]
    if any(foreign):
        lost = [worded("policy_language"), *lost]
    if foreign and all(foreign):
        status, reasons = "failed", lost
    elif not reading.is_policy:
        status, reasons = "failed", [worded("policy_is_none"), *lost]
    elif lost or overfull or reading.cut:
        status, reasons = "partial", [*lost, *([worded("too_many")] if overfull or reading.cut else [])]
    return Coverage("policy", name, status, artifact=artifact, reason=together(*reasons) if reasons else None, count=sentences)
