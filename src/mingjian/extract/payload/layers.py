"""Layers within a value that anybody can take off: percent signs, Base64, hexadecimal, JSON in a string, compression."""

import base64
import binascii
import re
from functools import cache
from math import log2
from urllib.parse import unquote_plus

from mingjian.extract.payload import structured
from mingjian.extract.payload.leaf import Budget, Leaf, Leaves
from mingjian.extract.payload.names import is_signature
from mingjian.extract.payload.protobuf import WireError
from mingjian.extract.payload.unpack import PackedError, inflated
from mingjian.model.shipped import catalog

_MOST_LAYERS = 5
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){6,}")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")
_LAYERED = re.compile(r"[%{\[<=:：]|[A-Za-z0-9+/_-]{12}")
_EMBEDDED = re.compile(
    r"(?<![A-Za-z0-9+/_.-])(?:eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?|[A-Za-z0-9+/_-]{16,}={0,2})(?![A-Za-z0-9+/_.-])"
)
_MOST_EMBEDDED = 2000
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_SHORTEST_MESSAGE = 12
_HIGH_ENTROPY = 0.85
_COMPRESSED = (b"\x1f\x8b", b"\x78\x9c", b"\x78\xda", b"\x78\x01")
_TAGS = 0x80
_DIGEST_SIZES = (16, 20, 32, 64)


def peeled(leaf: Leaf, budget: Budget) -> Leaves:
    """The leaf itself and what is found under its layers, a few deep. Long content that no layer explains counts as encrypted."""
    waiting = [(leaf, 0)]
    while waiting:
        outer, depth = waiting.pop()
        yield outer
        if depth >= _MOST_LAYERS or _LAYERED.search(outer.text) is None or not budget.take(len(outer.text)):
            continue
        waiting.extend((inner, depth + 1) for inner in reversed(list(_under(outer, budget))))


def explains(token: str) -> bool:
    """Whether a token may be something encoded, rather than a word, a number or a digest."""
    if token.isdigit() or (token.isalpha() and token == token.lower()):
        return False
    if len(token) % 2 == 0 and _HEX.fullmatch(token):
        content: bytes | None = bytes.fromhex(token)
        if content is not None and len(content) in _DIGEST_SIZES and not _prints(content):
            return False
    else:
        content = from_base64(token)
    if content is None:
        return False
    if len(content) in _DIGEST_SIZES or len(content) >= catalog("payload")["opaque_bytes"] or content[:2] in _COMPRESSED:
        return True
    # A message begins with the tag of a low number, and so does every text in Latin letters.
    return content[0] < _TAGS or _is_text(content)


def opaque(content: bytes) -> bool:
    """Whether bytes are long and even enough to be encrypted or packed in an unknown way."""
    return len(content) >= catalog("payload")["opaque_bytes"] and _entropy(content) >= _HIGH_ENTROPY


def _under(leaf: Leaf, budget: Budget) -> Leaves:
    text = leaf.text.strip()
    if text[:1] in ("{", "[") or text[:2] in ('"{', '"['):
        try:
            value = structured.as_json(text)
        except structured.DepthError:
            budget.faults.add("too_large")
            return
        except ValueError:
            yield from structured.loose_leaves(text, leaf, budget)
            return
        if isinstance(value, str):
            yield leaf.below(value, "json")
        else:
            yield from structured.json_leaves(value, Leaf(leaf.where, leaf.name, "", leaf.group, (*leaf.forms, "json")), budget)
        return
    if "%" in text and _PERCENT.search(text):
        plain = unquote_plus(text)
        if plain != text:
            yield leaf.below(plain, "url")
            return
    if text.startswith("<") and text.endswith(">"):
        yield from structured.xml_leaves(text, leaf, budget)
        return
    query = text.partition("?")[2] if text.startswith(("http://", "https://")) else text
    if "=" in query and structured.is_form(query):
        yield from structured.form_leaves(query, leaf, budget)
        return
    if _TOKEN.fullmatch(text):
        for part in text.split(".")[:2]:
            yield from _encoded(leaf, part, budget)
        return
    if _BASE64.fullmatch(text) is not None:
        yield from _encoded(leaf, text, budget)
        return
    for number, found in enumerate(_EMBEDDED.finditer(text)):
        if number >= _MOST_EMBEDDED:
            budget.faults.add("too_large")
            break
        yield leaf.below(found[0])
    if any(each in text for each in " :=："):
        yield from structured.loose_leaves(text, leaf, budget)


def _encoded(leaf: Leaf, text: str, budget: Budget) -> Leaves:
    """Both readings of a text that may be Base64, hexadecimal, or neither."""
    if len(text) % 2 == 0 and _HEX.fullmatch(text):
        content = bytes.fromhex(text)
        # A digest in hexadecimal is what is looked for: nothing is below it.
        inner = _content(leaf, content, "hex", budget) if len(content) not in _DIGEST_SIZES or _prints(content) else []
        yield from inner
        if not inner and len(content) not in _DIGEST_SIZES:
            _doubt(leaf, content, budget)
        return
    decoded = from_base64(text)
    if decoded is None or text.isdigit():
        return
    inner = _content(leaf, decoded, "base64", budget)
    yield from inner
    if not inner:
        _doubt(leaf, decoded, budget)


def _doubt(leaf: Leaf, content: bytes, budget: Budget) -> None:
    """Tells of content that no layer explains."""
    if not is_signature(leaf.name) and opaque(content):
        budget.faults.add("encrypted")


def from_base64(text: str) -> bytes | None:
    """The bytes of a text in either alphabet of Base64, with or without padding; none when it is no Base64."""
    bare = text.rstrip("=").encode("ascii", "replace").translate(_URL_SAFE)
    if len(bare) % 4 == 1:
        return None
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _content(leaf: Leaf, content: bytes, form: str, budget: Budget) -> list[Leaf]:
    """What decoded bytes say: a text, packed content, a digest, a message."""
    if not budget.take(len(content)):
        return []
    if content[:2] in _COMPRESSED:
        try:
            plain, whole = inflated(content)
        except PackedError:
            plain, whole = b"", True
        if plain and budget.take(len(plain)):
            if not whole:
                budget.faults.add("truncated")
            inner = _content(Leaf(leaf.where, leaf.name, "", leaf.group, (*leaf.forms, form)), plain, "gzip", budget)
            return inner or [leaf.below(plain.decode("latin-1"), form, "gzip")]
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if text and _is_readable(text):
        return [leaf.below(text, form)]
    if len(content) in _DIGEST_SIZES:
        return [leaf.below(content.hex(), form)]
    if len(content) < _SHORTEST_MESSAGE:
        return []
    try:
        leaves, _ = structured.protobuf_leaves(content, Leaf(leaf.where, leaf.name, "", leaf.group, (*leaf.forms, form)), budget)
    except WireError:
        return []
    return leaves if any(len(each.text) >= 6 for each in leaves) else []


def _is_text(content: bytes) -> bool:
    try:
        return _is_readable(content.decode())
    except UnicodeDecodeError:
        return False


def _prints(content: bytes) -> bool:
    return content.isascii() and content.decode("ascii").isprintable()


def _is_readable(text: str) -> bool:
    return all((each >= " " and each != "\x7f") or each in "\t\r\n" for each in text)


def _entropy(content: bytes) -> float:
    """Bits of information in a byte, as a share of what so many bytes can hold."""
    sample = content[: 1 << 16]
    size = len(sample)
    bits = -sum(count / size * log2(count / size) for count in (sample.count(each) for each in _bytes()) if count)
    return bits / log2(min(size, 256)) if size > 1 else 0.0


@cache
def _bytes() -> tuple[int, ...]:
    return tuple(range(256))
