"""Files that an app opens: whose they are, by their paths."""

import posixpath
import re
from functools import cache, lru_cache
from typing import Any, Literal

from mingjian.extract import catalogue
from mingjian.extract.arguments import Reach
from mingjian.model.shipped import catalog

Operation = Literal["read", "write", "delete", "list"]

_FILES = "media.files"
_LONGEST = 4096


def reach_of_path(path: str, operation: Operation, package: str) -> Reach | None:
    """What opening this file does. None for the app's own folders and for files of the system, which are nobody's data; relative paths
    lead nowhere that could be told."""
    return _reach(path[:_LONGEST], operation, package)


@lru_cache(maxsize=1 << 12)
def _reach(path: str, operation: Operation, package: str) -> Reach | None:
    path = posixpath.normpath(path.strip())
    # POSIX leaves two leading slashes alone; Android does not.
    path = "/" + path.lstrip("/") if path.startswith("/") else path
    shared = _inside(_shared(), path)
    if shared is not None:
        inner = _inside(_own(), shared)
        if inner is not None and inner.partition("/")[0] == package:
            return None
        return _outside("/sdcard" + (f"/{shared}" if shared else ""), shared, operation, package, path)
    private = _inside(_private(), path)
    if private:
        return None if private.partition("/")[0] == package else _act(operation, _FILES, path)
    known = _listed(path)
    return None if known is None or operation in ("write", "delete") else Reach(*known, path)


def _outside(usual: str, shared: str, operation: Operation, package: str, path: str) -> Reach | None:
    if operation in ("write", "delete"):
        return _act(operation, _FILES, path)
    # A folder that bears the app's name holds what the app has put there.
    if package in shared.split("/"):
        return None
    known = _listed(usual)
    if known is not None:
        return Reach(*known, path)
    return Reach(_FILES, "collect", shared.partition("/")[0] in _data()["users"] or _inside(_own(), shared) is not None, path)


def _act(operation: Operation, data: str, path: str) -> Reach:
    return Reach(data, "store.outside" if operation in ("write", "delete") else "collect", True, path)


def _listed(path: str) -> tuple[str, str, bool] | None:
    """Data, action and certainty of the row of the catalogue that the path lies below."""
    rows = _rows()
    while path and path != "/":
        row = rows.get(path)
        if row is not None:
            return (row.data, row.action, row.certain) if row.states else None
        path = posixpath.dirname(path)
    return None


def _inside(place: re.Pattern[str], path: str) -> str | None:
    """What follows a place in the path, empty for the place itself; none for a path that leads elsewhere."""
    found = place.match(path)
    return path[found.end() :].lstrip("/") if found else None


@cache
def _rows() -> dict[str, catalogue.Api]:
    return {row.signature.rstrip("/"): row for row in catalogue.apis().values() if row.kind == "file_path"}


@cache
def _shared() -> re.Pattern[str]:
    return _places("shared")


@cache
def _private() -> re.Pattern[str]:
    return _places("private")


@cache
def _own() -> re.Pattern[str]:
    return _places("own")


def _places(name: str) -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(_data()[name])})(?=/|$)")


def _data() -> dict[str, Any]:
    data: dict[str, Any] = catalog("places")
    return data
