"""What many scans found, kept so that a market can be asked about it. See docs/fleet.md."""

from mingjian.lake.ask import Answer, Lake, open  # noqa: A004  `lake.open` is how it is asked
from mingjian.lake.compact import Compacted, compact
from mingjian.lake.manifest import found
from mingjian.lake.rows import Listed, Poison, Staged

__all__ = ["Answer", "Compacted", "Lake", "Listed", "Poison", "Staged", "compact", "found", "open"]
