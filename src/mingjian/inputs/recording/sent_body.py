"""The body of a request as it was sent, out of the text that a recording tool made of it."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote_plus

Headers = tuple[tuple[str, str], ...]

_CHARSET = re.compile(r"charset\s{0,8}=\s{0,8}\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_BOUNDARY = re.compile(r"boundary\s{0,8}=\s{0,8}(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAGIC = {"gzip": (b"\x1f\x8b",), "x-gzip": (b"\x1f\x8b",), "zstd": (b"\x28\xb5\x2f\xfd",)}
_BLANKS = bytes.maketrans(b"-_", b"+/")
_LOST_CHARACTER = "�"


@dataclass(frozen=True, slots=True)
class SentBody:
    """A body as bytes. `encoding` is its content encoding where it is still packed, `complete` says that all of it is here."""

    content: bytes = b""
    encoding: str = ""
    complete: bool = True


def header(headers: Headers, name: str) -> str:
    """The value of the first header of this name, in whatever case; empty without one."""
    return next((value for given, value in headers if given.lower() == name), "")


def from_text(text: str, headers: Headers, size: float | None) -> SentBody:
    """The bytes that a tool showed as this text. Tools decode by the charset of the type, as UTF-8, or byte by byte (latin-1); that reading
    is right which has the length that the header or the tool (`size`) tells. Where none has, the body is not complete unless lengths
    cannot be compared, for the tool unpacked the text or counted characters."""
    packed = header(headers, "content-encoding").strip().lower()
    told = _length(headers)
    readings = _readings(text, header(headers, "content-type"))
    exact = next((reading for length in (told, size) for reading in readings if length == len(reading)), None)
    content = exact if exact is not None else readings[0]
    if exact is None and told is None and size is None and _is_binary(text):
        content = readings[-1]
    encoding = _still_packed(content, packed)
    comparable = exact is None and (not packed or bool(encoding)) and max(told or 0, size or 0) > 0
    damaged = _LOST_CHARACTER in text and exact is None
    return SentBody(content, encoding, not damaged and (not comparable or size == len(text)))


def from_base64(text: str, headers: Headers) -> SentBody:
    """The bytes of Base64 in either alphabet, with or without padding; the text itself, not complete, when it is none."""
    bare = b"".join(text.encode("ascii", "replace").split()).translate(_BLANKS).rstrip(b"=")
    try:
        content = base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return SentBody(text.encode("utf-8", "surrogatepass"), complete=False)
    return from_bytes(content, headers)


def from_bytes(content: bytes, headers: Headers) -> SentBody:
    """Bytes that a tool kept, which may have been unpacked although the header still names an encoding."""
    encoding = _still_packed(content, header(headers, "content-encoding").strip().lower())
    told = _length(headers)
    cut = told is not None and len(content) < told and (encoding != "" or not header(headers, "content-encoding"))
    return SentBody(content, encoding, not cut)


def from_parameters(parameters: Iterable[tuple[str, str | None, str]], kind: str) -> SentBody:
    """A form built anew from its fields: name, value (none when the tool left it out), name of the file. Multipart when `kind`, the
    content type, says so and names its boundary."""
    listed = tuple(parameters)
    complete = all(value is not None for _, value, _ in listed)
    boundary = _BOUNDARY.search(kind) if kind.lower().lstrip().startswith("multipart/") else None
    if boundary is None:
        body = "&".join(f"{_quoted(name)}={_quoted(value or '')}" for name, value, _ in listed)
        return SentBody(body.encode("ascii"), complete=complete)
    mark = (boundary[1] or boundary[2]).encode("utf-8", "surrogateescape")
    parts = [b"--" + mark + b"\r\n" + _part(*parameter) + b"\r\n" for parameter in listed]
    return SentBody(b"".join(parts) + b"--" + mark + b"--\r\n", complete=complete)


def without_body(headers: Headers, size: float | None) -> SentBody:
    """No body was recorded: all of it is here only when none is known to have been sent."""
    return SentBody(complete=not (_length(headers) or max(size or 0, 0)))


def _part(name: str, value: str | None, file: str) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{_safe(name)}"' + (f'; filename="{_safe(file)}"' if file else "")
    return f"{disposition}\r\n\r\n{value or ''}".encode("utf-8", "surrogatepass")


def _safe(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _quoted(text: str) -> str:
    return quote_plus(text.encode("utf-8", "surrogatepass"))


def _readings(text: str, kind: str) -> tuple[bytes, ...]:
    """What the text may have been: in the charset of its type, in UTF-8, byte by byte."""
    named = _CHARSET.search(kind)
    if text.isascii() and not (named and named[1].lower().startswith(("utf-16", "utf-32"))):
        return (text.encode("ascii"),)
    found: list[bytes] = []
    for charset in (named[1] if named else "utf-8", "utf-8", "latin-1"):
        try:
            found.append(text.encode(charset, "surrogateescape"))
        except (UnicodeError, LookupError):
            continue
    return tuple(found) or (text.encode("utf-8", "surrogatepass"),)


def _is_binary(text: str) -> bool:
    try:
        return _NO_TEXT.search(text[:4096].encode("latin-1")) is not None
    except UnicodeEncodeError:
        return False


def _still_packed(content: bytes, encoding: str) -> str:
    """The encoding, unless the bytes show that the tool took it off: packed bytes begin with its mark, or are no text."""
    if not content or encoding in ("", "identity"):
        return ""
    if encoding in _MAGIC:
        return encoding if content.startswith(_MAGIC[encoding]) else ""
    if encoding == "deflate" and _inflates(content):
        return encoding
    return encoding if _NO_TEXT.search(content[:4096]) or "," in encoding else ""


def _inflates(content: bytes) -> bool:
    try:
        zlib.decompressobj().decompress(content[:4096], 1)
    except zlib.error:
        return False
    return True


def _length(headers: Headers) -> int | None:
    told = header(headers, "content-length").strip()
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else None
