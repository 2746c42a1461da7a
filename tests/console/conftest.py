"""What the console's tests share: people of every role, and a stopped clock where time matters."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.append_only import allow_changes, refuse_changes
from mingjian.console.market.models import Operator

ONLY_ADDED = ("audit_entry", "cases_event")
PASSWORD = "correct horse battery staple"
NOON = datetime(2026, 9, 16, 12, 0, tzinfo=clock.PLACE)
"""A Wednesday far from any holiday."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what has its turn on the other database: every run of all tests is made on each."""
    other = "looks" if settings.ON_POSTGRESQL else "postgresql"
    elsewhere = [item for item in items if item.get_closest_marker(other)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if not item.get_closest_marker(other)]


@pytest.fixture(scope="session", autouse=True)
def _clearing() -> Iterator[None]:
    """Tests that clear the database take the refusal of the tables that only grow back while they do."""
    clear = BaseDatabaseOperations.execute_sql_flush

    def clear_all(self: BaseDatabaseOperations, statements: list[str]) -> None:
        with self.connection.schema_editor() as editor:
            for table in ONLY_ADDED:
                allow_changes(editor, table)
        clear(self, statements)
        with self.connection.schema_editor() as editor:
            for table in ONLY_ADDED:
                refuse_changes(editor, table)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", clear_all)
        yield


@pytest.fixture
def noon() -> Iterator[datetime]:
    with clock.stopped_at(NOON):
        yield NOON


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes a person: `person("inspector")`, `person("operator", operator=…)`, `person("reviewer", name="li")`."""

    def make(*roles: str, name: str = "", operator: Operator | None = None, body: str = "") -> User:
        user = User.objects.create_user(name or "-".join(roles), password=PASSWORD, operator=operator, body=body)
        user.groups.set([Group.objects.get(name=role) for role in roles])
        return user

    return make


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A client in which that person is signed in."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make
