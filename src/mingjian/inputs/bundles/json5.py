"""JSON as people write it for HarmonyOS: comments, trailing commas, single quotes, names without quotes; and plain JSON."""

import json
import re
from collections.abc import Iterator
from typing import Any

from mingjian.inputs.bundles.unreadable import UnreadableError

MOST_BYTES = 8 << 20
_TOKEN = re.compile(r"""\s+|(//[^\n]*)|(/\*)|(["'])|([A-Za-z_$][\w$]*)|[\w+.-]+|.""", re.DOTALL)
_CLOSING = re.compile(r"""["'\\]""")


def tree(content: bytes) -> dict[str, Any]:
    """The object that a document is. Raises `UnreadableError`."""
    if len(content) > MOST_BYTES:
        raise UnreadableError("json", str(len(content)))
    try:
        text = content.decode("utf-8-sig")
        try:
            root = json.loads(text)
        except json.JSONDecodeError:
            root = json.loads("".join(_plain(text)))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("json", f"{type(error).__name__}: {error}"[:120]) from error
    if not isinstance(root, dict):
        raise UnreadableError("json", type(root).__name__)
    return root


def _plain(text: str) -> Iterator[str]:
    """The document as plain JSON. One step for every token, and none is taken back: a hostile document costs its length. Raises
    `ValueError`."""
    held = ""
    """A comma or a name, kept back until what follows says what it is."""
    for piece, whole in _tokens(text):
        if held == ",":
            yield "" if piece in ("]", "}") else ","
        elif held:
            yield json.dumps(held) if piece == ":" else held
        held = piece if piece == "," or not whole else ""
        if not held:
            yield piece
    yield held


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Every token but comments and space; the second says that it is none that means one thing here and another there, as names do."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None
        line, block, quote, name = found.groups()
        at = found.end()
        if quote:
            said, at = _said(text, at, quote)
            yield said, True
        elif block:
            at = text.find("*/", at) + 2
            if at < 2:
                raise ValueError("a comment without an end")
        elif name:
            yield name, False
        elif not line and not found[0].isspace():
            yield found[0], True


def _said(text: str, start: int, quote: str) -> tuple[str, int]:
    """A text in double quotes, and where it ends; it begins at `start`, after `quote`."""
    pieces, at = ['"'], start
    while found := _CLOSING.search(text, at):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found[0] == quote:
            return "".join([*pieces, '"']), at
        if found[0] == "\\":
            escaped = text[at : at + 1]
            # Plain JSON knows no such escape, nor needs it; a line may go on in the next one.
            pieces.append({"'": "'", "\n": ""}.get(escaped, "\\" + escaped))
            at += 1
        else:
            pieces.append('\\"' if found[0] == '"' else found[0])
    raise ValueError("a text without an end")
