"""Procrastinate's connection to the queue, made patient: a database that is away is waited for.

Without this a worker ends when the database does, its signs of life with it, and what it had nearly finished is done again elsewhere."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import InterfaceError, OperationalError
from psycopg_pool import AsyncConnectionPool

from mingjian.fleet.database import address

logger = logging.getLogger(__name__)


class PatientConnector(PsycopgConnector):
    """A connector that repeats what the database did not answer, every `again` seconds, until `leave` is called."""

    def __init__(self, url: str, most: int, again: float) -> None:
        # Left to itself the pool looks for a database that was away ever more seldom, at last every two minutes, and a node that lives is
        # not heard until it does.
        pool = partial(_unchecked, timeout=2, reconnect_timeout=2)
        super().__init__(conninfo=address(url), kwargs={"autocommit": True}, min_size=1, max_size=most, pool_factory=pool)
        self._again = again
        self._leaving = False

    def leave(self) -> None:
        """From now on a database that does not answer is not waited for."""
        self._leaving = True

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        await self._patiently(super().execute_query_async, query, arguments)

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        row: dict[str, Any] = await self._patiently(super().execute_query_one_async, query, arguments)
        return row

    async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self._patiently(super().execute_query_all_async, query, arguments)
        return rows

    async def _patiently(self, ask: Callable[..., Awaitable[Any]], query: str, arguments: dict[str, Any]) -> Any:
        silent = False
        while True:
            try:
                return await ask(query, **arguments)
            except ConnectorException as error:
                if self._leaving or not isinstance(error.__cause__, OperationalError | InterfaceError):
                    raise
                if not silent:
                    logger.warning("the database does not answer: %s", str(error.__cause__).strip().partition("\n")[0])
                silent = True
                await asyncio.sleep(self._again)


def _unchecked(**settings: Any) -> AsyncConnectionPool[Any]:
    """A pool that does not ask each connection whether it lives before it is used: one that does not is noticed by its use."""
    return AsyncConnectionPool(**{**settings, "check": None})
