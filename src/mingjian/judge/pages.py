"""The manual of packs: one Markdown page for every clause in each language, an index of each pack and of all. The rule is its own
documentation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from mingjian.judge.crosswalk import Link, Shared, links_of, shared_signals
from mingjian.judge.expr import Expr, Holds, parts_of
from mingjian.judge.labels import label
from mingjian.judge.rule import Example, Pack, Rule
from mingjian.model.citations import place_in_words
from mingjian.model.instruments import instruments
from mingjian.model.line import format_line
from mingjian.model.texts import in_both, say
from mingjian.model.types import Lang
from mingjian.model.words import Names, channel_in_words, label_in_words, missing_in_words, observation_in_words

LANGS: tuple[Lang, ...] = get_args(Lang)


def pages(pack: Pack, packs: Sequence[Pack] = ()) -> dict[str, str]:
    """Every page by its path below the folder of pages: `zh/cac-2019/3.1.md`, `zh/cac-2019/index.md`, and the same in English. A page names
    the clauses of `packs` that rest on the same facts."""
    links = links_of(Path(pack.folder))
    found: dict[str, str] = {}
    for lang in LANGS:
        folder = f"{lang}/{pack.id}"
        found[f"{folder}/index.md"] = _index(pack, lang)
        for rule in pack.rules:
            found[f"{folder}/{_number(rule)}.md"] = page(pack, rule, lang, packs, links.get(rule.clause.id, ()))
    return found


def contents(packs: Sequence[Pack]) -> dict[str, str]:
    """The index of all packs in each language: `zh/index.md`."""
    return {f"{lang}/index.md": _contents(packs, lang) for lang in LANGS}


def write_contents(packs: Sequence[Pack], folder: Path, check: bool = False) -> tuple[str, ...]:
    """Brings the index of all packs up to date, or only looks when `check`; the paths that were missing or different."""
    there = {name: folder / name for name in contents(packs) if (folder / name).is_file()}
    return _written(contents(packs), there, folder, check)


def write_pages(pack: Pack, folder: Path, check: bool = False, packs: Sequence[Pack] = ()) -> tuple[str, ...]:
    """Brings the pages below `folder` up to date, or only looks when `check`; the paths that were missing, different or left over."""
    there = {str(file.relative_to(folder)): file for lang in LANGS for file in (folder / lang / pack.id).glob("*.md")}
    return _written(pages(pack, packs), there, folder, check)


def _written(wanted: Mapping[str, str], there: Mapping[str, Path], folder: Path, check: bool) -> tuple[str, ...]:
    changed = [name for name, text in wanted.items() if name not in there or there[name].read_text(encoding="utf-8") != text]
    stale = [name for name in there if name not in wanted]
    if not check:
        for name in changed:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(wanted[name], encoding="utf-8")
        for name in stale:
            there[name].unlink()
    return tuple(sorted(changed + stale))


def _contents(packs: Sequence[Pack], lang: str) -> str:
    heads = [
        say(f"page.{name}", lang)
        for name in ("pack", "nature", "instrument_status", "clauses", "stable", "answered", "held_back", "unshown")
    ]
    lines = [f"# {say('page.contents', lang)}", "", _row(heads), _row(["---"] * len(heads))]
    for pack in packs:
        known = instruments().get(pack.instrument)
        status = known.status.of(lang) if known else ""
        name = f"[{pack.title.of(lang)}]({pack.id}/index.md)"
        lines.append(_row([name, say(f"nature.{pack.nature}", lang), status, *map(str, _counts(pack))]))
    return _text([*lines, "", say("page.about_stable", lang)])


def _counts(pack: Pack) -> tuple[int, int, int, int, int]:
    """How many clauses there are, are stable, are so by a person's answers alone, are held back by a cap, and are shown by no case."""
    stable = sum(clause.status == "stable" for clause in pack.clauses)
    answered = sum(clause.status == "stable" and clause.needs == ("review",) for clause in pack.clauses)
    capped = sum(clause.status != "stable" and pack.cap(clause) is not None for clause in pack.clauses)
    return len(pack.clauses), stable, answered, capped, len(pack.clauses) - stable - capped


def _index(pack: Pack, lang: str) -> str:
    heads = [say(f"page.{name}", lang) for name in ("number", "title", "severity", "status", "needs")]
    lines = [f"# {pack.title.of(lang)}", "", *_of_instrument(pack, lang), "", _row(heads), _row(["---"] * len(heads))]
    for rule in pack.rules:
        clause = rule.clause
        needs = say("list.and", lang).join(channel_in_words(name, lang) for name in clause.needs)
        lines.append(
            _row(
                [
                    f"[{_number(rule)}]({_number(rule)}.md)",
                    clause.title.of(lang),
                    say(f"severity.{clause.severity}", lang),
                    say(f"page.status.{clause.status}", lang),
                    needs,
                ]
            )
        )
    return _text(lines)


def _of_instrument(pack: Pack, lang: str) -> list[str]:
    """What the instrument is, who issued it and when, and whether it is in force."""
    known = instruments().get(pack.instrument)
    lines = [say("page.nature_is", lang, nature=say(f"nature.{pack.nature}", lang))]
    if known:
        lines.append(say("page.issued", lang, name=known.name, issuer=known.issuer, date=known.date, status=known.status))
    return ["  \n".join(lines)]


def page(pack: Pack, rule: Rule, lang: str, packs: Sequence[Pack] = (), links: Sequence[Link] = ()) -> str:
    """The page of one clause, as Markdown, with the clauses of other `packs` that rest on the same facts, and its crosswalk's pointers."""
    clause, cites, cap = rule.clause, rule.clause.cites, pack.cap(rule.clause)
    lines = [
        f"# {_number(rule)} {clause.title.of(lang)}",
        "",
        say("page.law", lang, title=pack.title.of(lang), place=place_in_words(cites, lang)),
        say(f"page.confidence.{cites.confidence}", lang),
        *([say("page.label", lang, label=clause.label)] if clause.label else []),
        *([say("page.capped", lang, why=in_both(f"capped.{cap}"))] if cap else []),
        "",
        say("page.facts", lang, severity=say(f"severity.{clause.severity}", lang), status=say(f"page.status.{clause.status}", lang)),
        *_section("page.message", [clause.message.of(lang)], lang),
        *_section("page.remedy", [clause.remedy.of(lang)], lang),
        *_section("page.needed", [_channel(name, lang) for name in clause.needs], lang),
        *_section("page.helpful", [_channel(name, lang) for name in clause.helps], lang),
        *_section("page.checklist", [f"- `{question.id}` {question.text.of(lang)}" for question in clause.checklist], lang),
    ]
    names = _names(rule, pack)
    logic = (("applies if", rule.applies_if), ("violated if", rule.violated_if), ("suspected if", rule.suspected_if))
    words: list[str] = []
    for name, expr in logic:
        if expr is not None:
            words += [f"- **{label_in_words(name, lang)}**", *_logic(expr, pack, names, lang, 1)]
    lines += _section("page.logic", words, lang)
    shown = [line for number, example in enumerate(rule.examples, 1) for line in _example(number, example, names, lang)]
    lines += _section("page.examples", shown, lang)
    lines += _section("page.same_facts", [line for each in shared_signals(rule, pack, packs) for line in _shared(each, pack, lang)], lang)
    return _text([*lines, *_section("page.crosswalk", [_link(link, lang) for link in links], lang)])


def _shared(shared: Shared, pack: Pack, lang: str) -> list[str]:
    """A signal, and below it the clauses of other packs that rest on it, too."""
    lines = [f"- {pack.signals[shared.signal].title.of(lang)}"]
    for clause in shared.clauses:
        other, _, number = clause.id.rpartition("/")
        lines.append(f"  - [{clause.id}](../{other}/{number}.md) {clause.title.of(lang)}")
    return lines


def _link(link: Link, lang: str) -> str:
    known = instruments().get(link.instrument)
    name = known.name.of(lang) if known else link.instrument
    known_as, linked = say(f"page.confidence.{link.confidence}", lang), say(f"page.linked.{link.linked}", lang)
    return f"- {name} {link.ref} (`{link.rule}`). {known_as} {linked}"


def _names(rule: Rule, pack: Pack) -> Names:
    """What the words call the questions of a clause and the signals of its pack."""
    questions = {f"attest.{question.id}": question.text for question in rule.clause.checklist}
    return {**questions, **{f"signal.{name}": signal.title for name, signal in pack.signals.items()}}


def _logic(expr: Expr, pack: Pack, names: Names, lang: str, depth: int) -> list[str]:
    lines = [f"{'  ' * depth}- {label_in_words(label(expr, {}), lang, names)}"]
    below = (pack.signals[expr.signal].when,) if isinstance(expr, Holds) else parts_of(expr)
    return lines + [line for part in below for line in _logic(part, pack, names, lang, depth + 1)]


def _example(number: int, example: Example, names: Names, lang: str) -> list[str]:
    expected = say(f"verdict.{example.expect}", lang)
    name = example.name if lang == "en" else ""
    covered = say("list.and", lang).join(channel_in_words(channel, lang) for channel in example.covered) or say("page.nothing", lang)
    lines = [f"- **{number}. {expected}** {name}".rstrip(), f"  - {say('page.covered', lang, what=covered)}"]
    return lines + [f"  - {observation_in_words(each, lang, names)}  \n    `{format_line(each)}`" for each in example.given]


def _channel(name: str, lang: str) -> str:
    return say("page.channel", lang, channel=channel_in_words(name, lang), id=name, how=missing_in_words(name, lang))


def _section(key: str, lines: list[str], lang: str) -> list[str]:
    return ["", f"## {say(key, lang)}", "", *lines] if lines else []


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _number(rule: Rule) -> str:
    return rule.clause.id.rpartition("/")[2]


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
