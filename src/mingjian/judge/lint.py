"""What a pack must hold beyond loading: proof by examples, both languages, honest `needs`, ids that are never used twice."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mingjian.errors import RuleError
from mingjian.judge.examples import Result, run
from mingjian.judge.expr import Asked, Expr, parts_of
from mingjian.judge.load import pack_folder, read, shipped_packs
from mingjian.judge.nodes import Place
from mingjian.judge.reads import needs_and_helps, signals_of
from mingjian.judge.rule import Example, Pack, Rule, Signal
from mingjian.model.citations import numbers_of
from mingjian.model.texts import say
from mingjian.model.types import Text

ASK_SHARE = 10
"""At most one clause in so many may depend on `ask`; more would mean that the language lacks an operator."""

_STEM = re.compile(r"(?P<number>([0-9]+(\.[0-9]+)*|[A-Z])(?P<letter>[a-z]?))-[a-z0-9]+(-[a-z0-9]+)*")
_HAN = re.compile("[㐀-鿿]")
_PROOF = ("violated", "satisfied", "inconclusive")
_PROOF_CAPPED = ("suspected", "satisfied", "inconclusive")
_SIGNAL_PROOF = ("yes", "no", "unknown")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault and its place. `key` and `values` make its sentence in either language."""

    place: Place
    key: str
    values: tuple[tuple[str, object], ...] = ()

    @property
    def code(self) -> str:
        return self.key.partition(".")[2]

    def message(self, lang: str) -> str:
        """`path:line:column: code what`."""
        where = f"{self.place.path}:{self.place.line}:{self.place.column}: "
        position = {"path": self.place.path, "line": self.place.line, "column": self.place.column}
        what = say(self.key, lang, **position, **dict(self.values)).removeprefix(where)
        return f"{where}{self.code} {what}"


def lint(name: str) -> tuple[Problem, ...]:
    """Every problem of a pack, given by id or folder, in the order of files and places. Raises `UsageError` when there is no such pack."""
    folder = pack_folder(name)
    pack, errors = read(folder)
    found = [_loading(error) for error in errors]
    if pack is not None:
        found += _of_pack(pack, folder)
    return tuple(sorted(found, key=lambda problem: (problem.place.path, problem.place.line, problem.place.column, problem.key)))


def _loading(error: RuleError) -> Problem:
    values = dict(error.values)
    place = Place(str(values.pop("path")), int(str(values.pop("line"))), int(str(values.pop("column"))))
    return Problem(place, error.key, tuple(values.items()))


def _problem(place: Place, code: str, **values: object) -> Problem:
    return Problem(place, f"lint.{code}", tuple(values.items()))


def _of_pack(pack: Pack, folder: Path) -> Iterator[Problem]:
    head = pack.place
    if pack.id != folder.resolve().name:
        yield _problem(head, "pack_id", id=pack.id, folder=folder.resolve().name)
    yield from _languages(head, "title", pack.title)
    results = run(pack)
    for rule in pack.rules:
        yield from _of_rule(rule, pack, [result for result in results if result.owner == rule.clause.id])
    for signal in pack.signals.values():
        yield from _of_signal(signal)
    for result in results:
        if not result.ok:
            yield _problem(result.example.place, "example", name=result.example.name, expected=result.example.expect, got=result.got)
    yield from _questions(pack)
    yield from _asking(pack)
    yield from _unused(pack, folder)


def _of_rule(rule: Rule, pack: Pack, results: Sequence[Result]) -> Iterator[Problem]:
    clause, places = rule.clause, rule.places
    stem = Path(places["id"].path).stem
    named = _STEM.fullmatch(stem)
    numbers = numbers_of(clause.cites)
    if not named or clause.id != f"{pack.id}/{named['number']}" or named["number"].removesuffix(named["letter"]) not in numbers:
        yield _problem(places["id"], "id_path", id=clause.id, file=f"{stem}.yml", number=" / ".join(numbers))
    if clause.cites.instrument != pack.instrument:
        yield _problem(places["cites"], "instrument", found=clause.cites.instrument, expected=pack.instrument)
    if clause.id in pack.retired and clause.status != "retired":
        yield _problem(places["id"], "id_reused", id=clause.id)
    if clause.status == "stable" and rule.golden is None:
        yield _problem(places["status"], "golden")
    cap = pack.cap(clause)
    if clause.status == "stable" and cap:
        yield _problem(places["status"], "capped", why=cap)
    texts = (("title", clause.title), ("label", clause.label), ("message", clause.message), ("remedy", clause.remedy))
    for heading, text in texts:
        if text is not None:
            yield from _languages(places[heading], heading, text)
    for question in clause.checklist:
        yield from _languages(places["checklist"], f"checklist {question.id}", question.text)
    needs, helps = needs_and_helps(rule, pack.whens)
    for heading, said, read_ in (("needs", clause.needs, needs), ("helps", clause.helps, helps)):
        if set(said) != read_ or len(set(said)) != len(said):
            yield _problem(places.get(heading, places["needs"]), "channels", heading=heading, read=", ".join(sorted(read_)) or "[]")
    yield from _proof(rule.examples, _PROOF_CAPPED if cap else _PROOF, places["examples"])
    if cap and not any(result.capped for result in results):
        yield _problem(places["examples"], "no_capped")
    if not any(result.example.near_miss and result.example.expect != "violated" and not result.capped for result in results):
        yield _problem(places["examples"], "near_miss")


def _of_signal(signal: Signal) -> Iterator[Problem]:
    yield from _languages(signal.places["title"], "title", signal.title)
    yield from _proof(signal.examples, _SIGNAL_PROOF, signal.places["examples"])


def _proof(examples: tuple[Example, ...], wanted: tuple[str, ...], place: Place) -> Iterator[Problem]:
    for expect in wanted:
        if all(example.expect != expect for example in examples):
            yield _problem(place, "no_example", expect=expect)
    names: set[str] = set()
    for example in examples:
        if example.name in names:
            yield _problem(example.place, "example_name", name=example.name)
        names.add(example.name)


def _languages(place: Place, heading: str, text: Text) -> Iterator[Problem]:
    if not _HAN.search(text.zh) or _HAN.search(text.en):
        yield _problem(place, "languages", heading=heading)
    if any(brace in text.zh + text.en for brace in "{}"):
        yield _problem(place, "placeholder", heading=heading)


def _questions(pack: Pack) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for rule in pack.rules:
        for question in rule.clause.checklist:
            if question.id in owners:
                yield _problem(rule.places["checklist"], "question_id", id=question.id, first=owners[question.id])
            owners.setdefault(question.id, rule.clause.id)


def _asking(pack: Pack) -> Iterator[Problem]:
    asking = [
        rule
        for rule in pack.rules
        if any(_asks(expr) for expr in (*rule.logic, *(pack.whens[name] for name in signals_of(rule, pack.whens))))
    ]
    if len(asking) * ASK_SHARE > len(pack.rules):
        yield _problem(asking[0].places["id"], "ask_share", asking=len(asking), clauses=len(pack.rules))


def _unused(pack: Pack, folder: Path) -> Iterator[Problem]:
    """A shipped signal must be used by some shipped pack; a signal of a pack's own, by that pack."""
    used = _used(pack)
    shipped = [pack_folder(name) for name in shipped_packs()]
    is_shipped = folder in shipped
    for other in shipped if is_shipped else ():
        loaded, _ = read(other)
        used |= _used(loaded) if loaded else frozenset()
    for name, signal in pack.signals.items():
        own = Path(signal.places["name"].path).parent == folder / "signals"
        if name not in used and (own or is_shipped):
            yield _problem(signal.places["name"], "unused_signal", name=name)


def _used(pack: Pack) -> frozenset[str]:
    return frozenset(name for rule in pack.rules for name in signals_of(rule, pack.whens))


def _asks(expr: Expr) -> bool:
    return isinstance(expr, Asked) or any(_asks(part) for part in parts_of(expr))
