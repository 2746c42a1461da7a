"""Who a program speaks for, and what its key is good for."""

from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.errors import AuthorizationError, HttpError, Throttled
from ninja.security import HttpBearer

from mingjian.console import clock
from mingjian.console.access import may_open
from mingjian.console.accounts.models import User
from mingjian.console.api.models import Token
from mingjian.console.api.tokens import find

CALLS_A_MINUTE = 120
_BESIDE_FILES = 1024 * 1024


class Bearer(HttpBearer):
    """A key with the scope, whose owner may open the page of that name: no program sees more than its owner does in the pages."""

    openapi_description = "A key made on the page of one's own account, sent as `Authorization: Bearer mj_…`."

    def __init__(self, scope: str, page: str) -> None:
        super().__init__()
        self.scope, self.page = scope, page

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """The key; none when there is no such key. Raises what the library answers with 403, 413 and 429."""
        found = find(token)
        if found is None:
            return None
        _count(found)
        if self.scope not in found.scopes or not may_open(found.owner, self.page):
            raise AuthorizationError
        # Asked before anything reads the body.
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_LIMIT + _BESIDE_FILES:
            raise HttpError(413, "")
        request.user = found.owner
        return found


def owner(request: HttpRequest) -> User:
    """The person for whom the program speaks."""
    return cast(User, cast(Any, request).auth.owner)


def _count(token: Token) -> None:
    """Counts this call. Raises `Throttled` beyond the limit of the present minute."""
    second = int(clock.now().timestamp())
    key = f"api:{token.pk}:{second // 60}"
    cache.add(key, 0, timeout=120)
    try:
        calls = cache.incr(key)
    except ValueError:
        calls = 1
    if calls > CALLS_A_MINUTE:
        raise Throttled(wait=60 - second % 60)
