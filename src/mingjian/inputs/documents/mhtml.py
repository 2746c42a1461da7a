"""A page that a browser saved in one file with its images: the part that is the page itself."""

import binascii
import re

from mingjian.inputs.documents.unreadable import UnreadableError

_MOST_HEADERS = 65_536
_BOUNDARY = re.compile(rb'boundary="?([^"\r\n;]{1,200})', re.IGNORECASE)
_BEGINS = re.compile(rb"\s{0,99}(?:From|MIME-Version|Subject|Date|Content-Type|Snapshot-Content-Location):", re.IGNORECASE)


def is_mhtml(data: bytes) -> bool:
    """Whether the file is a message of several parts."""
    return _BEGINS.match(data) is not None and b"multipart/related" in data[:4096].lower()


def page(data: bytes) -> tuple[bytes, str]:
    """The bytes of the first part that is a page, and the address that it was saved from. Raises `UnreadableError` when none is."""
    boundary = _BOUNDARY.search(data, 0, _MOST_HEADERS)
    if boundary is None:
        raise UnreadableError("input.policy_no_document")
    line = b"--" + boundary[1]
    at = data.find(line, boundary.end())
    while at >= 0:
        after = data.find(line, at + len(line))
        headers, _, body = data[at + len(line) : after if after >= 0 else len(data)].partition(b"\r\n\r\n")
        if not body:
            headers, _, body = data[at + len(line) : after if after >= 0 else len(data)].partition(b"\n\n")
        if re.search(rb"^content-type:\s{0,9}text/html", headers[:_MOST_HEADERS], re.IGNORECASE | re.MULTILINE):
            return _decoded(headers, body), _field(headers, b"content-location") or "page"
        at = after
    raise UnreadableError("input.policy_no_document")


def _decoded(headers: bytes, body: bytes) -> bytes:
    way = _field(headers, b"content-transfer-encoding").lower()
    try:
        if way == "quoted-printable":
            return binascii.a2b_qp(body)
        if way == "base64":
            return binascii.a2b_base64(body)
    except binascii.Error as error:
        raise UnreadableError("input.policy_no_document") from error
    return body


def _field(headers: bytes, name: bytes) -> str:
    found = re.search(rb"^" + name + rb":[ \t]{0,9}([^\r\n]{0,2000})", headers[:_MOST_HEADERS], re.IGNORECASE | re.MULTILINE)
    return found[1].decode("latin-1").strip() if found else ""
