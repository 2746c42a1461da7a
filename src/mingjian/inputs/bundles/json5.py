"""JSON as people write it for HarmonyOS: comments, trailing commas, single quotes, names without quotes; and plain JSON."""

import json
import re
from typing import Any

from mingjian.inputs.bundles.unreadable import UnreadableError

MOST_BYTES = 8 << 20
_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|("(?:[^"\\]|\\.)*")|'((?:[^'\\]|\\.)*)'|([A-Za-z_$][\w$]*)(?=\s*:)|(,)(?=\s*(?:(?://[^\n]*\n|/\*.*?\*/)\s*)*[\]}])""",
    re.DOTALL,
)


def tree(content: bytes) -> dict[str, Any]:
    """The object that a document is. Raises `UnreadableError`."""
    if len(content) > MOST_BYTES:
        raise UnreadableError("json", str(len(content)))
    try:
        text = content.decode("utf-8-sig")
        try:
            root = json.loads(text)
        except json.JSONDecodeError:
            root = json.loads(_TOKEN.sub(_plain, text))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("json", f"{type(error).__name__}: {error}"[:120]) from error
    if not isinstance(root, dict):
        raise UnreadableError("json", type(root).__name__)
    return root


def _plain(token: re.Match[str]) -> str:
    whole, single, name, _ = token.groups()
    if whole is not None:
        return str(whole)
    if single is not None:
        return json.dumps(single.replace("\\'", "'"))
    return f'"{name}"' if name else ""
