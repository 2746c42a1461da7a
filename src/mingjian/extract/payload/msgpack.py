"""MessagePack: what one encoded map or list holds."""

import struct
from typing import Any

_MOST_DEPTH = 64
_FORMATS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
_TEXT = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_EXTENSION = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_FIXED_EXTENSION = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_LIST = {0xDC: 2, 0xDD: 4}
_MAP = {0xDE: 2, 0xDF: 4}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


class FormatError(ValueError):
    """Bytes that are no MessagePack."""


def decoded(content: bytes) -> Any:
    """The map or list that fills `content` to the last byte. Bytes that are no text are given in hexadecimal. Raises `FormatError`."""
    reader = _Reader(content)
    value = reader.value(0)
    if reader.at != len(content) or not isinstance(value, dict | list):
        raise FormatError("end")
    return value


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def value(self, depth: int) -> Any:
        tag = self._number(1)
        if tag <= 0x7F or tag >= 0xE0:
            return tag if tag <= 0x7F else tag - 0x100
        if tag <= 0x8F:
            return self._map(tag & 0x0F, depth)
        if tag <= 0x9F:
            return self._list(tag & 0x0F, depth)
        if tag <= 0xBF:
            return self._text(tag & 0x1F)
        if tag in _CONSTANTS:
            return _CONSTANTS[tag]
        if tag in _FORMATS:
            form = _FORMATS[tag]
            return struct.unpack(form, self._take(struct.calcsize(form)))[0]
        return self._long(tag, depth)

    def _long(self, tag: int, depth: int) -> Any:
        if tag in _TEXT:
            return self._text(self._number(_TEXT[tag]))
        if tag in _BYTES:
            return self._text(self._number(_BYTES[tag]))
        if tag in _LIST:
            return self._list(self._number(_LIST[tag]), depth)
        if tag in _MAP:
            return self._map(self._number(_MAP[tag]), depth)
        size = self._number(_EXTENSION[tag]) if tag in _EXTENSION else _FIXED_EXTENSION.get(tag)
        if size is None:
            raise FormatError("type")
        return self._take(size + 1)[1:].hex()

    def _map(self, size: int, depth: int) -> dict[str, Any]:
        self._enter(size, depth)
        return {str(self.value(depth + 1)): self.value(depth + 1) for _ in range(size)}

    def _list(self, size: int, depth: int) -> list[Any]:
        self._enter(size, depth)
        return [self.value(depth + 1) for _ in range(size)]

    def _enter(self, size: int, depth: int) -> None:
        # Every member takes at least a byte, so a size beyond the rest is a lie.
        if depth >= _MOST_DEPTH or size > len(self._content) - self.at:
            raise FormatError("size")

    def _text(self, size: int) -> str:
        raw = self._take(size)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.hex()

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _take(self, size: int) -> bytes:
        if self.at + size > len(self._content):
            raise FormatError("end")
        self.at += size
        return self._content[self.at - size : self.at]
