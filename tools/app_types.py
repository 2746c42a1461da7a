"""Measures the model of app types on the lists of `training/app_types` and writes the tables of `docs/accuracy.md` and
`docs/accuracy.zh-CN.md`; `--check` only says whether they still tell the truth and the goals are met."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mingjian.model.terms import vocabulary
from mingjian.nlp.app_types import NONE
from training.evaluate_app_types import Scores, groups, scores

DOCS = Path(__file__).parents[1] / "docs"
START, END = "<!-- app types: made by `tools/app_types.py` -->", "<!-- end of app types -->"
PAGES = {"accuracy.md": "en", "accuracy.zh-CN.md": "zh"}
PAGE = Path(__file__).parents[1] / "training" / "app_types" / "page.yml"
GOALS = (0.85, 0.95)
"""Of the held-out apps: the first answer right, one of the first two right."""


def row(name: str, found: Scores) -> str:
    """One line of a table."""
    shares = " | ".join(f"{share:.1%}" for share in found.shares)
    return f"| {name} | {found.apps} | {shares} |"


def lines(lang: str) -> Iterator[str]:
    """The generated part of a page."""
    words: dict[str, Any] = yaml.safe_load(PAGE.read_text(encoding="utf-8"))
    rule = "|---" * 6 + "|"
    yield from (words["heads"]["groups"][lang], rule)
    measured = groups()
    yield from (row(words["names"][name][lang], scores(group)) for name, group in measured.items())
    yield ""
    yield from (words["heads"]["types"][lang], rule)
    for type in (*vocabulary("categories"), NONE):
        group = [app for app in measured["held"] if app.type == type]
        name = words["names"]["none"][lang] if type == NONE else vocabulary("categories")[type].name.of(lang)
        yield row(name, scores(group))


def main() -> int:
    """0 when the pages are, or now are, true, and the goals are met."""
    held = scores(groups()["held"])
    print("\n".join(lines("en")))
    failed = any(share < goal for share, goal in zip(held.shares, GOALS, strict=False))
    if failed:
        print(f"the goals of {GOALS[0]:.0%} and {GOALS[1]:.0%} are missed")
    for name, lang in PAGES.items():
        file = DOCS / name
        text = file.read_text(encoding="utf-8")
        head, rest = text.split(START)
        fresh = f"{head}{START}\n" + "\n".join(lines(lang)) + f"\n{END}{rest.split(END)[1]}"
        if fresh != text and "--check" in sys.argv:
            failed = True
            print(f"docs/{name}: the model finds something else now; run tools/app_types.py")
        elif fresh != text:
            file.write_text(fresh, encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
