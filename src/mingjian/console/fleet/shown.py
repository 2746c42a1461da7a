"""An answer of the lake as a page shows it: cells in words, and where each leads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from mingjian.console.access import may_open
from mingjian.console.accounts.models import User
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App
from mingjian.lake.questions.asked import definitions
from mingjian.lake.written import in_words
from mingjian.model.printable import printable
from mingjian.model.terms import named, vocabulary
from mingjian.model.texts import say
from mingjian.model.types import Lang
from mingjian.model.words import term_in_words

Row = Mapping[str, Any]

_DIGITS = 12
"""Of a digest on a page."""
_APPS = ("period", "category", "store")
_COUNTED = ("named", "perhaps", "not_named", "part_read", "unread", "no_policy")
_HIDDEN = {"carriers": {"sdk"}}
_UNDER = ("package", "version", "operator")
"""What is told of an app under its name."""
_NAMED = {"app", "label", "version", "operator"}
"""Columns that an app's own cell takes in."""
_VERBS = {
    "carriers": "exposure",
    "members": "clusters",
    "ignored_keys": "clusters --ignored",
    "trend_apps": "trend",
    "sampled_apps": "estimate --apps",
}
_OPTIONS = {"purpose": "for", "earlier": "since"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in words; `address` leads to what is behind it, empty where nothing is; `items` are several values, `under` is below."""

    text: str
    number: bool = False
    address: str = ""
    items: tuple[str, ...] = ()
    under: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the console has of a row's app: the page of the app, whether that very package was inspected, and where an inspection of it is
    begun."""

    app: str = ""
    same: bool = False
    begin: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as a table. `facts` tell of the whole, `command` gives the same answer on the command line."""

    question: str
    digest: str
    facts: tuple[tuple[str, str], ...]
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[Cell, ...], Known | None], ...]
    first: int
    last: int
    total: int
    command: str
    note: str

    @property
    def told_of_console(self) -> bool:
        """Whether the rows are apps, of which the console may know more."""
        return any(known for _, known in self.rows)


def shown(told: Mapping[str, Any], given: Mapping[str, Any], user: User, lang: Lang) -> Shown:
    """A document of an answer, as a reader sees it."""
    question, rows = told["question"], told["rows"]
    columns = _columns(question, rows[0]) if rows else []
    known = _known(rows, told.get("packages", {}), user) if columns and "package" in columns else [None] * len(rows)
    cells = [tuple(_cell(question, name, row, given, lang) for name in columns) for row in rows]
    heads = [(_head(name, lang), place.number) for name, place in zip(columns, cells[0], strict=True)] if cells else []
    return Shown(
        question,
        told["lake"],
        tuple(_facts(told, lang)),
        tuple(heads),
        tuple(zip(cells, known, strict=True)),
        told["offset"] + 1 if rows else 0,
        told["offset"] + len(rows),
        told["total"],
        command(question, {**given, "period": told["parameters"]["period"]}, str(settings.LAKE)),
        say(f"lake.ask.note.{question}", lang),
    )


def command(question: str, given: Mapping[str, Any], folder: str) -> str:
    """The command that asks the same of the lake in a folder."""
    words = [f"mingjian lake ask {_VERBS.get(question, question)} --lake {quote(folder)}"]
    for name, value in given.items():
        option = f"--{_OPTIONS.get(name, name).replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value not in (None, False, "") and name not in ("limit", "offset"):
            words.append(f"{option} {quote(printable(str(value)))}")
    return " ".join(words)


def _facts(told: Mapping[str, Any], lang: Lang) -> Iterator[tuple[str, str]]:
    for name, value in told["summary"].items():
        counted = len(value) if isinstance(value, list) else value
        yield say(f"lake.ask.column.{name}", lang), printable(str(told_in_words(told["question"], name, counted, told["parameters"], lang)))


def _columns(question: str, row: Row) -> list[str]:
    """The columns of a page: an app's own cell tells what it is called, by whom it is, and in which version."""
    hidden = _HIDDEN.get(question, set()) | (_NAMED if "package" in row else set())
    return [name for name in row if name not in hidden]


def _head(name: str, lang: Lang) -> str:
    return say("console.inspections.app" if name == "package" else f"lake.ask.column.{name}", lang)


def _cell(question: str, name: str, row: Row, given: Mapping[str, Any], lang: Lang) -> Cell:
    value = row[name]
    if name == "package":
        below = _UNDER if row.get("label") else _UNDER[1:]
        under = " · ".join(printable(str(row[each])) for each in below if row.get(each))
        return Cell(printable(row.get("label") or row["package"]), under=under)
    if isinstance(value, list):
        items = tuple(_evidence(each, lang) if isinstance(each, Mapping) else printable(str(each)) for each in value)
        return Cell("; ".join(items), items=items)
    told = printable(str(told_in_words(question, name, value, given, lang)))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Cell(told, number, _leads(question, name, row, given) if value is not None else "")


def told_in_words(question: str, name: str, value: Any, given: Mapping[str, Any], lang: Lang) -> Any:
    """A value of an answer as a reader sees it: terms by their names, digests by their beginning, thousands apart."""
    match name:
        case "category" if value in vocabulary("categories"):
            return named("categories", value, lang)
        case "sdk" if value:
            return term_in_words("by", value, lang)
        case "name" if question in ("trend", "trend_apps") and given.get("of") in ("permission", "sdk"):
            return term_in_words("data" if given["of"] == "permission" else "by", value, lang)
        case "report" | "earlier_report" | "later_report" if value:
            return value[:_DIGITS]
        case "signer" if value:
            return value[:_DIGITS]
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return in_words(name, value, lang)


def _evidence(key: Row, lang: Lang) -> str:
    """What apps share, in words."""
    kind = say(f"lake.ask.kind.{key['kind']}", lang)
    return printable(say("console.lake.evidence", lang, kind=kind, what=key["key"], apps=key["apps"]))


def _leads(question: str, name: str, row: Row, given: Mapping[str, Any]) -> str:
    """The address of what is behind a cell."""
    if name in ("report", "earlier_report", "later_report"):
        return reverse("lake:report", args=[row[name]])
    apps = {key: given[key] for key in _APPS if given.get(key)}
    match question, name:
        case "exposure", "sdk" | "apps":
            return _address("carriers", apps | {"sdk": row["sdk"]})
        case "exposure", _ if name in _COUNTED and row[name]:
            return _address("carriers", apps | {"sdk": row["sdk"], "told": name})
        case "clusters", "cluster":
            return _address("members", apps | {"cluster": row["cluster"]})
        case "trend", "name":
            return _address("trend_apps", apps | {each: given[each] for each in ("of", "earlier", "verdict")} | {"name": row["name"]})
    return ""


def _address(question: str, given: Mapping[str, Any]) -> str:
    return f"{reverse('lake:question', args=[question])}?{urlencode(given)}"


def _known(rows: list[Row], packages: Mapping[str, str], user: User) -> list[Known | None]:
    """What the console has of the apps of these rows, in two queries. That of one package's digest is the same app; of one that only has
    its name nobody knows."""
    digests = {packages.get(row.get("report") or "", "") for row in rows} - {""}
    inspected = Inspection.objects.visible_to(user).filter(package_sha256__in=digests, app__isnull=False)
    by_digest = dict(inspected.values_list("package_sha256", "app"))
    by_name = dict(App.objects.visible_to(user).filter(package__in={row["package"] for row in rows}).values_list("package", "pk"))
    may_begin = may_open(user, "inspections:new")
    found: list[Known | None] = []
    for row in rows:
        same = by_digest.get(packages.get(row.get("report") or "", ""))
        app = same or by_name.get(row["package"])
        about = {name: row.get(name) for name in ("category", "operator", "store", "downloads")}
        begin = f"{reverse('inspections:new')}?{urlencode({name: value for name, value in about.items() if value is not None})}"
        found.append(Known(reverse("apps:detail", args=[app]) if app else "", same is not None, begin if may_begin else ""))
    return found


def weights() -> Mapping[str, Any]:
    """The weights of the ranking with their reasons."""
    told: Mapping[str, Any] = definitions()["ranking"]
    return told
