"""The authorisation table: every address, every role, one's own and somebody else's object. What has no row in the table fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from mingjian.console import clock
from tests.console.access.world import ORDER, World, make

NUMBER = {role: place for place, role in enumerate(ORDER)}
IN = "in"
ACTIVATE = "/accounts/2fa/totp/activate/"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    method: str
    address: str
    own: tuple[str, ...]
    foreign: tuple[str, ...]


def _rows() -> Iterator[Row]:
    for line in (Path(__file__).parent / "doors.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            head, *statuses = (part.split() for part in line.split(" : "))
            name, method, address = head
            own, foreign = statuses if len(statuses) == 2 else (statuses[0], [])
            assert len(own) == len(ORDER), line
            assert len(foreign) in (0, len(ORDER)), line
            yield Row(name, method, address, tuple(own), tuple(foreign))


ROWS = list(_rows())


def _names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif pattern.name:
            yield f"{space}{pattern.name}"


def test_every_address_has_a_row() -> None:
    assert set(_names(get_resolver().url_patterns)) == {row.name for row in ROWS}


@pytest.fixture
def world(db: None) -> Iterator[World]:
    made = make()
    with clock.stopped_at(made.at):
        yield made


class Visitor:
    """Somebody of a role, in the pages by a session and in the interface for programs by a key."""

    def __init__(self, world: World, role: str) -> None:
        self.client = world.client(role) if role in world.people else Client(raise_request_exception=False)
        self.headers = {"authorization": f"Bearer {world.keys[role]}"} if role in world.keys else {}
        self.session = dict(self.client.cookies)

    def ask(self, method: str, address: str) -> str:
        """What the address answered; whatever the request did is undone."""
        headers = self.headers if address.startswith("/api/") else {}
        with transaction.atomic():
            answer = self.client.generic(method, address, b"", content_type="application/x-www-form-urlencoded", headers=headers)
            if answer.streaming:
                b"".join(answer)
            transaction.set_rollback(True)
        self.client.cookies.clear()
        self.client.cookies.update(self.session)
        if answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/?next="):
            return IN
        if answer.status_code == 302 and answer.headers["Location"] == ACTIVATE:
            return "activate"
        return str(answer.status_code)


@pytest.mark.parametrize("role", ORDER)
def test_the_table_holds(world: World, role: str) -> None:
    visitor, wrong = Visitor(world, role), []
    for row in ROWS:
        for whose, things, told in (("own", world.own, row.own), ("foreign", world.foreign, row.foreign)):
            if told:
                expected = told[NUMBER[role]]
                found = visitor.ask(row.method, row.address.format(**things[role]))
                if found != expected:
                    wrong.append(f"{row.name} {row.method} {whose}: {found}, not {expected}")
    assert wrong == []


@pytest.mark.parametrize("role", ["anonymous", "inspector", "administrator"])
def test_a_method_without_a_row_is_refused(world: World, role: str) -> None:
    known = {(row.address, row.method) for row in ROWS}
    visitor, wrong = Visitor(world, role), []
    for address, name in {row.address: row.name for row in ROWS}.items():
        for method in ("GET", "POST", "DELETE"):
            # What libraries do with a method that they do not know is theirs: they show the page and change nothing.
            if (address, method) in known or name.startswith(("account_", "mfa_", "admin:", "api:v1:openapi")):
                continue
            found = visitor.ask(method, address.format(**world.own[role]))
            if found not in {"in", "401", "403", "404", "405"}:
                wrong.append(f"{name} {method}: {found}")
    assert wrong == []


@pytest.mark.parametrize("role", ["inspector", "administrator"])
def test_without_the_second_factor_that_is_demanded_only_public_pages_open(world: World, role: str) -> None:
    visitor, wrong = Visitor(world, role), []
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        for row in ROWS:
            closed = row.own[NUMBER[role]] == "403"
            public = row.own[0] not in {"in", "401"} or len(set(row.own)) == 1
            expected = {row.own[NUMBER[role]]} if public else {"activate"} | ({"403"} if closed else set())
            if row.address.startswith("/api/v1/"):
                expected = {row.own[0]}
            if row.name.startswith("mfa_") or row.name == "account_reauthenticate":
                continue
            found = visitor.ask(row.method, row.address.format(**world.own[role]))
            if found not in expected:
                wrong.append(f"{row.name} {row.method}: {found}, not {expected}")
    assert wrong == []
