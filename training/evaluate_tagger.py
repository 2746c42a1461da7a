"""Scores of the shipped taggers on the held-out annotations: `python -m training.evaluate_tagger DATA_DIR`."""

import argparse
import sys
from pathlib import Path

from mingjian.nlp.reading import Lang
from mingjian.nlp.tagger import spans
from training.spans import annotated, by_lists, table


def main() -> None:
    """Prints the tables of both languages, the taggers' beside those of the lists of phrases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    languages: tuple[Lang, ...] = ("zh", "en")
    for lang in languages:
        held = [sentence for sentence in annotated(given.data, lang) if sentence.held_out]
        gold = [sentence.spans for sentence in held]
        found = [[(mention.start, mention.end, mention.term) for mention in spans(sentence.text, lang)] for sentence in held]
        lists = [by_lists(sentence.text, lang) for sentence in held]
        sys.stdout.write(f"{lang}: {len(held)} held-out sentences, tagger\n{table(gold, found)}\nthe lists alone\n{table(gold, lists)}\n\n")


if __name__ == "__main__":
    main()
