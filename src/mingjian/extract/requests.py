"""Requests for permission in code: what explains them before they are made, and what only their refusal leads to."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mingjian.extract import catalogue
from mingjian.extract.arguments import Value, constants
from mingjian.extract.code import evidence_of
from mingjian.extract.context import Context, worded
from mingjian.extract.gather import Gathered
from mingjian.extract.owner import class_name
from mingjian.extract.package import PackageFacts
from mingjian.extract.paths import passage_to_end, passage_to_reason
from mingjian.extract.ways import APP_START, START_GUARDED, Reached
from mingjian.model.types import UNKNOWN, Channel, Coverage, Observation
from mingjian.model.way import lines_of_passage
from mingjian.native import PackageReader
from mingjian.native.answers import Find
from mingjian.native.refusal_answers import Refusal, RefusalEnd

name = "requests"
reads = "package"
channels: tuple[Channel, ...] = ("code",)

_AGAIN, _FINISH = "again", "finish"


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`possible prompt.purpose` where something may explain a request, `possible block` where only a refusal ends the app, `possible
    ask.again` where only a refusal makes the same request once more. Nothing without the flow analysis."""
    flows = reader.flows
    if flows is None or "refusals" not in flows:
        return [], []
    facts = context.facts(reader)
    gathered = Gathered()
    asked = dict(_asked(facts))
    for refusal in flows["refusals"]:
        site = asked.get((refusal["method"], refusal["unit"]))
        if site is not None:
            found, permissions = site
            statements = list(_statements(refusal, permissions, facts))
            for way in facts.reached(found):
                for statement, lines in statements:
                    gathered.add(_stated(statement, found, facts, way), evidence_of(found, context.artifact, way, onward=lines))
    if flows["refusals_complete"] and not gathered.overfull:
        return gathered.observations(), []
    return gathered.observations(), [Coverage("code", name, "partial", artifact=context.artifact, reason=worded("refusals_cut"))]


def _asked(facts: PackageFacts) -> Iterator[tuple[tuple[str, int], tuple[Find, list[str]]]]:
    """By method and code unit every call that asks for permissions, with those it names; unknown ones are left out."""
    for question, finds in facts.finds.items():
        row = catalogue.apis().get(question)
        if row is None or row.action != "ask" or row.argument is None:
            continue
        for found in finds:
            args: Sequence[Value] = found.get("args") or ()
            value: Value = args[row.argument.at] if row.argument.at < len(args) else {"k": "?"}
            known = constants(value)
            permissions = [each for each in known.values if isinstance(each, str) and ".permission" in each]
            permissions = [each for each in dict.fromkeys(permissions) if not catalogue.granted_silently(each)]
            if found["offset"] is not None and (permissions or not (known.whole or row.argument.ignored_if_unknown)):
                yield (f"{found['class']}->{found['method']}{found['proto']}", found["offset"]), (found, permissions)


def _statements(refusal: Refusal, permissions: list[str], facts: PackageFacts) -> Iterator[tuple[Observation, list[str]]]:
    """What is stated of each permission, with the lines that show it."""
    terms = [catalogue.permission_term(each) for each in permissions] or [UNKNOWN]
    known = bool(permissions)
    reason = refusal["reason"]
    for term in terms:
        if reason is not None:
            # Whether it explains, and whether it is shown each time, only the screen tells.
            yield _said("prompt.purpose", term, certain=False), lines_of_passage(passage_to_reason(reason, facts.owners))
        for end in refusal["ends"]:
            action, certain = _meaning(end, refusal, facts)
            if action is not None:
                yield _said(action, term, certain=certain and known), _way(end, facts)


def _meaning(end: RefusalEnd, refusal: Refusal, facts: PackageFacts) -> tuple[str | None, bool]:
    """The act that an end is, and whether the code says so for sure."""
    if end["id"] == _AGAIN:
        codes = (refusal["code"], end["code"])
        # Another number is another request, such as for the next permission in a row.
        if None not in codes and codes[0] != codes[1]:
            return None, False
        return "ask.again", end["certain"] and None not in codes
    if end["id"] == _FINISH:
        # A screen that closes ends the app only when it was the first one.
        screen = class_name(end["chain"][0]["method"].partition("->")[0]).partition("$")[0]
        return "block", end["certain"] and screen in facts.entry_classes
    return "block", end["certain"]


def _said(action: str, data: str, *, certain: bool) -> Observation:
    return Observation("possible", "code", action, data, certain=certain, extractor=name)


def _stated(statement: Observation, found: Find, facts: PackageFacts, way: Reached) -> Observation:
    """The statement about a request that is reached on this way; that a start leads there is as certain as the calls on the way."""
    certain = statement.certain and (way.certain or way.phase not in (APP_START, START_GUARDED))
    return replace(statement, actor=facts.owners.of(found["class"]), phase=way.phase, certain=certain)


def _way(end: RefusalEnd, facts: PackageFacts) -> list[str]:
    lines = lines_of_passage(passage_to_end(end, facts.owners))
    return lines if end["button"] is None else [*lines, f"({end['button']})"]
