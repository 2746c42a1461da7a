"""F-Droid's index of a repository, in both of its forms (`index-v1.json`, `index-v2.json`): the newest package of each app."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mingjian.errors import InputError
from mingjian.fleet.disk import is_there
from mingjian.fleet.inputs.lines import HEAD, opened
from mingjian.fleet.inputs.tables import Row
from mingjian.fleet.inputs.values import Reading
from mingjian.fleet.listing import Listing
from mingjian.inputs.recording.json_stream import fields, items, text

_MOST_BYTES = 192 << 20
"""The index of the largest repository, everything that was ever published, is a third of this."""
_MOST_VALUES = 12_000_000
_BEGIN = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"repo"\s*:\s*\{')


def is_index(path: Path) -> bool:
    """Whether a file begins as both forms of the index do."""
    with opened(path) as file:
        return bool(_BEGIN.match(file.read(HEAD)))


def listed(path: Path) -> Iterator[Listing]:
    """One listing an app, in order of their names: its package of the highest version code. Raises `InputError`."""
    index = _read(path)
    repo = fields(index["repo"])
    reading = Reading(path, strict=False)
    told = {text(fields(app).get("packageName")): fields(app) for app in items(index.get("apps"))}
    for number, (name, package) in enumerate(sorted(fields(index.get("packages")).items()), 1):
        newest = _of_first_form(package, told.get(name, {})) if isinstance(package, list) else _of_second_form(fields(package))
        if newest is None:
            continue
        file = newest.pop("file").removeprefix("/")
        if ".." in file.split("/"):
            raise InputError("fleet.input.outside", path=path, line=number, name="location", value=file[:200])
        # A mirror has the packages beside the index.
        beside = is_there(path.parent / file, stat.S_ISREG)
        newest["location"] = file if beside else f"{text(repo.get('address')).rstrip('/')}/{quote(file)}"
        newest["store"] = _name(repo.get("name"))
        yield reading.listing(number, newest)


def _read(path: Path) -> dict[str, Any]:
    with opened(path) as file:
        content = file.read(_MOST_BYTES + 1)
    # Of many small values a decoder makes many times their bytes.
    if len(content) > _MOST_BYTES or sum(content.count(sign) for sign in (b",", b"[", b"{")) > _MOST_VALUES:
        raise InputError("fleet.input.large_index", path=path, limit=_MOST_BYTES >> 20)
    try:
        index: dict[str, Any] = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError("fleet.input.cut_off", path=path) from error
    return index


def _of_first_form(packages: list[Any], app: dict[str, Any]) -> Row | None:
    newest = max((fields(each) for each in packages), key=lambda each: _code(each.get("versionCode")), default=None)
    if newest is None or not text(newest.get("apkName")):
        return None
    digest = newest.get("hash") if newest.get("hashType") == "sha256" else None
    return {"file": newest["apkName"], "sha256": digest, "category": _first(app.get("categories")), "operator": app.get("authorName")}


def _of_second_form(package: dict[str, Any]) -> Row | None:
    versions = (fields(each) for each in fields(package.get("versions")).values())
    newest = max(versions, key=lambda each: _code(fields(each.get("manifest")).get("versionCode")), default=None)
    file = fields(newest and newest.get("file"))
    if not text(file.get("name")):
        return None
    about = fields(package.get("metadata"))
    return {
        "file": file["name"],
        "sha256": file.get("sha256"),
        "category": _first(about.get("categories")),
        "operator": about.get("authorName"),
    }


def _code(value: Any) -> int:
    return value if isinstance(value, int) else -1


def _first(value: Any) -> str:
    return next((text(each) for each in items(value)), "")


def _name(value: Any) -> str:
    """The repository's name, which the second form gives by language."""
    return text(value) or next((text(each) for each in fields(value).values()), "")
