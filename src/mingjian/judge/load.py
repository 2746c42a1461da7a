"""Rule files to packs. Every fault of a file is a `RuleError` with its place; nothing is guessed and nothing is skipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import get_args

from mingjian.errors import RuleError, UsageError
from mingjian.judge.clauses import clause_of, signal_of
from mingjian.judge.nodes import Place, parse_yaml, read_file
from mingjian.judge.reads import Extent, extent, signals_in
from mingjian.judge.rule import Pack, Rule, Signal
from mingjian.judge.shapes import choice_of, fields_of, items_of, string_of, text_of
from mingjian.model.citations import order_of
from mingjian.model.shipped import rules_folder
from mingjian.model.types import Nature

NATURES: tuple[Nature, ...] = get_args(Nature)
ALL = "all"
"""What stands for every shipped pack where packs are named; a folder of that name is `./all`."""
MAX_FILES = 1000
"""Clauses or signals in one folder."""
MAX_SIZE = 1000
"""Expressions of a clause or signal with its signals written out."""
MAX_DEPTH = 60
"""Levels of a clause or signal with its signals written out."""


@dataclass(frozen=True, slots=True)
class _Source:
    """One file that was read; `name` is its path as errors and the digest show it."""

    stem: str
    name: str
    content: bytes

    @property
    def start(self) -> Place:
        return Place(self.name, 1, 1)


def shipped_packs() -> tuple[str, ...]:
    """The ids of the packs that ship with the program."""
    folder = _shipped() / "packs"
    return tuple(sorted(entry.name for entry in folder.iterdir() if (entry / "pack.yml").is_file())) if folder.is_dir() else ()


def pack_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names and folders of packs as somebody gave them, each once, with every shipped pack in place of `all`."""
    return tuple(dict.fromkeys(each for name in names for each in (shipped_packs() if name == ALL else (name,))))


def loaded(packs: Sequence[str | Pack], *, examples: bool = True) -> tuple[Pack, ...]:
    """The packs of these names and folders, `all` standing for every shipped one, beside those that are loaded already; what is named twice
    is there once. Without `examples` shipped packs come without theirs, which no judgement reads. Raises what `load` raises, and
    `UsageError` where two of them have one clause, as nothing says which counts."""
    found: dict[str, Pack] = {}
    for given in packs:
        for pack in (given,) if isinstance(given, Pack) else (load(name, examples=examples) for name in pack_names([given])):
            found.setdefault(pack.digest, pack)
    owners: set[str] = set()
    for clause in (clause.id for pack in found.values() for clause in pack.clauses):
        if clause in owners:
            raise UsageError("rules.twice", clause=clause)
        owners.add(clause)
    return tuple(found.values())


def pack_folder(name: str) -> Path:
    """The folder of a shipped pack, or else the folder that `name` is the path of. Raises `UsageError` when there is neither."""
    if name in shipped_packs():
        return _shipped() / "packs" / name
    folder = Path(name)
    if not (folder / "pack.yml").is_file():
        raise UsageError("rules.no_such_pack", name=name, known=", ".join(shipped_packs()))
    return folder


def pack_files(folder: Path) -> tuple[Path, ...]:
    """The rule files of a pack; for a shipped one, with the shipped signals."""
    signals = _shipped() / "signals" if folder.parent == _shipped() / "packs" else folder / "signals"
    return (folder / "pack.yml", *sorted(signals.glob("*.yml")), *sorted((folder / "clauses").glob("*.yml")))


def load(name: str, *, examples: bool = True) -> Pack:
    """A shipped pack by id (`cac-2019`) or any pack by the path of its folder. Without `examples` a shipped one comes without its own: they
    are sound since it was made, and to read them takes a third of the time. Raises the first `RuleError`, or `UsageError`."""
    pack, errors = read(pack_folder(name), examples=examples or name not in shipped_packs())
    if errors:
        raise errors[0]
    if pack is None:
        raise UsageError("rules.no_such_pack", name=name, known=", ".join(shipped_packs()))
    return pack


def read(folder: Path, *, examples: bool = True) -> tuple[Pack | None, tuple[RuleError, ...]]:
    """As much of a pack as loads, with everything that does not, for the linter. No pack when `pack.yml` itself does not load."""
    errors: list[RuleError] = []
    sources: list[_Source] = []
    found, sizes = _signals(folder, sources, errors, examples=examples)
    rules = _rules(folder, sizes, sources, errors, examples=examples)
    try:
        head = _source(folder / "pack.yml")
        sources.append(head)
        fields = fields_of(parse_yaml(head.content, head.name), ("id", "version", "title", "instrument"), ("nature", "retired"))
        pack = Pack(
            id=string_of(fields["id"]),
            version=string_of(fields["version"]),
            title=text_of(fields["title"]),
            instrument=string_of(fields["instrument"]),
            digest=_digest(sources),
            rules=tuple(sorted(rules, key=lambda rule: (order_of(rule.clause.cites), rule.clause.id))),
            signals=found,
            retired=tuple(string_of(item) for item in items_of(fields["retired"])) if "retired" in fields else (),
            place=head.start,
            nature=choice_of(fields["nature"], NATURES) if "nature" in fields else "law",
            folder=str(folder),
        )
    except RuleError as error:
        return None, (error, *errors)
    return pack, tuple(errors)


def _signals(
    folder: Path, sources: list[_Source], errors: list[RuleError], *, examples: bool
) -> tuple[Mapping[str, Signal], Mapping[str, Extent]]:
    files: dict[str, _Source] = {}
    for place in (_shipped(), folder):
        for source in _sources(place / "signals", errors):
            if source.stem in files:
                errors.append(source.start.error("duplicate_signal", name=source.stem, first=files[source.stem].name))
                continue
            files[source.stem] = source
    sources += files.values()
    found: dict[str, Signal] = {}
    for name, source in files.items():
        try:
            signal = _signal(source.content, source.name, frozenset(files), examples=examples)
        except RuleError as error:
            errors.append(error)
            continue
        if signal.name != name:
            errors.append(signal.places["name"].error("signal_name", name=signal.name, file=name))
            continue
        found[name] = signal
    sizes = _sound(found, errors)
    return {name: signal for name, signal in found.items() if name in sizes}, sizes


@lru_cache(maxsize=2000)
def _signal(content: bytes, name: str, known: frozenset[str], *, examples: bool) -> Signal:
    """The signal of a file; packs that are loaded together share most of theirs."""
    return signal_of(parse_yaml(content, name), known, examples=examples)


def _sound(signals: Mapping[str, Signal], errors: list[RuleError]) -> dict[str, Extent]:
    """The extent of every signal that does not lead back to itself, nor to one that did not load, nor unfolds without measure, so that
    evaluation always ends and its reasons can be shown."""
    sound: dict[str, Extent] = {}
    waiting = dict(signals)
    growing = True
    while growing:
        growing = False
        for name, signal in [(name, signal) for name, signal in waiting.items() if signals_in(signal.when) <= sound.keys()]:
            del waiting[name]
            growing = True
            size = extent(signal.when, sound)
            if _measured(size):
                sound[name] = size
            else:
                errors.append(signal.places["when"].error("too_involved", size=MAX_SIZE, depth=MAX_DEPTH))
    errors += [signal.places["when"].error("signal_cycle", name=name) for name, signal in waiting.items()]
    return sound


def _measured(size: Extent) -> bool:
    return size.size <= MAX_SIZE and size.depth <= MAX_DEPTH


def _rules(folder: Path, sizes: Mapping[str, Extent], sources: list[_Source], errors: list[RuleError], *, examples: bool) -> list[Rule]:
    rules: dict[str, Rule] = {}
    files = _sources(folder / "clauses", errors)
    sources += files
    for source in files:
        try:
            rule = clause_of(parse_yaml(source.content, source.name), sizes, examples=examples)
        except RuleError as error:
            errors.append(error)
            continue
        if rule.clause.id in rules:
            errors.append(rule.places["id"].error("duplicate_id", id=rule.clause.id, first=rules[rule.clause.id].places["id"].path))
            continue
        if not all(_measured(extent(expr, sizes)) for expr in rule.logic):
            errors.append(rule.places["id"].error("too_involved", size=MAX_SIZE, depth=MAX_DEPTH))
            continue
        rules[rule.clause.id] = rule
    return list(rules.values())


def _sources(folder: Path, errors: list[RuleError]) -> list[_Source]:
    if not folder.is_dir():
        return []
    files = sorted(entry for entry in folder.iterdir() if entry.suffix == ".yml")
    if len(files) > MAX_FILES:
        errors.append(Place(str(folder), 1, 1).error("too_many_files", limit=MAX_FILES))
        return []
    found: list[_Source] = []
    for file in files:
        try:
            found.append(_source(file))
        except RuleError as error:
            errors.append(error)
    return found


def shown_path(file: Path) -> str:
    """The path of a rule file as errors show it: shipped ones begin with `rules/`."""
    return str(file.relative_to(_shipped().parent) if file.is_relative_to(_shipped()) else file)


def _source(file: Path) -> _Source:
    return _Source(file.stem, shown_path(file), read_file(file, shown_path(file)))


def _digest(sources: Sequence[_Source]) -> str:
    """SHA-256 over name, length and bytes of each file, sorted by name; the name is folder and file, wherever the pack lies."""
    total = sha256()
    for name, content in sorted(("/".join(Path(source.name).parts[-2:]), source.content) for source in sources):
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _shipped() -> Path:
    return Path(str(rules_folder()))
