"""Whether the chain holds, in words, against every head that was told outside the database."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mingjian.console import clock
from mingjian.console.audit import chain
from mingjian.console.home import home
from mingjian.model.texts import say

_LINE = re.compile(r"(\d{4}-\d\d-\d\d) (\d{1,18}) ([0-9a-f]{64})\n?\Z")
_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Report:
    """The last entry's number and digest, how many heads told earlier were held against it, and the first thousand breaks."""

    seq: int
    digest: str
    known: int
    breaks: tuple[chain.Break, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.breaks

    def lines(self, lang: str) -> list[str]:
        """What was found, a line each, in `zh` or `en`."""
        if self.holds:
            return [say("console.audit.holds", lang, seq=self.seq, digest=self.digest, known=self.known)]
        return [say(f"console.audit.break.{each.what}", lang, seq=each.seq) for each in self.breaks]


def report(*known_heads: tuple[int, str]) -> Report:
    """Checks the whole chain against the heads given here and those that `export_head` wrote down."""
    known = [*known_heads, *exported()]
    seq, digest = chain.head()
    return Report(seq, digest, len(known), tuple(islice(chain.breaks(*known), _TOLD)))


def exported() -> Iterator[tuple[int, str]]:
    """The heads in the file of heads; a line that is none is passed over."""
    try:
        with (home() / "audit-heads.txt").open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                if found := _LINE.match(line):
                    yield int(found.group(2)), found.group(3)
    except FileNotFoundError:
        return


def export_head() -> None:
    """Writes today's head behind the others in `audit-heads.txt` in the console's folder.

    A copy belongs where the database's keeper has no hand."""
    seq, digest = chain.head()
    if not seq:
        return
    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home() / "audit-heads.txt").open("a", encoding="ascii") as out:
        out.write(f"{clock.today().isoformat()} {seq} {digest}\n")
        out.flush()
        os.fsync(out.fileno())
