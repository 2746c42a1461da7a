"""Protocol buffers without their description: the fields that the wire format shows."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_DEPTH = 12
_MOST_FIELDS = 50_000
_MOST_FRAMES = 10_000
_MOST_NUMBER = 20_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class WireError(ValueError):
    """Bytes that are no message."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value: the numbers that lead to it, and what it is. Bytes may be a text, a message, or neither."""

    path: tuple[int, ...]
    value: int | float | bytes


def message(content: bytes, path: tuple[int, ...] = ()) -> list[Field]:
    """The fields of one message, which must fill `content` to the last byte. Raises `WireError`."""
    fields: list[Field] = []
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, kind = tag >> 3, tag & 7
        if not 0 < number <= _MOST_NUMBER or len(fields) >= _MOST_FIELDS:
            raise WireError("number")
        value, at = _value(content, at, kind)
        fields.append(Field((*path, number), value))
    if not fields:
        raise WireError("empty")
    return fields


def fields(content: bytes) -> Iterator[Field]:
    """Every field of a message and of the messages in it. What may be a text and a message is given as both. Raises `WireError`."""
    waiting = message(content)[::-1]
    given = 0
    while waiting and given < _MOST_FIELDS:
        field = waiting.pop()
        given += 1
        inner = _inner(field)
        if inner:
            waiting.extend(inner[::-1])
        if not inner or readable(field.value) is not None:
            yield field


def readable(value: int | float | bytes) -> str | None:
    """The text that a value is, none when it is bytes of another meaning."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() or not any(each < " " and each not in "\t\r\n" for each in text) else None


def framed(content: bytes) -> bytes | None:
    """The messages behind the frames of gRPC (a flag and four bytes of length), or behind one length; none without such frames."""
    found, at, frames = bytearray(), 0, 0
    while frames < _MOST_FRAMES and at + 5 <= len(content) and content[at] in (0, 1):
        size = int.from_bytes(content[at + 1 : at + 5], "big")
        if content[at] == 1 or at + 5 + size > len(content):
            return None
        found += content[at + 5 : at + 5 + size]
        at += 5 + size
        frames += 1
    if found and at == len(content):
        return bytes(found)
    try:
        size, start = _varint(content, 0)
    except WireError:
        return None
    return content[start:] if 0 < size == len(content) - start else None


def _inner(field: Field) -> list[Field]:
    if not isinstance(field.value, bytes) or len(field.value) < 2 or len(field.path) >= _MOST_DEPTH:
        return []
    try:
        return message(field.value, field.path)
    except WireError:
        return []


def _value(content: bytes, at: int, kind: int) -> tuple[int | float | bytes, int]:
    if kind == _VARINT:
        return _varint(content, at)
    size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
    if size is None:
        if kind != _BYTES:
            raise WireError("type")
        size, at = _varint(content, at)
    if at + size > len(content):
        raise WireError("length")
    raw = content[at : at + size]
    if kind == _BYTES:
        return raw, at + size
    return struct.unpack("<d" if kind == _FIXED64 else "<f", raw)[0], at + size


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            raise WireError("end")
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise WireError("varint")
