"""One file of Ark bytecode (`.abc`): names of its classes, and whether it holds the texts that are asked for.

The layout is that of the OpenHarmony documentation: a header, an index of classes, and texts as a length (UTF-16 units times two, plus one
when all is ASCII, as ULEB128), bytes in modified UTF-8, and a zero. What a text is used for, only the instructions say, which are not
read."""

import struct
import zlib
from collections.abc import Iterator
from typing import Any

from mingjian.inputs.bundles.asked import Asked, binary, hit
from mingjian.inputs.bundles.unreadable import UnreadableError

MAGIC = b"PANDA\0\0\0"
_HEADER = struct.Struct("<8sI4sIIIIIII")
MOST_CLASSES = 1_000_000
_LONGEST_NAME = 4096


def read(path: str, content: bytes, asked: Asked) -> dict[str, Any]:
    """What the file answers. Raises `UnreadableError`."""
    if not content.startswith(MAGIC):
        raise UnreadableError("abc", path)
    if len(content) < _HEADER.size + 16:
        raise UnreadableError("abc_cut", path)
    _, checksum, _, size, _, _, count, index, _, _ = _HEADER.unpack_from(content)
    if size > len(content):
        raise UnreadableError("abc_cut", path)
    if zlib.adler32(content[12:size]) != checksum:
        raise UnreadableError("abc_checksum", path)
    if count > MOST_CLASSES or index + 4 * count > size:
        raise UnreadableError("abc", f"{path}: classes")
    places = struct.unpack_from(f"<{count}I", content, index)
    hits = [*_classes(content, size, places, asked, path), *_texts(content, size, asked)]
    return binary(path, "abc", len(content), hits, classes=count)


def encoded(text: str) -> bytes:
    """A text as the file holds it, its length before it."""
    units = len(text.encode("utf-16-le")) // 2
    body = b"".join(_surrogates(each) for each in text)
    return uleb(units << 1 | text.isascii()) + body + b"\0"


def uleb(number: int) -> bytes:
    """An unsigned number, seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _surrogates(character: str) -> bytes:
    """One character in modified UTF-8, which writes those beyond the first plane as two."""
    units = character.encode("utf-16-be")
    return b"".join(chr(int.from_bytes(units[at : at + 2], "big")).encode("utf-8", "surrogatepass") for at in range(0, len(units), 2))


def _classes(content: bytes, size: int, places: tuple[int, ...], asked: Asked, path: str) -> Iterator[dict[str, Any]]:
    seen = set()
    for place in places:
        start = place
        while start < size and content[start] & 0x80 and start < place + 5:
            start += 1
        end = content.find(b"\0", start + 1, min(size, start + 1 + _LONGEST_NAME))
        if place >= size or end < 0:
            raise UnreadableError("abc", f"{path}: class at {place}")
        name = content[start + 1 : end].decode("utf-8", "replace")
        name = name.removeprefix("L").removesuffix(";").strip("&")
        if name not in seen and asked.names(name):
            seen.add(name)
            yield hit("class", name, place)


def _texts(content: bytes, size: int, asked: Asked) -> Iterator[dict[str, Any]]:
    for text in sorted(asked.texts):
        record = encoded(text.decode())
        at = content.find(record, 0, size)
        if at >= 0:
            yield hit("text", text.decode(), at + len(record) - len(text) - 1)
