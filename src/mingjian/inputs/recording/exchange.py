"""One request as any recording of traffic tells it, and the event that it becomes."""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import chain

from mingjian.inputs.recording.sent_body import Headers, SentBody
from mingjian.inputs.recording.track import Carried, Item, Payload
from mingjian.inputs.recording.web_address import WebAddress, masked_target
from mingjian.model.run import Net, Span, Visibility
from mingjian.model.shipped import catalog

_LONGEST = 400
_HALVES = re.compile("[\ud800-\udfff]")
_PROTO = re.compile(r"(?:HTTP/|h)?(0\.9|1\.0|1\.1|2|3)(?:\.0|c)?(?:[+-][\w./-]{1,20})?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request, or a connection that nobody could read. `tunnel`: bytes went through unread; `encrypted`: they travelled under TLS, none
    when only the address tells; `error` is what the tool says of a request without a reply."""

    at: str
    url: str
    address: WebAddress
    ts: float | None = None
    end: float | None = None
    proto: str | None = None
    method: str | None = None
    headers: Headers = ()
    body: SentBody = SentBody()  # noqa: RUF009  frozen
    status: int | None = None
    ip: str | None = None
    received: int | None = None
    tunnel: bool = False
    encrypted: bool | None = None
    error: str = ""

    def item(self, seq: int) -> Item:
        """The event, with its payload when the request was read."""
        visibility = self.visibility()
        read = visibility in ("plain", "decrypted")
        path = masked_target(self.address.target) if read else ""
        net = Net(
            seq=seq,
            ts=self.ts,
            at=self.at,
            visibility=visibility,
            proto=sound(self.proto or "") or None,
            host=sound(self.address.host) or None,
            ip=self.ip,
            port=self.address.port,
            method=sound(self.method or "")[:_LONGEST] or None,
            path=sound(path) or None,
            status=self.status,
            end=self.end,
            sent=len(self.body.content) if read and self.body.complete else None,
            received=self.received,
            body_sha256=sha256(self.body.content).hexdigest() if read and self.body.content else None,
            error=sound(self.error[:_LONGEST]) or None,
        )
        if not read:
            return net
        written = "".join(chain.from_iterable(self.headers)).isascii()
        headers = self.headers if written else tuple((sound(name), sound(value)) for name, value in self.headers)
        return Carried(net, Payload(sound(self.url), headers, self.body.content, self.body.encoding, self.body.complete))

    def visibility(self) -> Visibility:
        """What could be read of it. An app that breaks the connection off because it does not trust the proxy refused it; a server that
        the proxy does not trust changes nothing about what the app sent."""
        if self.error and not self.status and refuses(self.error):
            return "refused"
        if self.tunnel:
            return "opaque"
        if self.encrypted is None:
            return "plain" if self.address.scheme in ("http", "ws") else "decrypted"
        return "decrypted" if self.encrypted else "plain"


def lost(seq: int, at: str, why: str, detail: str = "") -> Span:
    """The event that says that part of a recording of traffic could not be read."""
    return Span(seq=seq, at=at, channel="network", status="lost", what=why, detail=detail)


def sound(text: str) -> str:
    """Text that can be written: halves of surrogate pairs, which stand for bytes that are no text, are replaced."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def protocol(text: str) -> str | None:
    """`http/1.1`, `h2`, `h3` … from any of its spellings; another name in lower case, none for none."""
    found = _PROTO.fullmatch(text.strip()[:60])
    if found is None:
        return text.strip().lower()[:60] or None
    version = found[1]
    return f"h{version}" if version in ("2", "3") else f"http/{version}"


def refuses(error: str) -> bool:
    """Whether the tool's words for a failure mean that the client broke the connection off for the certificate."""
    words = error[:4000].lower()
    side = next((side for side, said in _handshake() if said.search(words)), "server")
    return side != "server"


@cache
def _handshake() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((side, re.compile("|".join(map(re.escape, words)))) for side, words in catalog("traffic")["handshake"].items())


def http_status(number: float | None) -> int | None:
    """The status of a reply; tools put 0, -1 or 999 where none came."""
    return int(number) if number is not None and 100 <= number < 600 else None
