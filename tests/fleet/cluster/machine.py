"""A node for tests, as a program: `python -m tests.fleet.cluster.machine DATABASE LAKE SLOTS [GRACE]`.

It scans as any node does, but packages that say so go wrong, and it loses patience in seconds."""

import logging
import sys
from dataclasses import replace
from pathlib import Path

from mingjian.fleet.node import Site, serve
from mingjian.fleet.pool import Pool
from mingjian.fleet.run import Run
from mingjian.fleet.timing import Timing
from mingjian.fleet.work import Scan
from tests.fleet.cluster.packages import Spoiled

TIMING = Timing(heartbeat=2, stalled=8, again=1, look=0.5, grace=10)


def _pool(run: Run, slots: int) -> Pool:
    return Pool(Spoiled(Scan(run.packs, run.limits)), slots, run.limits)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("mingjian").setLevel(logging.INFO)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    database, lake, slots, *grace = sys.argv[1:]
    timing = replace(TIMING, grace=float(grace[0])) if grace else TIMING
    serve(Site(database, Path(lake), int(slots), timing=timing, pool_of=_pool))
