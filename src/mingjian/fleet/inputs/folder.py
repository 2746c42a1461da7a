"""A folder: every package in it by content, every dossier and every set of split APKs as one listing. No link is followed."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from mingjian.errors import InputError
from mingjian.fleet.listing import Listing
from mingjian.inputs import bundles
from mingjian.inputs.dossier import FILE
from mingjian.lake.files import named

SUFFIXES = (".apk", ".xapk", ".apks", ".apkm", ".aab", *bundles.SUFFIXES)
"""How packages are usually called. A file of such a name is listed even if nothing in it looks so: it is refused in the open."""

_DEEPEST = 32
_ZIP = b"PK\x03\x04"
_END = b"PK\x05\x06"
_TAIL = (1 << 16) + 22
_MOST_DIRECTORY = 64 << 20
_INSIDE = re.compile(rb"AndroidManifest\.xml|\.apk", re.IGNORECASE)
_BASE = re.compile(r"base(?:-master)?\.apk", re.IGNORECASE)
_SPLIT = re.compile(r"(?:split|config|base-).*\.apk", re.IGNORECASE)


def listed(folder: Path, depth: int = 0) -> Iterator[Listing]:
    """The listings below a folder, in order of the names on each level. Raises `InputError` for a name that is no UTF-8."""
    if depth > _DEEPEST:
        raise InputError("fleet.input.deep", path=folder, limit=_DEEPEST)
    try:
        with os.scandir(folder) as found:
            entries = sorted((each.name, each.is_dir(follow_symlinks=False), each.is_file(follow_symlinks=False)) for each in found)
    except PermissionError as error:
        raise InputError("input.denied", path=folder) from error
    except OSError as error:
        raise InputError("input.cannot_read", path=folder, why=error.strerror or type(error).__name__) from error
    files = [name for name, _, is_file in entries if is_file]
    if FILE in files or is_set(files):
        yield Listing(named(folder))
        return
    for name, is_folder, is_file in entries:
        path = folder / name
        if is_folder:
            yield from listed(path, depth + 1)
        elif is_file and is_package(path):
            yield Listing(named(path))


def is_set(names: list[str]) -> bool:
    """Whether the APK files among these names of one folder are the base and the splits of one app, as `adb` and bundletool call them."""
    packages = [name for name in names if name.lower().endswith(".apk")]
    bases = [name for name in packages if _BASE.fullmatch(name)]
    return len(bases) == 1 and len(packages) > 1 and all(_SPLIT.fullmatch(name) for name in packages if name not in bases)


def is_package(path: Path) -> bool:
    """Whether a file is a ZIP archive whose directory names a manifest or an APK, or is called as packages are."""
    if path.name.lower().endswith(SUFFIXES) or bundles.may_be_bundle(path):
        return True
    try:
        with path.open("rb") as file:
            if file.read(4) != _ZIP:
                return False
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            tail = file.read(_TAIL)
            end = tail.rfind(_END)
            length = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
            if not 0 < length <= min(size, _MOST_DIRECTORY):
                return False
            file.seek(max(0, size - len(tail) + end - length))
            return bool(_INSIDE.search(file.read(length)))
    except OSError as error:
        raise InputError("input.cannot_read", path=path, why=error.strerror or type(error).__name__) from error
