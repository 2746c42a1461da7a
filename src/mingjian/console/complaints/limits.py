"""How often one address, and all together, may send complaints or look codes up. Counted in the database, so that all workers share it."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db.models import F

from mingjian.console import clock
from mingjian.console.complaints.models import Tally
from mingjian.console.home import secret
from mingjian.console.refused import RefusedError

WINDOW = timedelta(hours=1)
COMPLAINT, LOOK_UP, GUESS = "complaint", "look_up", "guess"
MOST = {COMPLAINT: (20, 1000), LOOK_UP: (60, 6000), GUESS: (10, 600)}
"""In one window: by one address, by all. A guess is a well-formed code that does not exist."""
_NETWORK_BITS = 64
"""Of an IPv6 address: a household or a machine has all of the rest to itself."""


class TooOftenError(RefusedError):
    """The limit of this window is used up."""

    def __init__(self) -> None:
        super().__init__("console.complaints.refused.often")


def spend(what: str, address: str) -> None:
    """Counts one try. Raises `TooOftenError` when it is one too many, and then counts nothing."""
    window = _window()
    one, all_ = MOST[what]
    _count(what, _digest(what, window, address), window, one)
    _count(what, "", window, all_)


def left(what: str, address: str) -> bool:
    """Whether another try would be within the limits."""
    window = _window()
    who = _digest(what, window, address)
    counts = dict(Tally.objects.filter(what=what, window=window, who__in=("", who)).values_list("who", "count"))
    one, all_ = MOST[what]
    return counts.get(who, 0) < one and counts.get("", 0) < all_


def _count(what: str, who: str, window: datetime, most: int) -> None:
    # The condition and the counting are one statement, so no two workers count past the limit.
    row, _ = Tally.objects.get_or_create(what=what, who=who, window=window)
    if not Tally.objects.filter(pk=row.pk, count__lt=most).update(count=F("count") + 1):
        raise TooOftenError


def _window() -> datetime:
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(clock.now().timestamp()) // seconds * seconds, UTC)


def _digest(what: str, window: datetime, address: str) -> str:
    there = ip_address(address)
    if isinstance(there, IPv6Address):
        address = str(IPv6Address(int(there) >> _NETWORK_BITS << _NETWORK_BITS))
    return hmac.new(bytes.fromhex(secret("visitors")), f"{what} {window.isoformat()} {address}".encode(), hashlib.sha256).hexdigest()[:32]
