"""From where a request comes, for limits that hold per address."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  no address to listen on


def address(request: HttpRequest) -> str:
    """The client's address: what the outermost of our own proxies saw, never what the client says of itself.

    Without proxies (`MINGJIAN_PROXIES` 0) `X-Forwarded-For` is ignored. `UNKNOWN` for what is no address."""
    proxies: int = settings.TRUSTED_PROXIES
    told = str(request.META.get("REMOTE_ADDR", ""))
    if proxies:
        chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        told = chain[-proxies] if len(chain) >= proxies else told
    try:
        return str(ip_address(told.strip().removeprefix("[").removesuffix("]")))
    except ValueError:
        return UNKNOWN
