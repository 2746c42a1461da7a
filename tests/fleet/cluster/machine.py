"""A node for tests, as a program: `python -m tests.fleet.cluster.machine DATABASE LAKE SLOTS`.

It scans as any node does, but packages that say so go wrong, and it loses patience in seconds."""

import logging
import sys
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
    serve(Site(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), timing=TIMING, pool_of=_pool))
