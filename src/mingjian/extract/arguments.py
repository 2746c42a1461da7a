"""What the argument of a call makes of it: which data it reaches, whether it counts at all, or that this cannot be told.

Values are in the grammar of `find` in `docs/boundary.md`."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from mingjian.extract import catalogue
from mingjian.extract.catalogue import RECEIVER, Api
from mingjian.extract.owner import class_name, in_platform
from mingjian.model.types import UNKNOWN

Value = Mapping[str, Any]

_DEPTH = 8
_MOST_WORDS = 8
_SHARED_ROOTS = ("/storage/emulated/0", "/storage/self/primary", "/mnt/sdcard")
_SHARED = ("/sdcard", *_SHARED_ROOTS)


@dataclass(frozen=True, slots=True)
class Reach:
    """One thing that a call does. `said` is the constant that decided it, for the reader."""

    data: str
    action: str
    certain: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class Constants:
    """The constants that a value may be; `whole` when it can be nothing else."""

    values: tuple[str | int, ...]
    whole: bool


def reached(row: Api, args: tuple[Value, ...], receiver: Value | None, package: str) -> tuple[Reach, ...]:
    """What a call of `row` with these arguments does; empty when it does not count."""
    if row.argument is None:
        return (Reach(row.data, row.action, row.certain),)
    at = row.argument.at
    value = (receiver or _NOTHING) if at == RECEIVER else (args[at] if at < len(args) else _NOTHING)
    return _TABLES[row.argument.table](row, value, package) if row.argument.table in _TABLES else _keyed(row, value)


def constants(value: Value, depth: int = 0) -> Constants:
    """The strings and numbers that a value may be, arrays and alternatives opened."""
    match value.get("k"):
        case "str" | "int" | "long":
            return Constants((value["v"],), True)
        case "array" | "any" if depth < _DEPTH:
            parts = [constants(part, depth + 1) for part in value["v"]]
            return Constants(tuple(each for part in parts for each in part.values), bool(parts) and all(part.whole for part in parts))
        case "null":
            return Constants((), True)
        case _:
            return Constants((), False)


def data_of_text(kind: str, text: str, package: str) -> tuple[str, str, str] | None:
    """Data, action and the row's id for a content URI, property, command or path as it stands in code; none when it does not count,
    as the folders of the app itself do not."""
    if kind == "shell_command":
        return _of_command(text, package)
    if kind == "file_path":
        if package in text.split("/"):
            return None
        for root in _SHARED_ROOTS:
            if text == root or text.startswith(root + "/"):
                text = "/sdcard" + text.removeprefix(root)
    rows = _rows(kind)
    row = rows.get(text)
    if row is None and kind in ("content_uri", "file_path"):
        known = max((each for each in rows if text.startswith(each.rstrip("/") + "/")), key=len, default=None)
        row = rows[known] if known else None
    return (row.data, row.action, row.id) if row else None


_NOTHING: Value = {"k": "?"}


def _unknown(row: Api) -> tuple[Reach, ...]:
    if row.argument is not None and row.argument.ignored_if_unknown:
        return ()
    return (Reach(UNKNOWN, row.action, False),)


def _keyed(row: Api, value: Value) -> tuple[Reach, ...]:
    assert row.argument is not None
    table = catalogue.arguments()[row.argument.table]
    found = constants(value)
    known = [_listed(row, table[key], str(key)) for key in found.values if key in table]
    return tuple(dict.fromkeys(known)) + (() if found.whole else _unknown(row))


def _listed(row: Api, entry: Any, said: str) -> Reach:
    if isinstance(entry, str):
        return Reach(entry, row.action, row.certain, said)
    return Reach(entry["data"], entry["action"], row.certain, said)


def _text(kind: str) -> Callable[[Api, Value, str], tuple[Reach, ...]]:
    def judge(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
        found = constants(value)
        words = [str(each) for each in found.values]
        if kind == "shell_command" and value.get("k") == "array":
            words = [" ".join(words)] if found.whole else []
        known = [(word, data_of_text(kind, word, package)) for word in words]
        return tuple(_from_text(row, hit, word) for word, hit in known if hit is not None and hit[1] in ("collect", "probe")) + (
            () if found.whole else _unknown(row)
        )

    return judge


def _from_text(row: Api, hit: tuple[str, str, str], word: str) -> Reach:
    data, action, id = hit
    return Reach(data, action, row.certain and catalogue.apis()[id].certain, word)


def _place(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
    """A path that is only named: what stands in storage that apps share may be about to be written."""
    return tuple(replace(each, certain=each.certain and not each.said.startswith(_SHARED)) for each in _TABLES["path"](row, value, package))


def _content_uri(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
    found: list[Reach] = []
    whole = True
    for source in _uris(value, 0):
        match source:
            case None:
                whole = False
            case str(text):
                hit = data_of_text("content_uri", text, package)
                if hit is not None:
                    found.append(_from_text(row, hit, text))
            case (str(data), str(said)):
                found.append(Reach(data, row.action, row.certain, said))
    return tuple(dict.fromkeys(found)) + (() if whole else _unknown(row))


def _uris(value: Value, depth: int) -> Iterator[str | tuple[str, str] | None]:
    """For each URI that a value may be: its text, or data and name of a known source, or none when it cannot be told."""
    kind = value.get("k")
    if depth > _DEPTH:
        yield None
    elif kind == "any":
        for part in value["v"]:
            yield from _uris(part, depth + 1)
    elif kind in ("field", "call"):
        member = re.split(r"[:(]", value["v"], maxsplit=1)[0]
        known = catalogue.arguments()["uri_sources"].get(member)
        inner = value.get("a") or []
        if known is not None:
            yield known, member
        elif member == "Landroid/net/Uri;->parse" and inner:
            text = constants(inner[0])
            yield from (str(each) for each in text.values)
            if not text.whole:
                yield None
        elif member in ("Landroid/net/Uri;->withAppendedPath", "Landroid/content/ContentUris;->withAppendedId") and inner:
            yield from _uris(inner[0], depth + 1)
        else:
            yield None
    elif kind != "null":
        yield None


def _other_package(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
    if value.get("k") == "any":
        return tuple(dict.fromkeys(each for part in value["v"] for each in _other_package(row, part, package)))
    if value.get("k") == "str":
        # Asking for one app by name probes for it; only a name that varies can make a list.
        return () if value["v"] == package else (Reach(row.data, "probe", row.certain, str(value["v"])),)
    if value.get("k") == "call" and _names_itself(value["v"]):
        return ()
    return (Reach(row.data, row.action, False),)


def _names_itself(member: str) -> bool:
    """Whether the call asks a context for the app's own name. Components, notices and statistics of other apps have a
    `getPackageName` as well; a class of the package itself is nearly always an activity or a service."""
    owner, _, rest = member.partition("->")
    return rest.startswith("getPackageName()") and (not in_platform(owner) or _is_context(class_name(owner)))


def _is_context(name: str) -> bool:
    return name == "android.content.Context" or any(_is_context(above) for above in catalogue.supers().get(name, ()))


def _other_app(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
    """An intent counts when the call that made it names another package."""
    if value.get("k") != "call" or not any(name in value["v"] for name in _NAMING):
        return ()
    names = [part["v"] for part in value.get("a", ()) if part.get("k") == "str"]
    return tuple(Reach(row.data, row.action, row.certain, name) for name in names[:1] if name != package)


_NAMING = ("->setPackage(", "->setClassName(Ljava/lang/String;", "->getLaunchIntentForPackage(")


def _sensor(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
    del package
    inner = value.get("a") or []
    if value.get("k") == "call" and "->getDefaultSensor(" in value["v"] and inner:
        return _keyed(row, inner[0])
    return (Reach(row.data, row.action, False),)


def _mask(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
    del package
    found = constants(value)
    bits = catalogue.arguments()["phone_state_mask"]
    data = [bits[bit] for each in found.values if isinstance(each, int) for bit in bits if each & bit]
    return tuple(Reach(each, row.action, row.certain) for each in dict.fromkeys(data)) + (() if found.whole else _unknown(row))


def _shared_storage(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
    del package
    if value.get("k") == "call" and "Landroid/os/Environment;->getExternalStorage" in value["v"]:
        return (Reach(row.data, row.action, row.certain),)
    return ()


def _consent(row: Api, value: Value, package: str) -> tuple[Reach, ...]:
    """Handing `false` to a consent switch is no consent."""
    del package
    found = constants(value)
    return () if found.whole and set(found.values) == {0} else (Reach(row.data, row.action, row.certain),)


def _of_command(text: str, package: str) -> tuple[str, str, str] | None:
    words = text.split()
    if len(words) > 2 and words[0].rpartition("/")[2] in ("sh", "su") and words[1] == "-c":
        words = words[2:]
    if not words:
        return None
    words[0] = words[0].rpartition("/")[2]
    if words[0] == "getprop" and len(words) > 1:
        return data_of_text("system_property", words[1], package)
    if words[0] == "cat" and len(words) > 1 and (hit := data_of_text("file_path", words[1], package)):
        return hit
    rows = _rows("shell_command")
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        row = rows.get(" ".join(words[:count]))
        if row is not None:
            return row.data, row.action, row.id
    return None


@cache
def _rows(kind: str) -> dict[str, Api]:
    return {row.signature: row for row in catalogue.apis().values() if row.kind == kind}


_TABLES: dict[str, Callable[[Api, Value, str], tuple[Reach, ...]]] = {
    "content_uri": _content_uri,
    "property": _text("system_property"),
    "command": _text("shell_command"),
    "path": _text("file_path"),
    "place": _place,
    "other_package": _other_package,
    "other_app_intent": _other_app,
    "sensor": _sensor,
    "phone_state_mask": _mask,
    "shared_storage": _shared_storage,
    "consent_flag": _consent,
}
"""How each table that is no plain list of keys judges a value. The code extractor judges `permissions`: it needs the whole array."""
