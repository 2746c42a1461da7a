"""The page of a privacy policy from its address, as a file that `open_policy` reads: by a real browser where there is one."""

import codecs
import re
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

from mingjian.errors import InputError, UsageError
from mingjian.inputs import browser as browsers
from mingjian.inputs.documents.encodings import decoded
from mingjian.inputs.gate import gate
from mingjian.inputs.plain_http import SCHEMES, Answer, get

Kind = Literal["html", "pdf", "docx", "text"]

_LONGEST_ADDRESS = 2000
_SHOWN_ADDRESS = 500
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_TEXT_TYPES = ("text/plain", "text/markdown", "text/x-markdown")
_SNIFFED_TYPES = ("", "application/octet-stream", "binary/octet-stream", "application/xml", "text/xml")
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<!--.{0,2000}?-->|<\?xml[^>]{0,200}>){0,20}<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252"}
"""What browsers read where a server names the narrower charset."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be saved. `address` is the one that redirects led to; `way` is the browser's name and version, or empty for plain HTTP;
    `public` says whether it came from the internet."""

    content: bytes
    kind: Kind
    address: str
    way: str
    public: bool


def fetch(address: str, until: float, browser: Path | None = None, public: bool = False) -> Page:
    """The page at the address by the time `until` of the monotonic clock; by plain HTTP without a `browser`.

    `public` when a page of the internet named the address, which then may not lead into a private network. Raises `UsageError` for what
    is no address of a page, `TryAgainError` for what may work later and `InputError` for what will not."""
    asked = checked(address)
    # By plain HTTP in any case: the browser tells neither status nor certificate, nor the kind of content, nor where redirects lead.
    answer = get(urlunsplit(urlsplit(asked)._replace(fragment="")), until, public)
    kind = _kind(answer, asked)
    if kind in ("pdf", "docx"):
        return Page(answer.body, kind, answer.address, "", answer.public)
    if kind == "text":
        return Page(_text(answer).encode(), kind, answer.address, "", answer.public)
    # The part after # is the page's own affair: many pages choose by it what they show.
    final = urlunsplit(urlsplit(answer.address)._replace(fragment=urlsplit(answer.address).fragment or urlsplit(asked).fragment))
    if browser is None:
        return Page(_marked(_text(answer), asked, final, "plain HTTP"), kind, final, "", answer.public)
    way = browsers.version(browser)
    proxy = _proxy(final)
    with nullcontext(proxy) if proxy else gate(until, answer.public) as out:
        shown = browsers.show(browser, final, until, out)
    return Page(_marked(shown.decode("utf-8", "replace"), asked, final, way), kind, final, way, answer.public)


def checked(address: str) -> str:
    """The address in ASCII. Raises `UsageError` for what is no address of a web page."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise UsageError("fetch.address", address=address[:200]) from error
    strange = any(char <= " " or char == "\x7f" for char in address.strip()) or len(address) > _LONGEST_ADDRESS
    if parts.scheme.lower() not in SCHEMES or not host or "@" in parts.netloc or strange:
        raise UsageError("fetch.address", address=address[:200])
    place = f"[{host}]" if ":" in host else host
    safe = "!#$%&'()*+,/:;=?@[]~"
    return urlunsplit(
        (
            parts.scheme.lower(),
            place if port is None else f"{place}:{port}",
            quote(parts.path or "/", safe),
            quote(parts.query, safe),
            quote(parts.fragment, safe),
        )
    )


def _proxy(address: str) -> str:
    """The proxy that the environment names for this address, empty for none."""
    parts = urlsplit(address)
    return "" if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme, "")


def _kind(answer: Answer, asked: str) -> Kind:
    """What the content is, by what it looks like and by what the server calls it. Raises `InputError` for no document."""
    body, named = answer.body, answer.media_type
    if not body.strip():
        raise InputError("fetch.empty", address=asked)
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if body.startswith(b"PK\x03\x04") and b"word/document.xml" in body:
        return "docx"
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if wide or b"\0" not in body[:4096]:
        if named in _PAGE_TYPES or (named in _SNIFFED_TYPES and _PAGE.match(body)):
            return "html"
        if named in _TEXT_TYPES:
            return "text"
    raise InputError("fetch.no_document", address=asked, type=named[:80] or "?")


def _text(answer: Answer) -> str:
    """The characters: by a byte order mark, as UTF-8, by what the server says, else by what the content says of itself."""
    body = answer.body
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        name = codecs.lookup(answer.charset).name
        if not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return body.decode(_WIDER.get(name, name), "replace")
    except (LookupError, UnicodeError, ValueError):
        # The server names no charset, or none that there is.
        pass
    return decoded(body)[0]


def _marked(source: str, asked: str, final: str, way: str) -> bytes:
    """The page with a first line that says where, when and how it was got. The byte order mark outdoes what the page says of its own
    charset, which no longer holds."""
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    # No byte of an address can end the comment.
    asked, final = (
        address[:_SHOWN_ADDRESS].replace("-", "%2D").replace(">", "%3E") if "--" in address else address for address in (asked, final)
    )
    line = f"<!-- mingjian fetch · {asked[:_SHOWN_ADDRESS]} · {final[:_SHOWN_ADDRESS]} · {at} · {way.replace('--', '')} -->\n"
    return codecs.BOM_UTF8 + (line + source.removeprefix("\ufeff")).encode("utf-8", "replace")
