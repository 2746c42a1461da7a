"""What `INPUT` is, and who reads it."""

import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from mingjian.errors import InputError, UsageError
from mingjian.fleet import objects
from mingjian.fleet.disk import is_there
from mingjian.fleet.inputs import fdroid, folder, index, manifest, tables
from mingjian.fleet.inputs.index import Mapped
from mingjian.fleet.listing import Listing
from mingjian.inputs.dossier import is_dossier
from mingjian.lake.files import named

_SECONDS = 60.0
_MOST = 50_000_000
"""Some bytes of Parquet can stand for any number of equal rows."""


def listings(given: str, columns: Mapped | None = None) -> Iterator[tuple[int, Listing]]:
    """The listings of an input with their places, from 0, in an order that is the same each time; one is held at a time.

    `given` is a manifest (CSV, JSON lines, an array of JSON, Parquet), a store's index (F-Droid's, AndroZoo's, or any table, with the
    mapping `columns`), a package, a folder, a dossier, or `s3://bucket/prefix`. Raises `InputError` at the row that is wrong,
    `TryAgainError` for a store that does not answer, `UsageError` for settings that do not fit."""
    place = -1
    for place, listing in enumerate(_listed(given, columns)):
        if place >= _MOST:
            raise InputError("fleet.input.too_many", path=given[:200], limit=_MOST)
        yield place, listing
    if place < 0:
        raise InputError("fleet.input.nothing", path=given[:200])


def _listed(given: str, columns: Mapped | None) -> Iterator[Listing]:
    path = Path(given)
    is_bucket = given.lower().startswith("s3://")
    if columns and (is_bucket or is_there(path, stat.S_ISDIR)):
        raise UsageError("fleet.input.columns_for_what", given=given[:200])
    if is_bucket:
        return _of_bucket(given)
    # Paths that do not depend on where the next call is made, and without links, which `fetch` would refuse.
    path = Path(named(path.resolve()))
    if is_there(path, stat.S_ISDIR):
        return iter([Listing(str(path))]) if is_dossier(path) else folder.listed(path)
    if columns:
        return index.listed(path, columns)
    return _of_file(path)


def _of_file(path: Path) -> Iterator[Listing]:
    if is_there(path, stat.S_ISREG) and folder.is_package(path):
        return iter([Listing(str(path))])
    if fdroid.is_index(path):
        return fdroid.listed(path)
    first = next(islice(tables.rows(path), 1), None)
    known = index.known(list(first[1])) if first else None
    return index.listed(path, known) if known else manifest.listed(path)


def _of_bucket(given: str) -> Iterator[Listing]:
    """What is called as packages are, or has no suffix at all, as stores by digest have it: to look into every object would cost a request
    for each."""
    for location, size in objects.listed(given, _SECONDS):
        name = location.rpartition("/")[2].lower()
        if size and (name.endswith(folder.SUFFIXES) or "." not in name):
            yield Listing(location)
