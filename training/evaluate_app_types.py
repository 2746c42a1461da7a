"""Scores of the shipped model of app types over the lists: `python -m training.evaluate_app_types [--wrong]`. Needs only Mingjian."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mingjian.nlp.app_types import NONE, Clues, rank
from training.app_type_list import FOLDER, App, apps, split

FRESH = "fresh.jsonl"


@dataclass(frozen=True, slots=True)
class Scores:
    """Counts over the apps of a list. `first`: the likeliest answer is right, whether or not it would be told; `second`: one of the first
    two is. `named`: a type is told, `right`: it is the right one. An app that is none of the 39 is right when no type leads, and is never
    right when one is told."""

    apps: int
    first: int
    second: int
    named: int
    right: int

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Of all apps the first and the first two; how many are named, and how many of those rightly."""
        return self.first / self.apps, self.second / self.apps, self.named / self.apps, self.right / max(1, self.named)


def scores(listed: Sequence[App]) -> Scores:
    """The scores of the shipped model."""
    told = [(app, rank(app.clues)) for app in listed]
    named = [(app, ranked) for app, ranked in told if ranked and ranked.sure and ranked.best != NONE]
    return Scores(
        apps=len(told),
        first=sum(ranked is not None and ranked.best == app.type for app, ranked in told),
        second=sum(ranked is not None and app.type in (ranked.best, ranked.second) for app, ranked in told),
        named=len(named),
        right=sum(ranked.best == app.type for app, ranked in named),
    )


def groups() -> dict[str, list[App]]:
    """The apps that are measured, by the name of their row in the table."""
    held = split(apps())[1]
    listed: dict[str, list[App]] = {
        "held": held,
        "chinese": [app for app in held if not app.text.isascii()],
        "english": [app for app in held if app.text.isascii()],
        "mixed": [app for app in held if app.mixed],
        "typed": [app for app in held if app.type != NONE],
        "none": [app for app in held if app.type == NONE],
        "label": [replace(app, clues=Clues(app.clues.labels)) for app in held],
        "inside": [replace(app, clues=replace(app.clues, description="")) for app in held if app.clues.components],
        "fresh": apps(FRESH) if (FOLDER / FRESH).exists() else [],
    }
    return {name: group for name, group in listed.items() if group}


def main() -> None:
    """Prints the scores of every group and, on request, the apps that are told wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true")
    given = parser.parse_args()
    for name, group in groups().items():
        found = scores(group)
        shares = " ".join(f"{share:.3f}" for share in found.shares)
        sys.stdout.write(f"{name:10} {found.apps:4} first, first two, named, right of named: {shares}\n")
    for app in [*groups()["held"], *groups().get("fresh", ())] if given.wrong else ():
        ranked = rank(app.clues)
        if ranked is None or ranked.best != app.type:
            told = f"{ranked.best} {ranked.share:.2f}, then {ranked.second}" if ranked else "nothing"
            sys.stdout.write(f"{app.type}: {app.clues.labels[0]} -> {told}\n")


if __name__ == "__main__":
    main()
