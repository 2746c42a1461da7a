"""What a run found done before, and would have done otherwise."""

from pathlib import Path

from mingjian import lake
from mingjian.errors import MingjianError
from mingjian.fleet.run import Run
from mingjian.judge import load

_QUESTION = """
SELECT count(DISTINCT report) FROM listings JOIN reports USING (report) WHERE run = ? AND list_sort(packs) <> list_sort(?::VARCHAR[])
"""


def judged_otherwise(run: Run, folder: Path) -> int:
    """How many reports that a run lists are judged by other packs than the run's, since they were there before it; none where the lake
    does not answer. Packs are told apart by name and version."""
    try:
        packs = [f"{pack.id}@{pack.version}" for pack in map(load, run.packs)]
        with lake.open(folder) as opened:
            ((count,),) = opened.query(_QUESTION, [run.id, packs]).rows
    except MingjianError:
        # What a run did is told all the same.
        return 0
    return int(count)
