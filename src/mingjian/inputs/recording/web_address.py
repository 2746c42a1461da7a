"""Addresses of requests: taken apart without trusting them, and masked for what a run file may hold."""

import ipaddress
import re
from dataclasses import dataclass

_SCHEME = re.compile(r"\s*(?:([A-Za-z][A-Za-z0-9+.-]{0,31}):)?//")
_AUTHORITY_END = re.compile(r"[/?#\\]")
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_PLAIN_NAME = re.compile(r"[A-Za-z_$][\w.$\[\]-]{0,40}", re.ASCII)
_MOST_DIGITS = 4
_LONGEST_SEGMENT = 40
_LONGEST_PATH = 2048
_MOST_PARAMETERS = 200


@dataclass(frozen=True, slots=True)
class WebAddress:
    """The parts of an address. `scheme` and `host` are in lower case and empty when it names none; `port` is that of the scheme where none
    is written; `target` is the path with its query."""

    scheme: str
    host: str
    port: int | None
    target: str

    def written(self) -> str:
        """The address as text; without a scheme it begins with `//`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port in (None, _PORTS.get(self.scheme)) else f":{self.port}"
        return (f"{self.scheme}:" if self.scheme else "") + f"//{host}{port}{self.target}"


def web_address(text: str) -> WebAddress:
    """The parts of an absolute address, of `host:port` as CONNECT has it, or of a path alone. Never raises."""
    found = _SCHEME.match(text)
    scheme = (found[1] or "").lower() if found else ""
    rest = text[found.end() :] if found else text.strip()
    if not found and rest.startswith(("/", "?")):
        return WebAddress("", "", None, _without_fragment(rest))
    cut = _AUTHORITY_END.search(rest)
    authority, target = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    host, port = host_and_port(authority.rpartition("@")[2])
    return WebAddress(scheme, host, port if port is not None else _PORTS.get(scheme), _without_fragment(target) or "/")


def host_and_port(authority: str) -> tuple[str, int | None]:
    """`name:443`, `[2001:db8::1]:443` or either without a port. A port that is none of 1 to 65535 is unknown."""
    authority = authority.strip()[:300]
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        port = rest.removeprefix(":")
    elif authority.count(":") > 1:
        host, port = authority, ""
    else:
        host, _, port = authority.partition(":")
    known = int(port) if port.isascii() and port.isdecimal() and len(port) <= 5 else 0
    return host.strip().rstrip(".").lower(), known if 0 < known < 65536 else None


def ip_address(text: object) -> str | None:
    """The address of the internet protocol that is written, with or without brackets, a zone, or a name and a slash before it."""
    if not isinstance(text, str) or len(text) > 300:
        return None
    bare = text.strip().rpartition("/")[2].removeprefix("[").removesuffix("]").partition("%")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None


def masked_target(target: str) -> str:
    """A path with its query as a run file may hold it: names stay, every value of the query is `*`, and so is every part of the path that
    looks like somebody's number, address or token. What stands in a query alone, without `=`, may be either and is masked."""
    path, asked, query = _without_fragment(target).partition("?")
    masked = "/".join(_masked_segment(segment) for segment in path[: _LONGEST_PATH * 2].split("/"))
    if asked:
        parameters = query[: _LONGEST_PATH * 4].split("&", _MOST_PARAMETERS)
        masked += "?" + "&".join(_masked_parameter(parameter) for parameter in parameters[:_MOST_PARAMETERS])
    return masked[:_LONGEST_PATH]


def _masked_parameter(parameter: str) -> str:
    name, given, _ = parameter.partition("=")
    if not given:
        return "*" if name else ""
    return f"{name}=*" if _PLAIN_NAME.fullmatch(name) and _digits(name) <= _MOST_DIGITS else "*"


def _masked_segment(segment: str) -> str:
    """A segment may carry parameters of its own (`;jsessionid=…`)."""
    name, *parameters = segment.split(";", 8)
    return ";".join([_masked_name(name), *map(_masked_parameter, parameters)])


def _masked_name(name: str) -> str:
    personal = (
        _digits(name) > _MOST_DIGITS or len(name) > _LONGEST_SEGMENT or "@" in name or "%" in name or ":" in name or not name.isascii()
    )
    return "*" if personal else name


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text[:_LONGEST_PATH])


def _without_fragment(target: str) -> str:
    return target.partition("#")[0]
