"""The body of a request as single values, whatever its format: content decides, not the type that it claims."""

import re

import msgspec

from mingjian.extract.known_values import KnownValues
from mingjian.extract.payload import msgpack, protobuf, structured
from mingjian.extract.payload.glance import LARGE, Glance
from mingjian.extract.payload.layers import opaque, peeled
from mingjian.extract.payload.leaf import Budget, Leaf, Leaves
from mingjian.extract.payload.unpack import PackedError, inflated, unpacked
from mingjian.inputs.recording.track import Payload

_CHARSET = re.compile(r"charset=\"?([\w-]{2,20})", re.IGNORECASE)
_BOUNDARY = re.compile(rb"\A(?:\r?\n)?(--[^\r\n]{1,200})\r?\n")
_PART_NAME = re.compile(r"\bname=\"([^\"]{0,200})\"")
_FILE_NAME = re.compile(r"\bfilename=\"([^\"]{0,200})\"")
_JSON_START = re.compile(r"(?:\)\]\}'[,\s]|for\s?\(;;\);|while\s?\(1\);)?\s{0,16}(?=[{\[\"])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WORDS = re.compile(rb"[\x20-\x7e]{6,4096}")
_MEDIA = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"ID3", b"OggS", b"#!AMR")
_MOST_PARTS = 1000
_MOST_WORDS = 20_000
_MOST_LINES = 200_000
_TEXT_SHARE = 0.98
_HEADER_SEARCHED = 64


class Body:
    """The body of one request. What could not be read of it is told to `budget`; `known` are the values that are looked for."""

    def __init__(self, payload: Payload, known: KnownValues | None, budget: Budget) -> None:
        self._payload = payload
        self._known = known
        self._budget = budget

    def leaves(self) -> Leaves:
        """Every value of the body that could be evidence."""
        payload = self._payload
        if not payload.complete:
            self._budget.faults.add("truncated")
        if not payload.body:
            return
        kind = next((value for name, value in payload.headers if name.lower() == "content-type"), "")
        try:
            content, whole = unpacked(payload.body, payload.encoding)
        except PackedError:
            self._budget.faults.add("packed")
            return
        if not whole:
            self._budget.faults.add("truncated")
        if self._budget.take(len(content)):
            yield from self._content(content, kind, Leaf("body", ""), 0)

    def _content(self, content: bytes, kind: str, at: Leaf, depth: int) -> Leaves:
        boundary = _BOUNDARY.match(content)
        if boundary is not None and depth < 2 and content.count(boundary[1]) > 1:
            yield from self._multipart(content, boundary[1], at, depth)
            return
        text = _text(content, kind)
        if text is not None:
            yield from self._text_leaves(text, at)
        else:
            yield from self._binary(content, at)

    def _text_leaves(self, text: str, at: Leaf) -> Leaves:
        text = text.strip()
        start = _JSON_START.match(text)
        if start is not None:
            try:
                yield from self._json(text[start.end() :], Leaf(f"{at.where}.json", at.name))
            except structured.DepthError:
                self._budget.faults.add("too_large")
            except ValueError:
                yield from self._lines(text, at)
            return
        if text.startswith("<"):
            yield from self._each(structured.xml_leaves(text, Leaf(f"{at.where}.xml", ""), self._budget))
            return
        if "=" in text and structured.is_form(text):
            yield from self._each(structured.form_leaves(text, Leaf(f"{at.where}.form", at.name), self._budget))
            return
        yield from self._lines(text, at)

    def _lines(self, text: str, at: Leaf) -> Leaves:
        """Text that is no single document: lines of JSON, a log, one encoded value."""
        lines = text.splitlines()
        if len(lines) > _MOST_LINES:
            self._budget.faults.add("too_large")
            del lines[_MOST_LINES:]
        values = 0
        if len(lines) > 1:
            yield from self._each(structured.table_leaves(lines, Leaf(at.where), self._budget))
        for number, line in enumerate(lines if len(lines) > 1 else []):
            if line.lstrip()[:1] in ("{", "["):
                try:
                    value = structured.as_json(line)
                except ValueError:
                    continue
                values += 1
                yield from self._each(structured.json_leaves(value, Leaf(f"{at.where}.json.{number}", ""), self._budget))
        if values < len([line for line in lines if line.strip()]):
            yield from peeled(Leaf(at.where, at.name, text), self._budget)

    def _multipart(self, content: bytes, boundary: bytes, at: Leaf, depth: int) -> Leaves:
        for number, part in enumerate(content.split(boundary, _MOST_PARTS + 1)[1:]):
            if part.startswith(b"--"):
                break
            if number >= _MOST_PARTS:
                self._budget.faults.add("too_large")
                break
            head, _, inner = part.lstrip(b"\r\n").partition(b"\r\n\r\n" if b"\r\n\r\n" in part else b"\n\n")
            headers = head[:4096].decode("utf-8", "replace")
            named = _PART_NAME.search(headers)
            name = named[1] if named else str(number)
            leaf = Leaf(f"{at.where}.part.{name}", name, group=at.where)
            file = _FILE_NAME.search(headers)
            if file is not None:
                yield from peeled(Leaf(f"{leaf.where}.filename", "filename", file[1]), self._budget)
            inner = inner.removesuffix(b"\r\n").removesuffix(b"\n")
            text = _text(inner, headers)
            if text is not None and file is None:
                yield from peeled(Leaf(leaf.where, name, text, at.where), self._budget)
            elif inner:
                try:
                    plain, whole = unpacked(inner, "")
                except PackedError:
                    self._budget.faults.add("packed")
                    continue
                if not whole:
                    self._budget.faults.add("truncated")
                if self._budget.take(len(plain)):
                    yield from self._content(plain, headers, leaf, depth + 1)

    def _binary(self, content: bytes, at: Leaf) -> Leaves:
        if content.startswith(_MEDIA) or content[:4] == b"RIFF" or content[4:8] == b"ftyp":
            self._budget.faults.add("media")
            return
        if content[:4] == b"PK\x03\x04":
            self._budget.faults.add("packed")
            return
        for body in (content, protobuf.framed(content)):
            if body is None:
                continue
            try:
                leaves, strange = structured.protobuf_leaves(body, Leaf(f"{at.where}.proto", ""), self._budget)
            except protobuf.WireError:
                continue
            yield from self._each(iter(leaves))
            for piece in strange:
                yield from self._piece(piece, at)
            return
        try:
            value = msgpack.decoded(content)
        except msgpack.FormatError:
            pass
        else:
            yield from self._each(structured.json_leaves(value, Leaf(f"{at.where}.msgpack"), self._budget))
            return
        inner = _behind_a_head(content)
        if inner is not None:
            plain, whole = inner
            if not whole:
                self._budget.faults.add("truncated")
            if self._budget.take(len(plain)):
                yield from self._content(plain, "", at, 1)
            return
        self._budget.faults.add("encrypted" if opaque(content) else "unknown_format")
        for number, word in enumerate(_WORDS.finditer(content)):
            if number >= _MOST_WORDS:
                break
            yield Leaf(f"{at.where}.bytes", "", word[0].decode("ascii"))

    def _piece(self, piece: bytes, at: Leaf) -> Leaves:
        """Bytes within a message that are neither text nor message."""
        if piece[:2] in (b"\x1f\x8b", b"\x78\x9c", b"\x78\xda"):
            try:
                plain, whole = inflated(piece)
            except PackedError:
                self._budget.faults.add("packed")
                return
            if not whole:
                self._budget.faults.add("truncated")
            if self._budget.take(len(plain)):
                yield from self._content(plain, "", at, 2)
        elif len(piece) in (16, 20, 32):
            yield Leaf(f"{at.where}.proto", "", piece.hex())
        elif opaque(piece):
            self._budget.faults.add("encrypted")

    def _json(self, text: str, at: Leaf) -> Leaves:
        """The values of a JSON text that are worth a look. Raises `ValueError` when it is none."""
        glance = None
        if len(text) >= LARGE:
            # Escaped letters hide words from a look over the text.
            plain = msgspec.json.encode(structured.as_json(text)).decode() if "\\u" in text else text
            glance = Glance(plain, self._known)
            if glance.nothing:
                return
        value = structured.as_json(text)
        yield from self._each(structured.json_leaves(value, at, self._budget, glance.wants if glance is not None else structured.tells))

    def _each(self, leaves: Leaves) -> Leaves:
        for leaf in leaves:
            yield from peeled(leaf, self._budget)


def _text(content: bytes, kind: str) -> str | None:
    """The content as text, none when it is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    named = _CHARSET.search(kind)
    for charset in dict.fromkeys(["utf-8-sig", named[1].lower() if named else "utf-8", "gb18030" if b"\x00" not in content else "utf-8"]):
        try:
            text = content.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
        if charset == "gb18030" and not _is_chinese(text):
            continue
        if _is_text(text):
            return text
    return None


def _is_text(text: str) -> bool:
    sample = text[:4096]
    return len(_CONTROL.findall(sample)) <= len(sample) * (1 - _TEXT_SHARE)


def _is_chinese(text: str) -> bool:
    """Nearly any bytes decode as GB 18030; text in it is made of the characters in use."""
    sample = text[:4096]
    usual = sum(1 for each in sample if each < "\x7f" or "\u4e00" <= each <= "\u9fa5" or each in "，。！？：；、（）“”《》")
    return usual >= len(sample) * _TEXT_SHARE


def _behind_a_head(content: bytes) -> tuple[bytes, bool] | None:
    """Compressed content or JSON behind a few bytes of a maker's own, and whether that is all of it."""
    start = min((at for at in (content.find(each, 0, _HEADER_SEARCHED) for each in (b'{"', b"[{")) if at > 0), default=0)
    if start and content.rstrip(b"\x00\r\n").endswith((b"}", b"]")):
        return content[start:].rstrip(b"\x00\r\n"), True
    for magic in (b"\x1f\x8b\x08", b"\x78\x9c", b"\x78\xda", b"\x78\x01"):
        at = content.find(magic, 0, _HEADER_SEARCHED)
        if at >= 0:
            try:
                plain, whole = inflated(content[at:])
            except PackedError:
                continue
            if len(plain) >= len(content) // 2:
                return plain, whole
    return None
