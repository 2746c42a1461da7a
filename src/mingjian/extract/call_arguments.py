"""What a recorded call does: its row of the catalogue, decided by the arguments that were recorded, as `arguments` decides it for code."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mingjian.extract import catalogue
from mingjian.extract.arguments import Reach, Value, data_of_text, reached
from mingjian.extract.catalogue import RECEIVER, Api
from mingjian.extract.hooks import Watched, parameters_of
from mingjian.extract.places import reach_of_path
from mingjian.model.shipped import catalog
from mingjian.model.types import UNKNOWN

_MOST_ITEMS = 256
_LONGEST = 8192

_ANY: Value = {"k": "?"}
_USER = re.compile(r"content://\d{1,6}@")
_SETTING = re.compile(r"content://settings/(secure|system|global)/([\w.-]{1,100})")
_WORD = re.compile(r"[A-Za-z][\w.]*")
_TARGET = re.compile(r"(?:\bcmp=|\bpkg=|\bcomponent=|\bpackage=|\bComponentInfo\{)([A-Za-z]\w{0,100}(?:\.\w{1,100}){1,20})")
_NAMED = re.compile(r"([A-Za-z]\w{0,100}(?:\.\w{1,100}){1,20})(?:/[\w.$]{1,400})?")
_SENSOR = re.compile(r"\btype\s*[=:]\s*(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a call does. `data` is none where the act is about none; `actor` is set where another than the caller acts; `groups`
    is how many groups of permissions one request names."""

    action: str
    data: str | None
    certain: bool
    actor: str | None = None
    groups: int | None = None


def acts_of_call(watched: Watched, args: tuple[str | None, ...] | None, package: str) -> tuple[Act, ...]:
    """What an intercepted call does, given the arguments that were recorded (none: not recorded); empty when it does not count. The
    receiver, where it decides, stands before all arguments."""
    row = watched.row
    said = _said(row, args)
    if row.action == "ask":
        if said is None and row.argument is not None and row.argument.ignored_if_unknown:
            return ()
        return tuple(_asked(said, watched.certain and row.certain))
    theirs = row.starts or row.switch
    actor = f"sdk.{theirs}" if theirs else None
    return tuple(
        Act(reach.action, reach.data if reach.action in _ABOUT_DATA else None, watched.certain and reach.certain, actor)
        for reach in _reaches(row, said, package)
    )


def acts_of_text(kind: str, text: str | None, package: str) -> tuple[Act, ...]:
    """What a function of the C library does that reaches a text, such as a system property, by its name."""
    hit = data_of_text(kind, text, package) if text else None
    if hit is None or hit[1] not in _ABOUT_DATA:
        return ()
    return (Act(hit[1], hit[0], catalogue.apis()[hit[2]].certain),)


_ABOUT_DATA = ("collect", "probe")


def _said(row: Api, args: tuple[str | None, ...] | None) -> str | None:
    """The argument that decides, as it was recorded."""
    if row.argument is None or args is None:
        return None
    at = row.argument.at
    parameters = parameters_of(row.signature)
    # Whoever reports the receiver puts it before the arguments; whoever reports texts alone leaves out objects, which stand before them.
    shift = 0 if parameters is None else len(args) - len(parameters)
    place = 0 if at == RECEIVER else at + shift if shift == 1 or at >= len(args) else at
    if (at == RECEIVER and shift != 1) or not 0 <= place < len(args):
        return None
    said = args[place]
    return None if said is None else said[:_LONGEST]


def _reaches(row: Api, said: str | None, package: str) -> tuple[Reach, ...]:
    if row.argument is None:
        return reached(row, (), None, package)
    table = row.argument.table
    if said is not None:
        if table in ("path", "shared_storage"):
            found = reach_of_path(said, "list" if table == "shared_storage" else "read", package)
            return () if found is None else (found,)
        if table == "other_app_intent":
            return tuple(_started(row, said, package))
        if table == "content_uri" and (setting := _SETTING.match(_USER.sub("content://", said))):
            return _of_setting(row, setting.group(1), setting.group(2))
    value = _ANY if said is None else _VALUES.get(table, _text)(said)
    args = (*[_ANY] * max(row.argument.at, 0), value)
    return reached(row, args, value, package)


def _text(said: str) -> Value:
    return {"k": "str", "v": said}


def _number(said: str) -> Value:
    try:
        return {"k": "int", "v": int(said.strip(), 0)}
    except ValueError:
        return _ANY


def _flag(said: str) -> Value:
    return {"k": "int", "v": {"true": 1, "false": 0, "1": 1, "0": 0}[said.lower()]} if said.lower() in ("true", "false", "1", "0") else _ANY


def _uri(said: str) -> Value:
    text = re.split(r"[?#]", _USER.sub("content://", said), maxsplit=1)[0]
    return {"k": "call", "v": "Landroid/net/Uri;->parse(Ljava/lang/String;)", "a": [_text(text)]}


def _command(said: str) -> Value:
    return _text(" ".join(_items_of(said)) if said.startswith("[") else said)


def _sensor(said: str) -> Value:
    found = _SENSOR.search(said)
    return {"k": "call", "v": "Landroid/hardware/SensorManager;->getDefaultSensor(I)", "a": [_number(found.group(1) if found else said)]}


_VALUES: dict[str, Callable[[str], Value]] = {
    "content_uri": _uri,
    "command": _command,
    "sensor": _sensor,
    "sensor_type": _number,
    "phone_state_mask": _number,
    "consent_flag": _flag,
}
"""How the text of a recorded argument becomes the value that its table judges; any other table takes it as it is."""


def _of_setting(row: Api, table: str, key: str) -> tuple[Reach, ...]:
    """A setting that is read by its URI is the setting."""
    entry = catalogue.arguments()[f"settings_{table}"].get(key)
    if entry is None:
        return ()
    data, action = (entry, row.action) if isinstance(entry, str) else (entry["data"], entry["action"])
    return (Reach(data, action, row.certain, key),)


def _started(row: Api, said: str, package: str) -> Iterator[Reach]:
    """Which other app an intent names; what belongs to the system is no other app."""
    found = _TARGET.search(said) or _NAMED.fullmatch(said.strip())
    name = found.group(1) if found else package
    if name != package and name not in catalog("appops")["system_packages"]:
        yield Reach(row.data, row.action, row.certain, name)


def _items_of(said: str) -> list[str]:
    """The items of a list as tools write it: JSON, Java's `[a, b]`, or with commas between."""
    if said.startswith("["):
        try:
            found = json.loads(said)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return [str(each) for each in found[:_MOST_ITEMS]]
        said = said[1:].removesuffix("]")
    return [item.strip() for item in said.split(",")[:_MOST_ITEMS] if item.strip()]


def _asked(said: str | None, certain: bool) -> Iterator[Act]:
    """One prompt of the system: each permission that it names, and whether it names several groups at once."""
    if said is None:
        yield Act("ask", UNKNOWN, False)
        return
    asked = list(dict.fromkeys(word for word in _WORD.findall(said) if ".permission" in word))[:_MOST_ITEMS]
    for permission in asked:
        if catalogue.granted_silently(permission):
            continue
        opens_none = catalogue.group_of(permission) is not None and catalogue.collecting_group(permission) is None
        yield Act("request" if opens_none else "ask", catalogue.permission_term(permission), certain)
    groups = {group for permission in asked if (group := catalogue.collecting_group(permission))}
    if len(groups) > 1:
        yield Act("ask.together", "permission", certain, groups=len(groups))
