"""The TLS key log that belongs to a capture: in the capture itself, or beside it under its name (the format of SSLKEYLOGFILE)."""

import re
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 32 << 20
"""The largest key log, in bytes."""

_SUFFIXES = (".keys", ".keylog", ".log", ".txt")
_NAMES = ("sslkeys.txt", "sslkeylog.txt", "sslkeylogfile.txt", "keys.log")
_LINE = re.compile(
    rb"(?:\A|\n)(?:RSA|PMS_CLIENT_RANDOM|[A-Z_]{1,16}_RANDOM|[A-Z_]{1,32}_SECRET(?:_\d)?) [0-9a-fA-F]{16,64} [0-9a-fA-F]{32,192}"
)
_LOOKED_AT = 64 << 10


def key_log(path: Path, within: bytes) -> bytes:
    """The key log of the capture at `path`, of which `within` is the part in the capture; empty when there is none.

    It reads the traffic, so it is secret: it goes into no output, message or log."""
    parts = [within] if _LINE.search(within[:_LOOKED_AT]) else []
    for file in (*(path.with_suffix(suffix) for suffix in _SUFFIXES), *(path.with_name(name) for name in _NAMES)):
        with suppress(OSError):
            if file.is_file() and file.stat().st_size <= MOST_BYTES:
                content = file.read_bytes()
                if _LINE.search(content[:_LOOKED_AT]):
                    parts.append(content)
    return b"\n".join(parts)[:MOST_BYTES]
