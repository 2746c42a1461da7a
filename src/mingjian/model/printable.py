"""Words of others made safe to show. A label or a file name may carry codes that move a terminal's cursor, turn the direction of
writing, or are no character at all; each is shown as its escape instead."""

import re

_UNSHOWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control codes
    "\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, or turning the direction of writing
    "\U000e0000-\U000e0fff"  # tags: text that nobody sees
    "\ud800-\udfff]"  # halves of a character, as in a file name that is not UTF-8
)
_UNSHOWABLE_IN_JSON = re.compile(_UNSHOWABLE.pattern.replace("\x00-\x1f", ""))


def printable(text: str) -> str:
    r"""One line of `text` in which nothing but characters remains: an escape code becomes `\x1b`, a line break `\n`."""
    return _UNSHOWABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def printable_lines(text: str) -> str:
    """As `printable`, but line breaks stay."""
    return "\n".join(map(printable, text.split("\n")))


def printable_json(document: str) -> str:
    """A JSON document that means the same and has those characters as escapes too that JSON would allow as they are."""
    return _UNSHOWABLE_IN_JSON.sub(lambda found: _json_escape(found[0]), document)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
