"""What the verbs of `fleet` need of a cluster: loaded only when a database is named."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mingjian.errors import TryAgainError
from mingjian.fleet.cluster import Cluster, leading
from mingjian.fleet.journal import Observer
from mingjian.fleet.node import Site, serve
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run
from mingjian.fleet.timing import beating

# A database that is away is told of by us.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def journal(database: str) -> PostgresJournal:
    """The journal of a cluster. Raises `TryAgainError` when its database does not answer."""
    return PostgresJournal(database)


@contextmanager
def engine(run: Run, folder: Path, kept: PostgresJournal, database: str, tell: Callable[[TryAgainError], None]) -> Iterator[Cluster]:
    """The engine that leads a run. Raises `TryAgainError` when somebody else does."""
    with leading(database, run.id) as lead:
        yield Cluster(kept, folder, lead, tell=tell)


def work(site: tuple[str, Path, int, Path | None, bool], times: tuple[float, float], observer: Observer) -> None:
    """Is a node at a site (database, lake, slots, scratch, link) until told to stop, with the seconds between its signs of life, and those
    that running jobs have when it is told to. Raises what `serve` raises."""
    heartbeat, grace = times
    serve(Site(*site, timing=beating(heartbeat, grace), observer=observer))
