"""Whom a host belongs to that an app talks to."""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.extract.catalogue import owner_of_host
from mingjian.model.shipped import catalog
from mingjian.model.types import UNKNOWN

_LONGEST_HOST = 253
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,126}")
_NO_LABEL = re.compile(r"[\x00-\x20/\\@?#]")

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Abroad:
    """A domain whose owner receives outside the country, and how sure that is."""

    domain: str
    country: str
    certain: bool


class Recipients:
    """Answers for one app: `hosts` are those that are known to be its operator's."""

    def __init__(self, package: str, hosts: Sequence[str] = ()) -> None:
        self._given = frozenset(name for name in map(host_name, hosts) if name)
        self._claimed = operator_domain(package)
        self._is_theirs = self._claimed is not None and owner_of_host(self._claimed) == f"host.{self._claimed}"
        self._known: dict[str, str] = {}

    def of(self, host: str | None, ip: str | None = None) -> str:
        """`operator`, `sdk.<id>`, `company.<slug>`, `host.<name>`, or `unknown` for rented servers, private addresses, and where nothing
        names the host."""
        name = host_name(host or ip or "")
        if name is None:
            return UNKNOWN
        owner = self._known.get(name)
        if owner is None:
            owner = self._decide(name)
            if len(self._known) < 1 << 16:
                self._known[name] = owner
        return owner

    def _decide(self, name: str) -> str:
        if any(domain in self._given for domain in _domains(name)):
            return OPERATOR
        address = _address(name)
        owner = owner_of_host(name)
        if owner.startswith("sdk."):
            return owner
        if kind_of_host(name) in ("cloud", "resolver") or (address is not None and not address.is_global):
            return UNKNOWN
        if self._claimed is not None and self._claimed in _domains(name):
            # A domain that the package name claims and the maker of SDKs owns could be either's.
            return OPERATOR if self._is_theirs else f"host.{name}"
        return owner


def host_name(host: str) -> str | None:
    """A host in the one spelling in which it is compared: lower case, without port, brackets and final dot, letters of other scripts as
    the name system writes them; none for what is no host."""
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    name = name.rstrip(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return name if 0 < len(name) <= _LONGEST_HOST and _NO_LABEL.search(name) is None else None


def can_be_one_operators(host: str) -> bool:
    """Whether a person may say that this host and all below it are one operator's: a name of several parts or an address; no URL, no
    pattern, no ending such as `com.cn`, no domain under which a cloud rents to everybody."""
    name = host_name(host)
    if name is None or (_NAME.fullmatch(name) is None and _address(name) is None):
        return False
    shared = catalog("hosts").get(name)
    return name not in _suffixes() and (shared is None or shared["kind"] != "cloud")


def kind_of_host(name: str) -> str | None:
    """What hosts that are several parties' serve for: `cloud`, `resolver`, `platform`; none for any other."""
    shared = catalog("hosts")
    for domain in _domains(name):
        if domain in shared:
            kind: str = shared[domain]["kind"]
            return kind
    return None


def abroad(host: str) -> Abroad | None:
    """Where the owner of a host receives, when that is known to be abroad."""
    for domain in _domains(host):
        row = _data()["abroad"].get(domain)
        if row is not None:
            return Abroad(domain, row["country"], row["confidence"] == "high")
    return None


def operator_domain(package: str) -> str | None:
    """The domain that a package name is by convention the reverse of, `com.kuaichi.app` of `kuaichi.com`; none where the name follows no
    convention or speaks of nobody."""
    labels = package.lower().split(".")
    for size in (2, 1):
        suffix = ".".join(reversed(labels[:size]))
        if suffix in _suffixes() and len(labels) > size:
            own = labels[size]
            return f"{own}.{suffix}" if own not in _generic() and re.fullmatch(r"[a-z0-9]{2,63}", own) else None
    return None


def _domains(name: str) -> Iterator[str]:
    """The name and the domains above it; an address is below nothing."""
    if _address(name) is not None:
        yield name
        return
    while name:
        yield name
        name = name.partition(".")[2]


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None


@cache
def _suffixes() -> frozenset[str]:
    return frozenset(_data()["suffixes"])


@cache
def _generic() -> frozenset[str]:
    return frozenset(_data()["generic"])


def _data() -> dict[str, Any]:
    found: dict[str, Any] = catalog("recipients")
    return found
