"""Linear models over hashed n-grams, many outputs at once, without a numerical library.

A row of weights is one long integer with a lane of 24 bits for each output, so that adding two rows adds all outputs. Sums of integers are
exact: the order of the n-grams cannot change a score."""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from mingjian.nlp.reading import Lang

CHARACTERS = 4
"""Longest n-gram of characters, for Chinese."""
WORDS = 3
"""Longest n-gram of words, for English."""
LONGEST = 4_000
"""Characters of a sentence that are looked at: with more, a lane could overflow into the next."""

_WORD = re.compile(r"[a-z]+|\d+|[^\w\s]")
_LANE = 3
_ZERO = 128


def grams(text: str, lang: Lang) -> set[int]:
    """The distinct n-grams of a text, hashed to 32 bits: runs of 1 to 4 characters in Chinese, of 1 to 3 words in English."""
    text = text[:LONGEST].lower()
    if lang == "zh":
        data = text.encode("utf-32-le", "replace")
        size = len(data)
        return {crc32(data[at : at + width]) for width in range(4, 4 * CHARACTERS + 1, 4) for at in range(0, size - width + 1, 4)}
    words = _WORD.findall(text)
    return {crc32(" ".join(words[at : at + width]).encode()) for width in range(1, WORDS + 1) for at in range(len(words) - width + 1)}


@dataclass(frozen=True, slots=True)
class Rows:
    """Weights of the known n-grams, or of any hashed features: in a file `lanes` bytes a row, each a weight plus 128."""

    row_of: dict[int, int]
    data: bytes
    lanes: int

    @classmethod
    def unpack(cls, packed: bytes, lanes: int) -> "Rows":
        """Reads what `pack` wrote."""
        count = len(packed) // (4 + lanes)
        keys = struct.unpack_from(f"<{count}I", packed)
        data = bytearray(_LANE * lanes * count)
        data[::_LANE] = packed[4 * count :]
        return cls(dict(zip(keys, range(0, len(data), _LANE * lanes), strict=True)), bytes(data), lanes)

    def add(self, found: Iterable[int]) -> list[int]:
        """The sums of all lanes over the known among the n-grams."""
        width = _LANE * self.lanes
        starts = [start for start in map(self.row_of.get, found) if start is not None]
        total = sum(int.from_bytes(self.data[start : start + width], "little") for start in starts).to_bytes(width, "little")
        offset = _ZERO * len(starts)
        return [int.from_bytes(total[at : at + _LANE], "little") - offset for at in range(0, width, _LANE)]


def pack(keys: Iterable[int], rows: Iterable[Iterable[int]]) -> bytes:
    """Keys and rows as the bytes of a file: rows hold weights of -128 to 127."""
    hashes = list(keys)
    body = bytes(weight + _ZERO for row in rows for weight in row)
    return struct.pack(f"<{len(hashes)}I", *hashes) + body
