"""Scores of the shipped topic models: `python -m training.evaluate DATA_DIR [--split dev]`. Needs nothing but Mingjian itself.

DATA_DIR holds `zh/` and `en/`, in each the split or the files themselves: one JSONL a policy, a sentence a line, in order, with `id`,
`text` and `label`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mingjian.nlp.reading import Lang
from mingjian.nlp.topics import LABELS, TOPICS, scores
from training.corpus import Policy, digest, read
from training.measure import report

Row = dict[str, float]
PRESENT: dict[str, Callable[[Sequence[float]], bool]] = {
    "one over 0": lambda values: any(value > 0 for value in values),
    "two over 0.3": lambda values: sum(value > 0.3 for value in values) >= 2,
}


def deletion(policies: Sequence[Policy], lang: Lang) -> str:
    """For each topic, over the policies that have it: how often it is found in the whole text, and how often that verdict turns when the
    sentences labelled with it are deleted."""
    whole = [scores(policy.texts, lang) for policy in policies]
    lines = ["deleted     " + "".join(f"{rule:>26}" for rule in PRESENT)]
    for topic in TOPICS:
        kept = []
        for policy, rows in zip(policies, whole, strict=True):
            if any(topic in labels for labels in policy.labels):
                texts = [text for text, labels in zip(policy.texts, policy.labels, strict=True) if topic not in labels]
                kept.append((rows, scores(texts, lang)))
        lines.append(f"{topic:<12}" + "".join(f"{_turned(topic, kept, present):>26}" for present in PRESENT.values()))
    return "\n".join(lines)


def _turned(topic: str, pairs: Sequence[tuple[list[Row], list[Row]]], present: Callable[[Sequence[float]], bool]) -> str:
    found = [rest for rows, rest in pairs if present([row[topic] for row in rows])]
    off = sum(not present([row[topic] for row in rest]) for rest in found)
    return f"{len(found)}/{len(pairs)} found, {off} turn off"


def main() -> None:
    """Prints the tables of every language that the folder has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", default="dev")
    given = parser.parse_args()
    languages: tuple[Lang, ...] = ("zh", "en")
    for lang in languages:
        folder = given.data / lang / given.split
        if not folder.is_dir():
            folder = given.data / lang
        policies = read(folder)
        if not policies:
            continue
        truths = [[float(label in labels) for label in LABELS] for policy in policies for labels in policy.labels]
        found = [[row[label] for label in LABELS] for policy in policies for row in scores(policy.texts, lang)]
        sys.stdout.write(
            f"{lang}: {len(policies)} policies, sha256 {digest(folder)}\n{report(truths, found)}\n{deletion(policies, lang)}\n\n"
        )


if __name__ == "__main__":
    main()
