"""Sensitive calls, fields and texts in DEX code, with the arguments checked: what the app could do, when, and whose code would do it."""

from collections.abc import Iterator, Sequence

from mingjian.extract import catalogue
from mingjian.extract.arguments import Reach, Value, constants, data_of_text, reached
from mingjian.extract.attribution import owner_of_act
from mingjian.extract.catalogue import TEXT_KINDS, Api
from mingjian.extract.context import Context, together, worded
from mingjian.extract.gather import Gathered
from mingjian.extract.owner import class_name, in_library
from mingjian.extract.package import PackageFacts, method_of
from mingjian.extract.queries import LOADS
from mingjian.extract.ways import APP_START, START_GUARDED, Reached
from mingjian.model.types import UNKNOWN, Channel, Coverage, Evidence, Observation, Tally, Text
from mingjian.native import PackageReader
from mingjian.native.answers import Find, Finds

name = "code"
reads = "package"
channels: tuple[Channel, ...] = ("code",)


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`possible` observations of the code, and how much of the code was read."""
    facts = context.facts(reader)
    gathered = Gathered()
    settled: set[tuple[object, str]] = set()
    texts: list[tuple[Api, Find]] = []
    rows = catalogue.apis()
    for question, finds in facts.finds.items():
        row = rows.get(question)
        if row is None:
            continue
        if row.kind in TEXT_KINDS:
            texts += ((row, found) for found in finds)
            continue
        for found in finds:
            beside = _recognised(found, facts)
            for way in facts.reached(found):
                for statement, said in _statements(row, found, facts, way):
                    gathered.add(statement, evidence_of(found, context.artifact, way, said, beside))
                    if statement.data is not None:
                        settled.add((method_of(found), statement.data))
    for row, found in texts:
        # A text that has already decided a call of the same method says nothing more by standing there.
        hit = data_of_text(row.kind, found["target"], facts.package)
        if hit is not None and (method_of(found), hit[0]) not in settled:
            for way in facts.reached(found):
                statement = _statement(Reach(hit[0], hit[1], False), row, found, facts, way)
                gathered.add(statement, evidence_of(found, context.artifact, way, found["target"], _recognised(found, facts)))
    return gathered.observations(), [coverage(facts, context, overfull=gathered.overfull)]


def evidence_of(
    found: Find, artifact: str, way: Reached, said: str = "", beside: Sequence[str] = (), onward: Sequence[str] = ()
) -> Evidence:
    """The place of a find; the excerpt shows the way there when one is known and the one onward, the instructions, what is known
    beside, and the constant that decided."""
    member = "" if found["method"] is None else f"->{found['method']}{found['proto'] or ''}"
    offset = "" if found["offset"] is None else f"+0x{found['offset']:x}"
    lines = [*way.lines(), *onward, *(found.get("excerpt") or ()), *beside]
    if said and not any(said in line for line in lines):
        lines.append(f"= {said}")
    return Evidence(artifact, f"dex:{found['dex']}!{found['class']}{member}{offset}", "\n".join(lines))


def _recognised(found: Find, facts: PackageFacts) -> list[str]:
    """By what an SDK was recognised that has another name."""
    known = facts.recognition(found["class"])
    return [known.words] if known is not None else []


def _statements(row: Api, found: Find, facts: PackageFacts, way: Reached) -> Iterator[tuple[Observation, str]]:
    args: tuple[Value, ...] = tuple(found.get("args") or ())
    if row.action == "ask":
        yield from _asked(row, found, args, facts, way)
        return
    for reach in reached(row, args, found.get("on"), facts.package):
        if reach.data == UNKNOWN and (hints := _uris_beside(found, facts)):
            for data in hints:
                yield _statement(Reach(data, reach.action, False), row, found, facts, way), ""
        else:
            yield _statement(reach, row, found, facts, way), reach.said


def _statement(reach: Reach, row: Api, found: Find, facts: PackageFacts, way: Reached) -> Observation:
    about_data = reach.action in ("collect", "probe")
    # Its own collection and its own consent switch are acts of the SDK, whoever calls it.
    theirs = row.starts or row.switch
    actor = f"sdk.{theirs}" if theirs else owner_of_act(found["class"], facts.ways(found), facts.owners)
    return Observation(
        mode="possible",
        channel="code",
        action=reach.action,
        data=reach.data if about_data else None,
        actor=actor,
        phase=way.phase,
        certain=reach.certain and _acts(found, facts, way),
        tally=_tally(row, found),
        extractor=name,
    )


def _tally(row: Api, found: Find) -> Tally | None:
    """The period of readings that the code fixes by a constant; no time at all between two is no period."""
    args = found["args"]
    if row.interval is None or row.interval >= len(args):
        return None
    times = constants(args[row.interval])
    shortest = min((each for each in times.values if isinstance(each, int)), default=0) if times.whole else 0
    return Tally(1, period=shortest / 1000) if shortest > 0 else None


def _acts(found: Find, facts: PackageFacts, way: Reached) -> bool:
    """Support code that nothing is known to call may never run, nor a service that the manifest does not offer; that a start leads there
    is as certain as the calls on its way."""
    if found["kind"] == "override" and class_name(found["class"]) not in facts.offered:
        return False
    return way.certain or (way.phase not in (APP_START, START_GUARDED) and not in_library(found["class"]))


def _uris_beside(found: Find, facts: PackageFacts) -> list[str]:
    """The data of URI constants that the same method reads, for a call whose own URI cannot be told."""
    if "Landroid/net/Uri;" not in found["target"]:
        return []
    sources = catalogue.arguments()["uri_sources"]
    beside = facts.uri_reads.get(method_of(found), ())
    return sorted({sources[member] for member in beside if member in sources})


def _asked(row: Api, found: Find, args: tuple[Value, ...], facts: PackageFacts, way: Reached) -> Iterator[tuple[Observation, str]]:
    """One prompt of the system: each permission of the array, and whether several groups are asked for at once."""
    assert row.argument is not None
    value: Value = args[row.argument.at] if row.argument.at < len(args) else {"k": "?"}
    found_constants = constants(value)
    asked = [each for each in found_constants.values if isinstance(each, str) and ".permission" in each]
    if not asked and (found_constants.whole or row.argument.ignored_if_unknown):
        return

    def statement(action: str, data: str, certain: bool, tally: Tally | None = None) -> Observation:
        actor = owner_of_act(found["class"], facts.ways(found), facts.owners)
        return Observation("possible", "code", action, data, actor, phase=way.phase, certain=certain, tally=tally, extractor=name)

    if not found_constants.whole:
        yield statement("ask", UNKNOWN, False), ""
    for permission in dict.fromkeys(asked):
        if catalogue.granted_silently(permission):
            continue
        # A prompt for what opens no personal information, such as showing notices, is no matter of the law that `ask` is about.
        opens_none = catalogue.group_of(permission) is not None and catalogue.collecting_group(permission) is None
        action = "request" if opens_none else "ask"
        yield statement(action, catalogue.permission_term(permission), row.certain and _acts(found, facts, way)), permission
    groups = sorted({group for permission in asked if (group := catalogue.collecting_group(permission))})
    # One array of alternatives by branch is not one prompt.
    if len(groups) > 1 and value.get("k") == "array":
        yield statement("ask.together", "permission", row.certain, Tally(len(groups))), ", ".join(groups)


def coverage(facts: PackageFacts, context: Context, *, overfull: bool = False) -> Coverage:
    """How much of the code was read: every DEX and every payload that looks like code."""
    find = facts.reader.found
    reasons: list[Text] = []
    if not find["dex"]:
        reasons.append(worded("no_dex"))
    faulty = sum(dex["faulty_methods"] for dex in find["dex"])
    if faulty:
        reasons.append(worded("faulty_methods", count=faulty))
    for payload in find["payloads"]:
        if payload["status"] != "read":
            reasons.append(worded(f"payload_{payload['status']}", path=payload["path"]))
    loading = sorted({found["class"] for found in facts.finds.get(LOADS, ()) if not in_library(found["class"])})
    # A loader for each embedded payload is accounted for; what another one loads comes from elsewhere.
    if len(loading) > sum(payload["status"] == "read" for payload in find["payloads"]):
        reasons.append(worded("loads_code", count=len(loading), example=class_name(loading[0])))
    if overfull:
        reasons.append(worded("too_many"))
    if find["finds_cut"]:
        reasons.append(worded("finds_cut", count=len(find["finds"])))
    if not find["complete"] and not reasons:
        reasons.append(worded("code_faults", what=_first_fault(find)))
    return Coverage(
        channel="code",
        extractor=name,
        status="failed" if not find["dex"] else "partial" if reasons else "complete",
        artifact=context.artifact,
        reason=together(*reasons[:_MOST_REASONS]) if reasons else None,
        count=sum(dex["classes"] for dex in find["dex"]),
    )


def _first_fault(answer: Finds) -> str:
    return next((f"{fault['where']}: {fault['what']}" for fault in answer["faults"]), "?")


_MOST_REASONS = 5
