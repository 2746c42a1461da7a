"""Whether a file may be a package of iOS or HarmonyOS: by its name, or by names in the directory of the archive, of which nothing is
parsed here. Which of them it is, the confined child finds out."""

import os
import re
from pathlib import Path

SUFFIXES = (".ipa", ".hap", ".hsp", ".app")
"""How such packages are called."""

_TAIL = (1 << 16) + 22
_MOST_DIRECTORY = 64 << 20
_ZIP, _END = b"PK\x03\x04", b"PK\x05\x06"
_INSIDE = re.compile(rb"Payload/[^/\0]{1,200}\.app/Info\.plist|pack\.info|resources\.index|\.hap", re.IGNORECASE)
_IOS = re.compile(rb"Payload/")
_ANDROID = re.compile(rb"AndroidManifest\.xml")


def may_be_bundle(path: Path) -> bool:
    """Whether it is worth asking the child. Never raises: what cannot be opened is told by whoever opens it."""
    if path.name.lower().endswith(SUFFIXES):
        return True
    names = directory_of(path)
    return bool(_INSIDE.search(names)) and not _ANDROID.search(names)


def may_be_ios(path: Path) -> bool:
    """Whether an app of iOS may be in it."""
    # Anything may stand before an archive, and the reader of archives takes no offence.
    return bool(_IOS.search(directory_of(path, begins=b"")))


def directory_of(path: Path, begins: bytes = _ZIP) -> bytes:
    """The bytes of a ZIP archive's directory, unread; empty for what is none, or does not begin so."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            if file.read(len(begins)) != begins:
                return b""
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            tail = file.read(_TAIL)
            end = tail.rfind(_END)
            length = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
            if not 0 < length <= min(size, _MOST_DIRECTORY):
                return b""
            file.seek(max(0, size - len(tail) + end - length))
            return file.read(length)
    except (OSError, ValueError):
        return b""
