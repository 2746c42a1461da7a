"""Where personal data could go: flows from the calls that read them to the calls that hand them out, as facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from mingjian.extract import code, flow_catalogue, hybrid, packer
from mingjian.extract.addresses import Addresses, Programs
from mingjian.extract.context import Context, together, worded
from mingjian.extract.flow_catalogue import THIRD_PARTY, Kind, Needs, Source
from mingjian.extract.flow_rules import DATA, NEEDS, ORIGIN, PARTY, SINK
from mingjian.extract.gather import Gathered
from mingjian.extract.package import PackageFacts
from mingjian.extract.paths import passage_of
from mingjian.extract.recipients import OPERATOR, Recipients, operator_domain
from mingjian.extract.ways import APP_START, START_GUARDED, Reached
from mingjian.model.texts import in_both
from mingjian.model.types import UNKNOWN, Channel, Coverage, Evidence, Observation, Status, Text
from mingjian.model.way import lines_of_passage
from mingjian.native import PackageReader
from mingjian.native.flow_answers import Flow, Flows, FlowSite

name = "flows"
reads = "package"
channels: tuple[Channel, ...] = ("flow",)

_MOST_REASONS = 5
_NETWORK = ("network", "web_page")
_TOLD = "intent_told"

Place = tuple[str, int]
"""A method as text, and the code unit in it."""


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`possible` observations of channel `flow`, and how far the code could be followed; an absent row when it was not asked."""
    flows = reader.flows
    if flows is None:
        return [], [Coverage("flow", name, "absent", artifact=context.artifact, reason=worded("flows_not_asked"))]
    told = _Told(flows, context.facts(reader))
    gathered = Gathered()
    for flow in flows["flows"]:
        out = told.outlet(flow)
        if out is not None:
            source = flow_catalogue.sources()[int(_last(flow["source"]["id"]))]
            for way in told.ways(flow["sink"]):
                statement = _statement(flow, source, out, way)
                gathered.add(statement, _at(flow["sink"], context, told.story(flow, way)), _at(flow["source"], context, ""))
    return gathered.observations(), [_coverage(reader, flows, context, overfull=gathered.overfull)]


@dataclass(frozen=True, slots=True)
class _Outlet:
    """What a sink is: by whose code values go out, and who gets them."""

    kind: Kind
    actor: str
    recipient: str | None
    certain: bool = True


class _Told:
    """The answer, arranged so that each flow can be judged."""

    def __init__(self, flows: Flows, facts: PackageFacts) -> None:
        self._flows = flows
        self._facts = facts
        self._addresses = Addresses(facts)
        self._programs = Programs(facts)
        self._recipients = Recipients(facts.package)

    def outlet(self, flow: Flow) -> _Outlet | None:
        """What the flow's sink is; none where the values do not leave, where nothing tells that they do, or where no data flow."""
        if not flow["source"]["id"].startswith(f"{DATA}:"):
            return None
        site, sort, which = flow["sink"], *_parts(flow["sink"]["id"])
        actor = self._facts.owners.of(_class(site["method"]))
        if sort == PARTY:
            receiver = self._facts.owners.of(_class(site["named"]))
            # The app's own classes may stand below a vendor's name, and code without a name may be the SDK's own.
            known = receiver.startswith("sdk.") and receiver != actor
            return _Outlet(flow_catalogue.kinds()[THIRD_PARTY], actor, receiver, actor != UNKNOWN) if known else None
        if sort != SINK:
            return None
        sink = flow_catalogue.sinks()[int(which)]
        kind = flow_catalogue.kinds()[sink.kind]
        if sink.needs is not None and not self._fulfils(sink.needs, site, which):
            return None
        recipient = None
        if sink.needs is not None and _TOLD in self._origins.get((*_place(site), which), ()):
            recipient = self._program(site, which)
            return _Outlet(kind, actor, recipient) if recipient is not None else None
        if kind.recipient:
            host = self._addresses.of(site["method"], self._connections.get(_place(site), ())) if kind.id in _NETWORK else None
            recipient = self._recipients.of(host)
        return _Outlet(kind, actor, recipient)

    def _program(self, site: FlowSite, which: str) -> str | None:
        """The app that an intent names; none where no constant tells it, which may be a page of the app itself."""
        places = {
            _place(flow["source"])
            for flow, number in self._objects()
            if number == which and _place(flow["sink"]) == _place(site) and _last(flow["source"]["id"]) == _TOLD
        }
        package = self._programs.of(places)
        if package is None:
            return None
        theirs, ours = operator_domain(package), operator_domain(self._facts.package)
        return OPERATOR if theirs is not None and theirs == ours else f"program.{package}"

    def ways(self, site: FlowSite) -> tuple[Reached, ...]:
        """The phases in which a place is reached, each with a way there; the phase `unknown` alone where no way is known."""
        return self._facts.reaches.of_place(site["method"], site["unit"])

    def story(self, flow: Flow, way: Reached) -> str:
        """The way from the entry point, and the steps of the value."""
        return "\n".join([*way.lines(), *lines_of_passage(passage_of(flow, self._facts.owners))])

    def _fulfils(self, needs: Needs, site: FlowSite, which: str) -> bool:
        found = self._origins.get((*_place(site), which), set())
        return bool(found.intersection(needs.origins)) and not found.intersection(needs.unless)

    @cached_property
    def _origins(self) -> dict[tuple[str, int, str], set[str]]:
        """What the objects at each place that needs to know are, by method, unit and number of the sink."""
        table: dict[tuple[str, int, str], set[str]] = {}
        for flow, which in self._objects():
            table.setdefault((*_place(flow["sink"]), which), set()).add(_last(flow["source"]["id"]))
        return table

    @cached_property
    def _connections(self) -> dict[Place, set[Place]]:
        """For each place that writes, where what it writes to was made."""
        table: dict[Place, set[Place]] = {}
        for flow, _ in self._objects():
            table.setdefault(_place(flow["sink"]), set()).add(_place(flow["source"]))
        return table

    def _objects(self) -> Iterator[tuple[Flow, str]]:
        for flow in self._flows["flows"]:
            sort, which = _parts(flow["sink"]["id"])
            if sort == NEEDS and flow["source"]["id"].startswith(f"{ORIGIN}:"):
                yield flow, which


def _statement(flow: Flow, source: Source, out: _Outlet, way: Reached) -> Observation:
    # Who receives a digest can still tell one person from another.
    hashed = out.kind.action == "share" and "digest" in flow["via"]
    return Observation(
        mode="possible",
        channel="flow",
        action="share.hashed" if hashed else out.kind.action,
        data=source.data,
        actor=out.actor,
        recipient=out.recipient,
        phase=way.phase,
        certain=source.certain and out.certain and (way.certain or way.phase not in (APP_START, START_GUARDED)),
        extractor=name,
    )


def _at(site: FlowSite, context: Context, excerpt: str) -> Evidence:
    locator = f"dex:{site['dex']}!{site['method']}+0x{site['unit']:x}"
    return Evidence(context.artifact, locator, excerpt or f"{site['named']}")


def _coverage(reader: PackageReader, flows: Flows, context: Context, *, overfull: bool) -> Coverage:
    """How far the code could be followed: what was not read cannot be, and neither can what the code hides from every reader."""
    rows = [code.coverage(context.facts(reader), context), *packer.extract(reader, context)[1], *hybrid.extract(reader, context)[1]]
    unread = [row for row in rows if row.channel == "code" and row.status != "complete"]
    reasons: list[Text] = [row.reason for row in unread if row.reason]
    if flows["cut"]:
        reasons.append(worded("flows_cut", count=len(flows["cut"]), sources=flows["sources"]))
    named = [in_both(f"why.spot.{spot}", n=count) for spot, count in flows["spots"].items() if count]
    if named:
        reasons.append(worded("flows_spots", what=Text("、".join(each.zh for each in named), ", ".join(each.en for each in named))))
    # That not all ways are told costs phases and no flow.
    fault = next((each for each in flows["faults"] if each["code"] != "ways_cut"), None)
    if fault and not unread:
        reasons.append(worded("code_faults", what=f"{fault['where']}: {fault['what']}"))
    if overfull:
        reasons.append(worded("too_many"))
    lost = bool(flows["faults"]) and not flows["methods"]
    failed = lost or any(row.status == "failed" for row in unread)
    status: Status = "failed" if failed else "partial" if reasons or not flows["complete"] else "complete"
    reason = together(*reasons[:_MOST_REASONS]) if reasons else worded("flows_partial") if status == "partial" else None
    return Coverage("flow", name, status, artifact=context.artifact, reason=reason, count=flows["sources"])


def _place(site: FlowSite) -> Place:
    return site["method"], site["unit"]


def _class(method: str) -> str:
    return method.partition("->")[0]


def _parts(id: str) -> tuple[str, str]:
    sort, _, rest = id.partition(":")
    return sort, rest


def _last(id: str) -> str:
    return id.partition(":")[2]
