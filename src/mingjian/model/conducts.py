"""Conducts: what an app does or fails to do, each once, with every clause that it breaks, whichever packs judged.

A conduct is told from the reasons of the findings, because a hit also names what only made a clause apply. Of a yes,

- an observation that decided it is an act; acts are one conduct where action, data, actor and recipient are the same, as in a hit's
  fingerprint, whatever their mode, time and place;
- a `not` is an absence: one conduct for each set of things that are missing, however many ways of showing them were looked at; a policy
  that denies a thing says the same as one that lacks it;
- of a join, what was found is the act, and what it was compared with is not; where a policy's word was found and the app was seen doing
  otherwise, the doing is the act;
- of an `any`, every part that holds is a fault of its own;
- of an `all`, one part bears the fault and the others say when it matters. A reviewer's word and what could lift a suspicion never bear it,
  nor does a signal that is marked as a scene ("the app has accounts"). Of the rest it is, in this order: the first part that saw something
  done with data; what was done though it is missing elsewhere ("targets people" and the policy says nothing of it); the first part that
  found something missing; the first that saw something done; the first.

What a reviewer confirmed without any act or absence is a conduct by its question. A clause of which nothing of all this is known is broken
by a conduct of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from mingjian.model.citations import pack_of
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import VERDICTS, Breach, Conduct, Finding, Observation, Report, Verdict, Why

_BAD: tuple[Verdict, ...] = ("violated", "suspected")
_PROVISOS = ("attested", "denied", "ask")
_FIELDS = ("to", "by", "for", "during", "via")
"""The words of a pattern's line that end its action and data."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """What bears a fault: indices of observations, and for each absence the lines of what is missing."""

    acts: tuple[int, ...] = ()
    absences: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.acts or self.absences)


def conducts_of(report: Report) -> tuple[Conduct, ...]:
    """Every conduct that violates a clause or raises a suspicion, the strongest verdict first, then what breaks most clauses."""
    drafts = {pack.id for pack in report.packs if pack.nature == "draft"}
    found: dict[str, Conduct] = {}
    for finding in (finding for finding in report.findings if finding.verdict in _BAD):
        breach = Breach(finding.clause, finding.verdict, finding.capped)
        for id, observations, absent in _conducts(finding, report.observations):
            known = found.get(id, Conduct(id, finding.verdict, ()))
            if breach not in known.breaches:
                found[id] = Conduct(
                    id,
                    finding.verdict,
                    (*known.breaches, breach),
                    tuple(dict.fromkeys((*known.observations, *observations))),
                    tuple(dict.fromkeys((*known.absent, *absent))),
                )
    judged = (_judged(conduct, drafts) for conduct in found.values())
    return tuple(sorted(judged, key=lambda each: (not each.counts, VERDICTS.index(each.verdict), -len(each.breaches))))


def _judged(conduct: Conduct, drafts: set[str]) -> Conduct:
    """With its verdict, which is the strongest of those in force."""
    counted = [breach.verdict for breach in conduct.breaches if pack_of(breach.clause) not in drafts]
    verdict = min(counted or [conduct.verdict], key=VERDICTS.index)
    return Conduct(conduct.id, verdict, conduct.breaches, conduct.observations, conduct.absent, bool(counted))


def _conducts(finding: Finding, observations: Sequence[Observation]) -> Iterator[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    """Id, observations and what is absent of each conduct behind a finding."""
    fault = _Deciding(observations).fault(finding) or _Fault(tuple(index for hit in finding.hits for index in hit.observations))
    acts: dict[str, list[int]] = {}
    for index in fault.acts:
        acts.setdefault(_act(observations[index]), []).append(index)
    yield from ((id, tuple(indices), ()) for id, indices in acts.items())
    for lines in fault.absences:
        yield _id("absent", *sorted({about for line in lines for about in _about(line)})), (), lines
    if not fault:
        yield _id("clause", finding.clause), (), ()


def _act(item: Observation) -> str:
    """The id of the conduct that an act belongs to. A policy that denies something says what its absence says."""
    if item.mode == "claimed" and item.negated:
        return _id("absent", _thing(item.action, item.data, item.recipient))
    return _id(item.action, item.data, item.actor, item.recipient)


def _thing(action: str, data: str | None, recipient: str | None) -> str:
    """What is missing: `withdraw`, `collect device.imei`, `share contacts to sdk`."""
    return f"{action}{f' {data}' if data else ''}{f' to {recipient}' if recipient else ''}"


def _id(*words: str | None) -> str:
    return sha256("|".join(word or "" for word in words).encode()).hexdigest()[:16]


class _Deciding:
    """Finds what bears the fault in reasons."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        self._observations = observations

    def fault(self, finding: Finding) -> _Fault:
        """Of the section that decided: for a verdict that a cap lowered, that of the violation."""
        section = "violated if" if finding.verdict == "violated" or finding.capped else "suspected if"
        sections = finding.why.children if finding.why else ()
        return self._any([part for each in sections if each.label == section for part in each.children])

    def _of(self, why: Why) -> _Fault:
        if why.value != "yes":
            return _Fault()
        match _kind(why):
            case "all":
                return self._all(why.children)
            case "not":
                missing = tuple(dict.fromkeys(line for child in why.children for line in _missing(child)))
                return _Fault(absences=(missing,)) if missing else _Fault()
            case "case":
                return self._case(why)
            case "denied":
                return _Fault()
            case _:
                return _Fault(why.observations) if why.observations else self._any(why.children)

    def _any(self, parts: Sequence[Why]) -> _Fault:
        faults = [self._of(part) for part in parts]
        acts = dict.fromkeys(index for fault in faults for index in fault.acts)
        return _Fault(tuple(acts), tuple(dict.fromkeys(lines for fault in faults for lines in fault.absences)))

    def _case(self, why: Why) -> _Fault:
        compared = self._any(why.children)
        done = tuple(index for index in compared.acts if self._done(index))
        claimed = all(self._observations[index].mode == "claimed" for index in why.observations)
        return _Fault(done) if claimed and done else _Fault(why.observations)

    def _all(self, parts: Sequence[Why]) -> _Fault:
        provisos = [part for part in parts if _is_proviso(part)]
        rest = [part for part in parts if not _is_proviso(part)]
        bearing = [part for part in rest if not _is_scene(part)]
        faults = [fault for part in bearing if (fault := self._of(part))]
        if not faults:
            faults = [fault for part in (*provisos, *rest) if (fault := self._of(part))]
        return self._bearing(faults) if faults else _Fault()

    def _bearing(self, faults: Sequence[_Fault]) -> _Fault:
        for fault in faults:
            with_data = tuple(index for index in fault.acts if self._done(index) and self._observations[index].data is not None)
            if with_data:
                return _Fault(with_data)
        about = {each.partition(" ")[0] for fault in faults for lines in fault.absences for line in lines for each in _about(line)}
        done = [tuple(index for index in fault.acts if self._done(index)) for fault in faults]
        untold = tuple(index for acts in done for index in acts if self._observations[index].action in about)
        if untold:
            return _Fault(untold)
        first = next((fault for fault in faults if fault.absences), None)
        return first or next((_Fault(acts) for acts in done if acts), faults[0])

    def _done(self, index: int) -> bool:
        item = self._observations[index]
        return item.mode != "claimed" and item.channel != "review"


def _kind(why: Why) -> str:
    return why.label.partition(" ")[0]


def _missing(why: Why) -> Iterator[str]:
    """The lines of what a no looked for and did not find."""
    if why.value == "no":
        match _kind(why):
            case "seen" | "some" | "tally":
                yield why.label
            case "attested" | "denied" | "ask":
                pass
            case _:
                for child in why.children:
                    yield from _missing(child)


def _about(line: str) -> list[str]:
    """What a line of a pattern is about, whoever would show it and wherever: `withdraw`, `collect device.imei`, each alternative apart."""
    head, _, pattern = line.partition(" of ") if line.startswith("tally ") else line.partition(": " if line.startswith("some ") else " ")
    words = (pattern or head).split(" ")[1:]
    negated = "not " if words[:1] == ["not"] else ""
    words = words[1:] if negated else words
    action = words[0] if words else ""
    data = words[1] if len(words) > 1 and words[1] not in _FIELDS else None
    recipient = words[words.index("to") + 1] if "to" in words[:-1] else None
    return [negated + _thing(each, data, recipient) for each in action.split("|")]


def _is_proviso(why: Why) -> bool:
    """Whether a part only says what a person answered, or that nothing lifts the suspicion."""
    kind = _kind(why)
    if kind in _PROVISOS or (kind == "proven" and _kind_below(why) == "not"):
        return True
    if kind == "not":
        return all(_kind(child) == "proven" or _is_proviso(child) for child in why.children)
    return kind in ("all", "any") and all(map(_is_proviso, why.children))


def _kind_below(why: Why) -> str:
    return _kind(why.children[0]) if why.children else ""


def _is_scene(why: Why) -> bool:
    kind, _, name = why.label.partition(" ")
    if kind == "signal":
        return _scene(name)
    return kind == "any" and all(_is_scene(child) for child in why.children if child.value == "yes")


@lru_cache(maxsize=500)
def _scene(signal: str) -> bool:
    """Whether a shipped signal is marked as a scene."""
    file = rules_folder() / "signals" / f"{signal}.yml"
    return bool(read_yaml(file).get("scene")) if signal.replace("-", "").replace("_", "").isalnum() and file.is_file() else False
