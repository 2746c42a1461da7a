"""Values of a user or a device as run files hold them: never in full, yet comparable with what is found in traffic."""

import hashlib

from mingjian.model.run import Value

_FORMS = ("md5", "sha1", "sha256")
_SHOWN_FROM = 8


def sealed_hash(raw: str, salt: str | None) -> str:
    """SHA-256, in hex, of a session's salt (hex, none for no salt) and a value in UTF-8."""
    return hashlib.sha256(bytes.fromhex(salt or "") + raw.encode("utf-8", "surrogatepass")).hexdigest()


def masked(raw: str) -> str:
    """The first two and the last character; nothing at all of a value so short that these would tell most of it."""
    return f"{raw[:2]}***{raw[-1]}" if len(raw) >= _SHOWN_FROM else "***"


def sealed_value(raw: str, salt: str | None, type: str | None = None) -> Value:
    """What a run file says of a value. Digests of it are sealed as well, in lower-case hex, because traffic is searched for them and
    they cannot be turned back."""
    content = raw.encode("utf-8", "surrogatepass")
    digests = {name: hashlib.new(name, content, usedforsecurity=False).hexdigest() for name in _FORMS}
    return Value(
        hash=sealed_hash(raw, salt),
        length=len(raw),
        type=type,
        masked=masked(raw),
        forms={name: sealed_hash(digest, salt) for name, digest in digests.items()},
    )
