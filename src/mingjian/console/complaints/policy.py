"""What the console's own privacy policy tells besides its words: who answers for it, its versions, and the cookies that are set."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage

from mingjian.console import clock
from mingjian.console.complaints.retention import Kept, kept

TOLD_FOR = timedelta(days=30)
"""How long every page tells that the policy changed."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the policy: from when it holds, and the key of the text that says what changed."""

    since: date
    key: str


VERSIONS = (Version(date(2026, 11, 22), "console.privacy.version.first"),)
"""Newest first. Who changes the words of the policy adds one."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie: its name and the keys of the texts that say what for and how long."""

    name: str
    why: str
    how_long: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page of the policy is filled with."""

    house: str
    contact: str
    identity_provider: bool
    versions: tuple[Version, ...]
    cookies: tuple[Cookie, ...]
    kept: tuple[Kept, ...]


def cookies() -> tuple[Cookie, ...]:
    """Every cookie that the console ever sets."""
    return (
        Cookie(settings.CSRF_COOKIE_NAME, "console.privacy.cookie.form", "console.privacy.cookie.year"),
        Cookie(settings.LANGUAGE_COOKIE_NAME, "console.privacy.cookie.language", "console.privacy.cookie.closed"),
        Cookie(settings.SESSION_COOKIE_NAME, "console.privacy.cookie.session", "console.privacy.cookie.hours"),
        Cookie(CookieStorage.cookie_name, "console.privacy.cookie.messages", "console.privacy.cookie.closed"),
    )


def facts() -> Facts:
    """What the policy says of this house."""
    return Facts(settings.HOUSE, settings.CONTACT, bool(settings.OIDC_ISSUER), VERSIONS, cookies(), tuple(kept().values()))


def changed() -> Version | None:
    """The version that every page tells of, as long as it is new; the first one is no change."""
    newest = VERSIONS[0]
    return newest if len(VERSIONS) > 1 and clock.today() < newest.since + TOLD_FOR else None
