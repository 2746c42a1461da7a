"""What rows and columns of the tables are called."""

from functools import cache

from mingjian.console.figures.definitions import BETWEEN, Table, figures
from mingjian.extract import catalogue
from mingjian.judge import load, shipped_packs
from mingjian.model.printable import printable
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import named
from mingjian.model.texts import keys, say
from mingjian.model.types import Lang, Text
from mingjian.model.words import term_in_words


def half(name: str, lang: Lang) -> str:
    """A half-year in words: `2026H1`."""
    return say("console.figures.half", lang, year=name[:4], part=say(f"console.figures.half.{name[-1]}", lang))


def title(table: str, lang: Lang) -> str:
    """What a table is called."""
    return say(f"console.figures.table.{table}", lang)


def column(table: Table, name: str, lang: Lang) -> str:
    """What a column is called."""
    return say(f"console.figures.column.{shared(table)}.{name}", lang)


def what(table: Table, name: str, lang: Lang) -> str:
    """What a column counts, in one sentence."""
    return say(f"console.figures.what.{shared(table)}.{name}", lang)


def shared(table: Table) -> str:
    """Under which name the texts of a table's columns stand: groupings share theirs, and so do places of distributions."""
    if table.of:
        return "places"
    return "group" if "watched" in table.columns else table.name


def rows(table: Table, lang: Lang) -> str:
    """What the rows of a table are."""
    key = "days" if table.name == "rectification_spread" else table.rows
    return say(f"console.figures.row.{key}", lang)


def row(table: Table, name: str, lang: Lang) -> str:
    """What a row is called. Names that others gave are shown without characters that nobody sees."""
    if not name:
        return say("console.figures.unknown", lang) if table.rows else title(table.name, lang)
    match table.rows:
        case "clause":
            known = _clauses().get(name)
            return f"{name.rpartition('/')[2]} {known.of(lang)}" if known else printable(name)
        case "permission" | "data":
            return printable(term_in_words("data", name, lang))
        case "category":
            return named("categories", name, lang)
        case "category_permission":
            category, _, permission = name.partition(BETWEEN)
            shown = named("categories", category, lang) if category else say("console.figures.unknown", lang)
            return say("console.figures.pair", lang, category=shown, permission=printable(term_in_words("data", permission, lang)))
        case "sdk":
            return printable(term_in_words("actor", name, lang, _sdks()))
        case "behaviour":
            known = _behaviours().get(name)
            return known.of(lang) if known else printable(name)
        case "downloads":
            return _downloads(name, lang)
        case "state":
            key = f"console.states.state.{name}"
            return say(key, lang) if key in keys() else printable(name)
    return printable(name)


def in_order(table: Table, names: list[str]) -> list[str]:
    """Rows as a reader looks for them: numbers and classes rising, clauses in the order of the law, others as they were counted."""
    match table.rows:
        case "number" | "downloads":
            return sorted(names, key=lambda name: int(name) if name.isdigit() else -1)
        case "clause":
            order = {id: place for place, id in enumerate(_clauses())}
            return sorted(names, key=lambda name: (order.get(name, len(order)), name))
    return names


def _downloads(name: str, lang: Lang) -> str:
    classes = [str(least) for least in figures().download_classes]
    if name not in classes:
        return printable(name)
    above = classes[classes.index(name) + 1 :]
    if above:
        return say("console.figures.downloads_between", lang, least=f"{int(name):,}", below=f"{int(above[0]):,}")
    return say("console.figures.downloads_from", lang, least=f"{int(name):,}")


@cache
def _clauses() -> dict[str, Text]:
    return {clause.id: clause.title for pack in shipped_packs() for clause in load(pack, examples=False).clauses}


@cache
def _sdks() -> dict[str, Text]:
    return {f"sdk.{id}": sdk.name for id, sdk in catalogue.sdks().items()}


@cache
def _behaviours() -> dict[str, Text]:
    return {id: Text(row["zh"], row["en"]) for id, row in read_yaml(rules_folder() / "enforcement" / "abnormal.yml").items()}
