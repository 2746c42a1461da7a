"""From bytes to characters, by what the file says of itself and by what its bytes look like."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LABELS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "gb_2312-80": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "windows-1252": "cp1252",
}
_DECLARED = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?([A-Za-z0-9_-]{3,20})""", re.IGNORECASE)
_DOUBLE = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_BAD_SHARE = 0.01
"""Share of characters that may be wrong before an encoding is taken for the wrong one."""


def prepare() -> None:
    """Loads the decoders, which cannot be done once the process is confined."""
    for name in {*_LABELS.values(), *(name for _, name in _BOMS)}:
        codecs.lookup(name)


def decoded(data: bytes) -> tuple[str, int]:
    """The text of the file without its byte order mark, and how many of its characters could not be decoded."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _with(name, data[len(mark) :])
    wide = _wide(data)
    if wide:
        return _with(wide, data)
    try:
        return data.decode("utf-8"), 0
    except UnicodeDecodeError as error:
        # A file that was cut in the middle of its last character is still UTF-8.
        if error.start >= len(data) - 3 and error.start:
            return data[: error.start].decode("utf-8"), 0
    declared = _DECLARED.search(data, 0, 4096)
    label = _LABELS.get(declared[1].decode("ascii").lower()) if declared else None
    looks = [label] if label else []
    best = "", len(data) + 1
    for name in dict.fromkeys([*looks, _double_byte(data), "utf-8"]):
        text, bad = _with(name, data)
        if bad <= _BAD_SHARE * len(text):
            return text, bad
        if bad < best[1]:
            best = text, bad
    return best


def _with(name: str, data: bytes) -> tuple[str, int]:
    text = data.decode(name, "replace")
    return text, text.count("\ufffd")


def _wide(data: bytes) -> str:
    """UTF-16 without its mark shows by the zero bytes of spaces, digits and line ends."""
    head = data[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 20 < len(head) or min(even, odd) * 10 > max(even, odd):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _double_byte(data: bytes) -> str:
    """GB 18030 or Big5: simplified text in GB hardly has a second byte below 0x80, Big5 has no first byte below 0xA1."""
    pairs = _DOUBLE.findall(data[:65_536])
    if not pairs:
        return "cp1252"
    low = sum(pair[1] < 0x80 for pair in pairs)
    outside = sum(pair[0] < 0xA1 for pair in pairs)
    return "big5hkscs" if low * 10 > len(pairs) and outside * 100 <= len(pairs) else "gb18030"
