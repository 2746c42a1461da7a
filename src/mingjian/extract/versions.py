"""What an app adds and changes against the stored report of an earlier version.

That something is new is a fact of two versions and no fault: whether users were told is for clauses to ask. A difference is certain only
where the earlier report had looked at the whole of its channel, with the same program and catalogue, at an app of the same signer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mingjian.extract.catalogue import permission_term
from mingjian.extract.context import Context
from mingjian.model import holdings
from mingjian.model.terms import IDENTIFYING, within
from mingjian.model.types import UNKNOWN, Channel, Coverage, Evidence, Moment, Observation, Report, Subject, Tool, Truth

name = "versions"
reads = "previous"
channels: tuple[Channel, ...] = ()
"""It speaks for no channel: without an earlier report nothing is known of changes, and nothing is covered."""

MOST = 200
"""Additions of one kind that are stated."""
_PLACES = 3
_HANDLED = ("collect", "use", "share", "abroad")
_UPDATED = "after_update"


@dataclass(frozen=True, slots=True)
class Beside:
    """The earlier report, and what was found of the later version so far."""

    old: Report
    tool: Tool
    subject: Subject
    observations: Sequence[Observation]
    coverage: Sequence[Coverage]


def extract(reader: Beside, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`change.add` of permissions, third-party code and data, `change.rules.compared` of the policy, and `reset` of what the user denied in
    the earlier version; each with its evidence in both."""
    comparison = _Comparison(reader, context.artifact)
    found: list[Observation] = []
    for kind in (comparison.permissions, comparison.embedded, comparison.data, comparison.policy, comparison.resets):
        found += islice(kind(), MOST)
    return found, []


class _Comparison:
    """Two versions of one app; `artifact` is the digest of the earlier report."""

    def __init__(self, reader: Beside, artifact: str) -> None:
        self._old, self._new = reader.old, reader
        self._artifact = artifact
        signers = reader.old.subject.signer, reader.subject.signer
        same_signer = signers[0] is not None and signers[1] is not None and signers[0].sha256 == signers[1].sha256
        same_tool = (reader.old.tool.version, reader.old.tool.catalogue) == (reader.tool.version, reader.tool.catalogue)
        self._same_signer, self._alike = same_signer, same_signer and same_tool
        """Whether a permission, and whether what our catalogue names, is told alike in both."""

    def permissions(self) -> Iterator[Observation]:
        """Permissions that only the later manifest declares."""
        for item, _ in self._added(holdings.permissions):
            certain = item.certain and self._same_signer and self._looked("manifest")
            yield self._addition(item, certain=certain)

    def embedded(self) -> Iterator[Observation]:
        """Third-party code that only the later version holds."""
        for item, _ in self._added(holdings.embedded):
            if item.mode in ("possible", "declared") and item.actor != UNKNOWN:
                certain = item.certain and self._alike and self._looked("code")
                yield self._addition(replace(item, mode="possible", channel="code", data=None, phase=None), certain=certain)

    def data(self) -> Iterator[Observation]:
        """Identifying data that only the later version could collect, or was seen to collect."""
        had = holdings.collected(self._old.observations)
        stated: set[tuple[str, str | None, str | None]] = set()
        for item in self._new.observations:
            act = within(item.action, "collect") and item.mode in ("possible", "observed") and within(item.data, IDENTIFYING)
            key = (item.mode, item.data, item.phase if item.mode == "observed" else None)
            if not act or item.data is None or item.data in had or key in stated:
                continue
            stated.add(key)
            phase = item.phase if item.mode == "observed" else None
            # What only a run showed is new for sure where an earlier run looked at the same time of use, and the code did not show it.
            looked = self._looked(item.channel, phase) and (item.mode == "possible" or self._looked("code"))
            yield self._addition(item, certain=item.certain and self._alike and looked)

    def policy(self) -> Iterator[Observation]:
        """What the policy states of data, purposes and receivers that its earlier version did not; negated where both say the same."""
        if not (_read(self._old.coverage, "policy") and _read(self._new.coverage, "policy")):
            return
        before, after = _handled(self._old.observations), _handled(self._new.observations)
        whole = self._looked("policy") and self._alike
        said = [set(holdings.claimed(each)) for each in (self._old.observations, self._new.observations)]
        if said[0] == said[1]:
            if whole and _whole(self._new.coverage, "policy"):
                evidence = (*_first(after), self._silence("policy"))
                yield Observation(
                    "claimed", "policy", "change.rules.compared", actor="app", negated=True, evidence=evidence, extractor=name
                )
            return
        found: dict[tuple[str | None, ...], Observation] = {}
        for item in after:
            told = _told(item, before)
            if told != "yes":
                certain = told == "no" and item.certain and whole
                key = (item.data, item.purpose, item.recipient, item.actor)
                if key not in found or (certain and not found[key].certain):
                    found[key] = self._changed(item, certain=certain)
        yield from sorted(found.values(), key=lambda item: not item.certain)
        if not found:
            # What was taken out, or promised, or told otherwise: whether that changes purpose, method or scope is for a person.
            words = Evidence(self._artifact, "report:observations", "; ".join(sorted(said[0] ^ said[1])[:_PLACES]))
            evidence = (*_first(after), words)
            yield Observation("claimed", "policy", "change.rules.compared", actor="app", certain=False, evidence=evidence, extractor=name)

    def resets(self) -> Iterator[Observation]:
        """Permissions denied to the earlier version, and open after the update although nobody was asked. Uncertain: two recordings need
        not be of one phone."""
        denied = _denied(self._old.timeline)
        asked = {_group(item.data) for item in self._new.observations if within(item.action, "ask") and item.mode in ("observed", "shown")}
        for item in self._new.observations:
            opened = item.mode == "observed" and item.action == "open" and item.phase == _UPDATED and item.data is not None
            moment = denied.get(item.data or "") if opened else None
            if moment is not None and _group(item.data) not in asked:
                index, said = moment
                evidence = (Evidence(self._artifact, f"report:timeline[{index}]", said.name), *item.evidence[:_PLACES])
                yield Observation(
                    "observed", "api", "reset", item.data, item.actor, phase=_UPDATED, certain=False, evidence=evidence, extractor=name
                )

    def _added(self, held: Callable[[Sequence[Observation]], holdings.Held]) -> Iterator[tuple[Observation, str]]:
        before = held(self._old.observations)
        for term, index in held(self._new.observations).items():
            if term not in before:
                yield self._new.observations[index], term

    def _addition(self, item: Observation, *, certain: bool) -> Observation:
        """That this is new, by what shows it now and by how far the earlier report had looked."""
        return self._compared(item, "change.add", certain=certain)

    def _changed(self, item: Observation, *, certain: bool) -> Observation:
        return self._compared(item, "change.rules.compared", certain=certain)

    def _compared(self, item: Observation, action: str, *, certain: bool) -> Observation:
        evidence = (*item.evidence[:_PLACES], self._silence(item.channel, item.phase))
        return replace(
            item, action=action, certain=certain, tally=None, evidence=evidence, sites=len(evidence), extractor=name, version=None
        )

    def _looked(self, channel: Channel, phase: str | None = None) -> bool:
        """Whether the earlier report says that it saw the whole of a channel, so that its silence means something."""
        return _whole(self._old.coverage, channel, phase)

    def _silence(self, channel: Channel, phase: str | None = None) -> Evidence:
        """Where the earlier report says how far it had looked."""
        old = self._old
        rows = [index for index, row in enumerate(old.coverage) if row.channel == channel and phase in (None, *row.phases)]
        index = rows[0] if rows else None
        status = old.coverage[index].status if index is not None else "absent"
        where = f"report:coverage[{index}]" if index is not None else "report:coverage"
        return Evidence(self._artifact, where, f"{old.subject.package} {old.subject.version}: {channel} {status}")


def _whole(coverage: Sequence[Coverage], channel: Channel, phase: str | None = None) -> bool:
    rows = [row for row in coverage if row.channel == channel and row.status != "absent"]
    if phase is not None:
        rows = [row for row in rows if phase in row.phases or (not row.phases and row.status != "complete")]
    return bool(rows) and all(row.status == "complete" for row in rows)


def _read(coverage: Sequence[Coverage], channel: Channel) -> bool:
    return any(row.channel == channel and row.status in ("complete", "partial") for row in coverage)


def _handled(observations: Sequence[Observation]) -> list[Observation]:
    """What a policy states of handling data, without what it denies."""
    return [
        item
        for item in observations
        if item.mode == "claimed" and not item.negated and item.data is not None and any(within(item.action, act) for act in _HANDLED)
    ]


def _told(item: Observation, before: Sequence[Observation]) -> Truth:
    """Whether the earlier policy states the same of this data; unknown where it does in a more general word, or perhaps."""
    found: Truth = "no"
    for old in before:
        if not within(item.data, str(old.data)) or _root(old.action) != _root(item.action):
            continue
        if old.actor != item.actor or old.recipient not in (None, item.recipient):
            continue
        if old.purpose is not None and not within(item.purpose, old.purpose) and item.purpose is not None:
            continue
        same = (old.data, old.recipient) == (item.data, item.recipient) and item.purpose in (None, old.purpose)
        if same and (old.certain or not item.certain):
            return "yes"
        found = "unknown"
    return found


def _root(action: str) -> str:
    return action.partition(".")[0]


def _first(items: Sequence[Observation]) -> tuple[Evidence, ...]:
    return next((item.evidence[:1] for item in items if item.evidence), ())


def _denied(timeline: Sequence[Moment]) -> dict[str, tuple[int, Moment]]:
    """Permissions by term whose last answer was a denial."""
    answers: dict[str, tuple[int, Moment]] = {}
    for index, moment in enumerate(timeline):
        if moment.what != "mark":
            continue
        what, _, data = moment.name.partition(" ")
        term = _term(data)
        if what == "permission_denied" and term:
            answers[term] = (index, moment)
        elif what == "permission_granted" and term:
            answers.pop(term, None)
    return answers


def _term(data: str) -> str | None:
    if within(data, "permission"):
        return data
    return permission_term(data) if "." in data else None


def _group(data: str | None) -> str:
    return ".".join((data or "").split(".")[:2])
