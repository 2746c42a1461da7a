"""The list of connections that PCAPdroid exports as CSV. It holds no content: each connection says who talked to whom, and how much.

Nothing in it is quoted, so that a comma in the app's name or in `Info` shifts what follows: fields are taken from both ends of a line."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording.exchange import lost
from mingjian.inputs.recording.instant import epoch_instant, iso_instant
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.inputs.recording.web_address import ip_address, masked_target, web_address
from mingjian.model.run import Net, Part, Session, Visibility
from mingjian.model.shipped import catalog

name = "pcapdroid-csv"

UNREAD = "not_recorded"
"""Why the content of a connection in clear text was not searched: the format has none. Of a look-up it has all, the name."""

_BOM = b"\xef\xbb\xbf"
_LEFT = ("ipproto", "srcip", "srcport", "dstip", "dstport", "uid")
_MIDDLES = (("app", "packagename", "proto", "status", "info"), ("app", "proto", "status", "info"))
_PACKAGE_COLUMN = "packagename"
_MOST_COLUMNS = 40
_MOST_LINE = 64 << 10
_MOST_COMMAS = 200
_PACKAGE = re.compile(r"[A-Za-z]\w{0,80}(?:\.\w{1,80}){1,12}", re.ASCII)
_PROTO = re.compile(r"[A-Za-z][\w.+/-]{0,30}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}", re.ASCII)
_COUNT = re.compile(r"\d{1,18}", re.ASCII)


def recognises(head: Head) -> bool:
    """The header line with its first six columns."""
    return _columns(head.start[:4096].split(b"\n", 1)[0]) is not None


def read(path: Path) -> Track:
    """The file as a track. Raises `InputError` without the header line."""
    with open_file(path, "run") as file:
        columns = _columns(file.readline(4096))
    if columns is None:
        raise InputError("input.run_no_traffic", path=path, format="PCAPdroid CSV")
    part = Part(tool="PCAPdroid", tier="capture", format=name, name=path.name)
    return Track(Session(parts=(part,)), lambda: _events(path, columns))


def _columns(line: bytes) -> tuple[str, ...] | None:
    """The names of the columns in lower case; none when the line is no header of this format."""
    columns = tuple(column.strip(' "').lower() for column in line.removeprefix(_BOM).decode("utf-8", "replace").strip().split(","))
    known = any(columns[: len(_LEFT) + len(middle)] == (*_LEFT, *middle) for middle in _MIDDLES)
    return columns if known and columns[-1] != "info" and len(columns) <= _MOST_COLUMNS else None


def _events(path: Path, columns: tuple[str, ...]) -> Iterator[Item]:
    seq = 2
    with open_file(path, "run") as file:
        for number, line in _lines(file):
            at = f"line:{number}"
            row = _row(line, columns) if isinstance(line, str) else None
            if row is not None:
                yield _connection(seq, at, row)
            else:
                yield lost(seq, at, "bad_line" if isinstance(line, str) else "too_large")
            seq += 1


def _lines(file: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """Lines after the header with their numbers, empty ones and repeated headers left out; none for one that is too long."""
    number = 0
    while line := file.readline(_MOST_LINE):
        number += 1
        whole = len(line) < _MOST_LINE
        while len(line) == _MOST_LINE and not line.endswith(b"\n"):
            line = file.readline(_MOST_LINE)
        if not whole:
            yield number, None
        elif line.strip() and _columns(line) is None:
            yield number, line.decode("utf-8", "replace").strip("\r\n")


def _row(line: str, columns: tuple[str, ...]) -> dict[str, str] | None:
    """The fields by column. Where commas make the middle ambiguous, its fields are told apart by what they can be, or stay out."""
    if '"' in line:
        quoted = _unquoted(line)
        if len(quoted) == len(columns):
            return dict(zip(columns, quoted, strict=True))
    parts = line.split(",")
    if not len(columns) <= len(parts) <= len(columns) + _MOST_COMMAS:
        return None
    middle = columns[len(_LEFT) : columns.index("info") + 1]
    right = len(columns) - len(_LEFT) - len(middle)
    row = dict(zip(columns[: len(_LEFT)], parts, strict=False)) | dict(zip(columns[-right:], parts[-right:], strict=True))
    between = parts[len(_LEFT) : len(parts) - right]
    return row | _middle(between, middle)


def _unquoted(line: str) -> list[str]:
    """The fields of a line that a spreadsheet wrote; none when it is no such line."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _middle(parts: list[str], columns: tuple[str, ...]) -> dict[str, str]:
    """App, package, protocol, status and `Info`, of which the first and the last may hold commas."""
    if len(parts) == len(columns):
        return dict(zip(columns, parts, strict=True))
    anchor = columns.index(_PACKAGE_COLUMN) if _PACKAGE_COLUMN in columns else columns.index("proto")
    fits = [
        start
        for start in range(anchor, anchor + len(parts) - len(columns) + 1)
        if all(_can_be(column, part) for column, part in zip(columns[anchor:-1], parts[start:], strict=False))
    ]
    if len(fits) != 1:
        return {}
    start, fixed = fits[0], columns[anchor:-1]
    row = dict(zip(fixed, parts[start : start + len(fixed)], strict=True))
    return row | {"app": ",".join(parts[:start]), "info": ",".join(parts[start + len(fixed) :])}


def _can_be(column: str, part: str) -> bool:
    if column == _PACKAGE_COLUMN:
        return _PACKAGE.fullmatch(part) is not None
    return column != "proto" or (part.lower() in _protocols()["plain"] | _protocols()["named"] | _protocols()["asked"])


def _connection(seq: int, at: str, row: dict[str, str]) -> Net:
    proto = row.get("proto", "").strip().lower() if _PROTO.fullmatch(row.get("proto", "").strip()) else ""
    host, path = _named(proto, row.get("info", "").strip())
    package, uid = row.get(_PACKAGE_COLUMN, "").strip(), _count(row["uid"])
    port = _count(row["dstport"])
    visibility: Visibility = "plain" if proto in _protocols()["plain"] else "opaque"
    return Net(
        seq=seq,
        at=at,
        ts=_moment(row.get("firstseen", "")),
        end=_moment(row.get("lastseen", "")),
        visibility=visibility,
        proto=proto or None,
        host=host,
        ip=ip_address(row["dstip"]),
        port=port if port is not None and 0 < port < 65536 else None,
        path=path,
        uid=uid if uid is not None and uid < 1 << 31 else None,
        package=package if _PACKAGE.fullmatch(package) else None,
        sent=_count(row.get("bytessent", "")),
        received=_count(row.get("bytesrcvd", "")),
        unread=UNREAD if visibility == "plain" and proto not in _protocols()["asked"] else None,
    )


def _named(proto: str, info: str) -> tuple[str | None, str | None]:
    """Host and masked path that `Info` tells: an address, a name of a server, or, for look-ups, a name that was asked for."""
    if proto in _protocols()["asked"]:
        return None, masked_target(info) if _HOST.fullmatch(info) else None
    if proto not in _protocols()["named"] or not info:
        return None, None
    address = web_address(info if "://" in info else f"//{info}")
    if not _HOST.fullmatch(address.host):
        return None, None
    return address.host, masked_target(address.target) if address.target != "/" else None


def _moment(text: str) -> float | None:
    """Counts of milliseconds or seconds since 1970, or ISO 8601 with a zone. Times of the device without one are unknown."""
    since = epoch_instant(text)
    return since if since is not None else iso_instant(text)


def _count(text: str) -> int | None:
    bare = text.strip()
    return int(bare) if _COUNT.fullmatch(bare) else None


@cache
def _protocols() -> dict[str, frozenset[str]]:
    listed = catalog("traffic")
    return {kind: frozenset(listed[kind]) for kind in ("plain", "named", "asked")}
