"""Measures the flow analysis on the pairs of `fixtures/flow`: precision, recall and F1 by group, for flows and for phases, and every error.

Writes the tables of `docs/accuracy.md` and `docs/accuracy.zh-CN.md`; `--check` only says whether they still tell the truth."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fixtures.accuracy import Compared, compared, known_misses, misses
from fixtures.pairs import FOLDER, twins

DOCS = Path(__file__).parents[1] / "docs"
START, END = "<!-- accuracy: made by `tools/accuracy.py` -->", "<!-- end of accuracy -->"
PAGES = {"accuracy.md": "en", "accuracy.zh-CN.md": "zh"}
KINDS = ("flow", "phase")


@dataclass
class Score:
    """Facts of one kind in one group."""

    pairs: set[tuple[str, str]] = field(default_factory=set)
    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, each: Compared, kind: str) -> None:
        """Takes the facts of an app in; an app of which nothing of the kind is expected or told adds nothing."""
        counts = [sum(fact[0] == kind for fact in facts) for facts in (each.right, each.wrong, each.missed)]
        if any(counts) or kind == "flow":
            self.pairs.add((each.twin.group, each.twin.pair))
        self.right += counts[0]
        self.wrong += counts[1]
        self.missed += counts[2]

    def row(self, name: str) -> str:
        """One line of a table."""
        counts = (len(self.pairs), self.right + self.missed, self.right, self.wrong, self.missed)
        shares = (
            _share(self.right, self.right + self.wrong),
            _share(self.right, self.right + self.missed),
            _share(2 * self.right, 2 * self.right + self.wrong + self.missed),
        )
        return f"| {name} | {' | '.join(map(str, counts))} | {' | '.join(shares)} |"


def _share(part: int, whole: int) -> str:
    """A percentage; a dash where there is nothing to take it of."""
    return f"{part / whole:.1%}" if whole else "–"


def scores(all_compared: list[Compared], kind: str) -> dict[str, Score]:
    """The score of each group, and of all."""
    found: dict[str, Score] = {}
    for each in all_compared:
        for group in (each.twin.group, "all"):
            found.setdefault(group, Score()).add(each, kind)
    ordered = [*(group for group in found if group != "all"), "all"]
    return {group: found[group] for group in ordered if found[group].pairs}


def lines(all_compared: list[Compared], words: dict[str, Any], lang: str) -> Iterator[str]:
    """The generated part of a page."""
    for kind in KINDS:
        head = words["heads"][kind][lang]
        yield from (head, "|---" * (head.count("|") - 1) + "|")
        yield from (score.row(words["groups"][group][lang]) for group, score in scores(all_compared, kind).items())
        yield ""
    yield from (words["heads"]["miss"][lang], "|---|---|---|")
    reasons = known_misses()
    for each in all_compared:
        for miss in misses(each):
            app, _, word, fact = miss.split(" ", 3)
            why = reasons.get(miss, {}).get(lang, "")
            yield f"| {app} | {words['words'][word][lang]}: `{fact}` | {why} |"


def main() -> int:
    """0 when the pages are, or now are, true, and every error is known."""
    words = yaml.safe_load((FOLDER / "page.yml").read_text(encoding="utf-8"))
    found = list(compared(twins()))
    print("\n".join(lines(found, words, "en")))
    stale = False
    for name, lang in PAGES.items():
        file = DOCS / name
        text = file.read_text(encoding="utf-8")
        head, rest = text.split(START)
        fresh = f"{head}{START}\n" + "\n".join(lines(found, words, lang)) + f"\n{END}{rest.split(END)[1]}"
        if fresh != text and "--check" in sys.argv:
            stale = True
            print(f"docs/{name}: the analysis finds something else now; run tools/accuracy.py")
        elif fresh != text:
            file.write_text(fresh, encoding="utf-8")
    told, known = {miss for each in found for miss in misses(each)}, set(known_misses())
    for miss in sorted(told - known):
        print(f"new error: {miss}")
    for miss in sorted(known - told):
        print(f"no error any more, take it from misses.yml: {miss}")
    return int(stale or told != known)


if __name__ == "__main__":
    sys.exit(main())
