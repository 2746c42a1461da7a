"""What a child is asked, in plain values."""

from dataclasses import dataclass
from pathlib import Path

INPUTS = "input"
"""The folder in a job's folder that holds what was fetched, which the child may read."""
OUTPUT = "output"
"""The folder beside it, into which alone the child writes."""
REPORT = "report.json"
"""The file in it that the child leaves."""
CODE = "code"
"""The folder in it for answers about code that was not known; in the lake, the folder of those that are."""


@dataclass(frozen=True, slots=True)
class Task:
    """The files, all in the job's `INPUTS`, and what the listing told. `digests` are those of the package's files, of which the report must
    name one; `created_at` the moment that it must carry, and `tool` and `catalogue` what must have observed. In `kept`,
    if anywhere, answers about code that is known are looked up; without `look` the code is read in any case, and compared with them."""

    package: tuple[Path, ...]
    digests: frozenset[str]
    created_at: str
    tool: str
    catalogue: str
    policy: tuple[Path, ...] = ()
    runs: tuple[Path, ...] = ()
    review: tuple[Path, ...] = ()
    category: str = ""
    operator: str = ""
    kept: Path | None = None
    look: bool = True
