"""Unpacking a dossier that somebody sent as a zip, into a folder of its own."""

import os
import stat
import zipfile
from pathlib import Path, PurePosixPath

from mingjian.errors import InputError
from mingjian.inputs.dossier import FILE

MOST_ENTRIES = 1000
_DEEPEST = 8
_LONGEST = 200
_ENCRYPTED = 1
_CHUNK = 1 << 20


def unpack(archive: Path, folder: Path, most: int) -> Path:
    """The folder with the `dossier.yml`: `folder` itself, or the only folder at the top of the archive.

    Writes at most `most` bytes, counted as they come out. Raises `InputError` for a damaged archive, an encrypted one, one with too many
    entries or bytes, with a link, or with a name that leads elsewhere, and for one without a `dossier.yml`."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if len(entries) > MOST_ENTRIES:
                raise InputError("console.inspections.fault.dossier_entries", most=MOST_ENTRIES)
            for entry in entries:
                _check(entry)
            for entry in entries:
                if not entry.is_dir():
                    most -= _write(opened, entry, folder, most)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise InputError("console.inspections.fault.dossier_damaged", why=type(error).__name__) from error
    top = [path for path in folder.iterdir() if path.name != "__MACOSX"]
    found = folder if (folder / FILE).is_file() else top[0] if len(top) == 1 else folder
    if not (found / FILE).is_file():
        raise InputError("console.inspections.fault.dossier_none", file=FILE)
    return found


def _check(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = PurePosixPath(name).parts
    kind = stat.S_IFMT(entry.external_attr >> 16)
    outside = name.startswith("/") or ".." in parts or "\\" in name or ":" in name or any(ord(letter) < 32 for letter in name)
    if outside or not parts or len(parts) > _DEEPEST or len(name.encode()) > _LONGEST or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise InputError("console.inspections.fault.dossier_name", name=name[:_LONGEST])
    if entry.flag_bits & _ENCRYPTED:
        raise InputError("console.inspections.fault.dossier_encrypted", name=name)


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, most: int) -> int:
    """Writes one entry and returns its bytes. What lies there already is a second entry of the same name, which is refused."""
    target = folder.joinpath(*PurePosixPath(entry.filename).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with opened.open(entry) as source, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while piece := source.read(_CHUNK):
            written += len(piece)
            if written > most:
                raise InputError("console.inspections.fault.dossier_large")
            out.write(piece)
    return written
