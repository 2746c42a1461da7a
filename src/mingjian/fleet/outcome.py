"""What came of a job: always one of these words, never an exception."""

from dataclasses import dataclass
from typing import Literal

from mingjian.model.types import Text

Verdict = Literal["ok", "partial", "refused", "timeout", "memory", "crash", "limit", "denied"]
"""`ok`; `partial`: coverage was lost; `refused`: no package, or unreadable; `timeout`, `memory`, `crash`: how the child ended; `limit`: too
much output, too many files or processes; `denied`: it ended of trying what the sandbox forbids."""

GOOD: tuple[Verdict, ...] = ("ok", "partial")
FINAL: tuple[Verdict, ...] = (*GOOD, "refused")
"""What another try would not change."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one try of job `place`. `key` is what its report rests on, empty where the package could not be fetched whole; `sha256`
    is of the report's bytes, empty without one. `seconds` of wall time, `cpu` seconds and `memory` bytes of the child at most;
    `known` says that an earlier job had the same key, so that nothing was scanned; `code_known` whether a scanned package's code was known
    from another, none where that was not asked; `confined` how far the child was, none without one.

    `of_report` is what the report says for itself, `ok` or `partial`, where `verdict` says more of this listing: that something beside
    its package could not be had. Other listings with that report have it from there."""

    place: int
    verdict: Verdict
    key: str = ""
    sha256: str = ""
    reason: Text | None = None
    seconds: float = 0
    cpu: float = 0
    memory: int = 0
    known: bool = False
    code_known: bool | None = None
    confined: str | None = None
    of_report: Verdict | None = None
