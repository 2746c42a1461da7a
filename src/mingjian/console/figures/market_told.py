"""The part of the report that rests on the lake: tables in words, for the document and for spreadsheets."""

from collections.abc import Iterator, Mapping
from typing import Any

from mingjian.console.figures.definitions import figures
from mingjian.console.figures.market import Market
from mingjian.console.fleet.shown import command, told_in_words
from mingjian.console.printing.blocks import Block, Fields, Heading, Items, Note, Paragraph
from mingjian.console.printing.blocks import Table as Printed
from mingjian.console.printing.sheets import Sheet
from mingjian.model.printable import printable
from mingjian.model.terms import named
from mingjian.model.texts import say
from mingjian.model.types import Lang

Answer = Mapping[str, Any]

_FOLDER = "LAKE"
"""What stands for the lake's folder in a command that everybody reads."""
_UNKNOWN = ("perhaps", "part_read", "unread", "no_policy")


def blocks(market: Market, lang: Lang) -> Iterator[Block]:
    """The section of the report."""
    yield Heading(_say("heading", lang))
    if not market:
        yield Paragraph(_say("not_set", lang))
        return
    if "wrong" in market:
        yield Paragraph(_say("wrong", lang, why=_why(market["wrong"], lang)))
        return
    yield Paragraph(_say("lead", lang))
    yield Fields(((say("console.lake.digest", lang), market["lake"]),))
    answers = {answer["name"]: answer for answer in market["answers"]}
    yield from tables(market, lang)
    for answer in market["answers"]:
        if "wrong" in answer:
            yield Paragraph(_say("no_answer", lang, what=_title(answer, lang), why=_why(answer["wrong"], lang)))
    yield Heading(_say("limits", lang), 2)
    yield Items((_say("names", lang), *dict.fromkeys(say(f"lake.ask.note.{each['question']}", lang) for each in answers.values())))
    yield Note(_say("again", lang) + "\n" + "\n".join(_command(answer) for answer in market["answers"]))


def tables(market: Market, lang: Lang) -> Iterator[Printed]:
    """Every table of the section that has rows."""
    answers = {answer["name"]: answer for answer in market.get("answers", ()) if "wrong" not in answer}
    made = [_ranking(answers, lang)]
    made += [_exposure(answers["exposure"], lang)] if "exposure" in answers else []
    made += [_clusters(answers["clusters"], lang)] if "clusters" in answers else []
    made += [_trend(answers[name], lang) for name in ("trend_clause", "trend_permission", "trend_sdk") if name in answers]
    made.append(_estimates([answer for answer in answers.values() if answer["question"] == "estimate"], lang))
    yield from (table for table in made if table.rows)


def sheets(market: Market, lang: Lang) -> Iterator[Sheet]:
    """The tables for a spreadsheet, as they are read."""
    for table in tables(market, lang):
        yield Sheet(table.caption, table.columns, table.rows)


def _ranking(answers: Mapping[str, Answer], lang: Lang) -> Printed:
    test, act = (answers.get(f"ranking_{purpose}", {}) for purpose in ("test", "act"))
    by_type = {purpose: dict(map(tuple, answer.get("types", ()))) for purpose, answer in (("test", test), ("act", act))}
    types = sorted(
        {*by_type["test"], *by_type["act"]}, key=lambda each: (-by_type["test"].get(each, 0), -by_type["act"].get(each, 0), each)
    )
    rows = [
        (
            named("categories", type_, lang) if type_ else _say("no_type", lang),
            *(str(by_type[name].get(type_, 0)) for name in ("test", "act")),
        )
        for type_ in types
    ]
    rows += [(_say("ranked", lang), *(f"{answer['summary']['ranked']:,}" if answer else "–" for answer in (test, act)))] if rows else []
    heads = (_say("type", lang), *(_say(f"first_to_{name}", lang, n=figures().market["ranked"]) for name in ("test", "act")))
    return Printed(heads, tuple(rows), widths=(3, 2, 2), caption=_title({"question": "ranking"}, lang))


def _exposure(answer: Answer, lang: Lang) -> Printed:
    heads = (
        *(say(f"lake.ask.column.{name}", lang) for name in ("sdk", "apps", "named", "not_named")),
        _say("unknown", lang),
        _say("share", lang),
    )
    rows = (
        (
            *(_word(answer, name, row, lang) for name in ("sdk", "apps", "named", "not_named")),
            f"{sum(row[name] for name in _UNKNOWN):,}",
            _interval(row["share_named"], row["low"], row["high"]),
        )
        for row in answer["rows"]
    )
    return Printed(heads, tuple(rows), widths=(4, 2, 2, 2, 2, 4), caption=_title(answer, lang))


def _clusters(answer: Answer, lang: Lang) -> Printed:
    names = ("cluster", "apps", "operators", "violating_apps")
    heads = (*(say(f"lake.ask.column.{name}", lang) for name in names), say("lake.ask.column.evidence", lang))
    between = _say("between", lang)
    rows = (
        (*(_word(answer, name, row, lang) for name in names), between.join(say(f"lake.ask.kind.{kind}", lang) for kind in row["kinds"]))
        for row in answer["rows"]
    )
    return Printed(heads, tuple(rows), widths=(4, 2, 2, 2, 4), caption=_title(answer, lang))


def _trend(answer: Answer, lang: Lang) -> Printed:
    names = ("name", "earlier_share", "later_share", "change", "judgement", "paired_judgement")
    heads = tuple(say(f"lake.ask.column.{name}", lang) for name in names)
    rows = (
        (
            _word(answer, "name", row, lang),
            _over(row, "earlier"),
            _over(row, "later"),
            _interval(row["change"], row["change_low"], row["change_high"]),
            _word(answer, "judgement", row, lang),
            _word(answer, "paired_judgement", row, lang),
        )
        for row in answer["rows"]
    )
    caption = _say(f"trend_{answer['given']['of']}", lang, earlier=answer["given"]["earlier"], later=answer["parameters"]["period"])
    return Printed(heads, tuple(rows), widths=(4, 4, 4, 4, 2, 2), caption=caption)


def _estimates(answers: list[Answer], lang: Lang) -> Printed:
    names = ("population", "drawn", "answered")
    heads = (
        say("console.lake.clause", lang),
        *(say(f"lake.ask.column.{name}", lang) for name in (*names, "share", "confidence")),
        _say("possible", lang),
    )
    rows = (
        (
            printable(answer["plan"]["clause"]),
            *(_word(answer, name, answer["summary"], lang) for name in names),
            _interval(*(answer["summary"][name] for name in ("share", "low", "high"))),
            f"{answer['plan']['confidence']:.0%}",
            _between(answer["summary"]["least"], answer["summary"]["most"]),
        )
        for answer in answers
    )
    return Printed(heads, tuple(rows), widths=(3, 2, 2, 2, 4, 2, 3), caption=_title({"question": "estimate"}, lang))


def _over(row: Mapping[str, Any], side: str) -> str:
    """A share with what it is told over and its interval."""
    share = _interval(row[f"{side}_share"], row[f"{side}_low"], row[f"{side}_high"])
    return f"{row[f'{side}_apps']:,} / {row[f'{side}_base']:,} {share}"


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}" if low is None or high is None else f"{value:.1%} [{_between(low, high)}]"


def _between(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.1%} – {high:.1%}"


def _word(answer: Answer, name: str, row: Mapping[str, Any], lang: Lang) -> str:
    return printable(str(told_in_words(answer["question"], name, row[name], answer["given"], lang)))


def _command(answer: Answer) -> str:
    plan = {"plan": f"{answer['plan']['plan']}.csv"} if answer.get("plan") else {}
    return printable(command(answer["question"], dict(sorted({**answer["given"], **plan}.items())), _FOLDER))


def _title(answer: Answer, lang: Lang) -> str:
    return say(f"console.lake.title.{answer['question']}", lang)


def _why(wrong: Mapping[str, Any], lang: Lang) -> str:
    return say(wrong["key"], lang, **{"path": _FOLDER, **{name: printable(str(value)) for name, value in wrong["values"].items()}})


def _say(key: str, lang: Lang, **values: object) -> str:
    return say(f"console.figures.market.{key}", lang, **values)
