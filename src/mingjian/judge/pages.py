"""The manual of a pack: one Markdown page for every clause in each language, and an index. The rule is its own documentation."""

from pathlib import Path
from typing import get_args

from mingjian.judge.expr import Expr, Holds, parts_of
from mingjian.judge.labels import label
from mingjian.judge.rule import Example, Pack, Rule
from mingjian.model.citations import place_in_words
from mingjian.model.line import format_line
from mingjian.model.texts import say
from mingjian.model.types import Lang
from mingjian.model.words import Names, channel_in_words, label_in_words, missing_in_words, observation_in_words

LANGS: tuple[Lang, ...] = get_args(Lang)


def pages(pack: Pack) -> dict[str, str]:
    """Every page by its path below the folder of pages: `zh/cac-2019/3.1.md`, `zh/cac-2019/index.md`, and the same in English."""
    found: dict[str, str] = {}
    for lang in LANGS:
        folder = f"{lang}/{pack.id}"
        found[f"{folder}/index.md"] = _index(pack, lang)
        for rule in pack.rules:
            found[f"{folder}/{_number(rule)}.md"] = page(pack, rule, lang)
    return found


def write_pages(pack: Pack, folder: Path, check: bool = False) -> tuple[str, ...]:
    """Brings the pages below `folder` up to date, or only looks when `check`; the paths that were missing, different or left over."""
    wanted = pages(pack)
    there = {str(file.relative_to(folder)): file for lang in LANGS for file in (folder / lang / pack.id).glob("*.md")}
    changed = [name for name, text in wanted.items() if name not in there or there[name].read_text(encoding="utf-8") != text]
    stale = [name for name in there if name not in wanted]
    if not check:
        for name in changed:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(wanted[name], encoding="utf-8")
        for name in stale:
            there[name].unlink()
    return tuple(sorted(changed + stale))


def _index(pack: Pack, lang: str) -> str:
    heads = [say(f"page.{name}", lang) for name in ("number", "title", "severity", "status", "needs")]
    lines = [f"# {pack.title.of(lang)}", "", _row(heads), _row(["---"] * len(heads))]
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


def page(pack: Pack, rule: Rule, lang: str) -> str:
    """The page of one clause, as Markdown."""
    clause, cites = rule.clause, rule.clause.cites
    lines = [
        f"# {_number(rule)} {clause.title.of(lang)}",
        "",
        say("page.law", lang, title=pack.title.of(lang), place=place_in_words(cites, lang)),
        say(f"page.confidence.{cites.confidence}", lang),
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
    return _text([*lines, *_section("page.examples", shown, lang)])


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
