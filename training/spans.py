"""Our annotations of phrases: sentences of CAPP-130's `train/` policies by number, with offsets; the texts come from the corpus."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mingjian.nlp.lexicon import data, stated_purposes
from mingjian.nlp.parties import parties
from mingjian.nlp.reading import Lang, Mention
from mingjian.nlp.tagger import KINDS, Span
from training.corpus import read
from training.measure import f1

FOLDER = Path(__file__).parent / "annotations"


class ChangedError(ValueError):
    """A sentence of the corpus is not the one that was annotated."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """A sentence and its phrases."""

    policy: str
    text: str
    spans: list[Span]

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the fifth of the policies that no tagger learns from."""
        return fold(self.policy) == 0


def fold(policy: str) -> int:
    """One of five parts, by the policy's name."""
    return hashlib.sha256(policy.encode()).digest()[0] % 5


def annotated(corpus: Path, lang: Lang) -> list[Annotated]:
    """The annotated sentences of a language, by number."""
    texts = {number: text for policy in read(corpus / lang / "train") for number, text in zip(policy.ids, policy.texts, strict=True)}
    sentences = []
    for line in (FOLDER / f"{lang}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = texts[row["id"]]
        if hashlib.sha256(text.encode()).hexdigest()[:16] != row["sha256"]:
            raise ChangedError(row["id"])
        sentences.append(Annotated(row["policy"], text, [(start, end, kind) for start, end, kind in row["spans"]]))
    return sentences


def by_lists(text: str, lang: Lang) -> list[Span]:
    """What the lists of phrases find by themselves: the yardstick."""
    found = zip(KINDS, (data(text, lang), stated_purposes(text, lang), parties(text, lang)), strict=True)
    return [(start, end, kind) for kind, listed in found for start, end in _apart(listed)]


def table(gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> str:
    """Precision, recall and F1 of each kind: of phrases with exactly these ends, and of phrases that meet one of the kind."""
    lines = ["kind         exact P     R    F1   met P     R    F1      n"]
    for kind in KINDS:
        truth = [[span for span in row if span[2] == kind] for row in gold]
        guess = [[span for span in row if span[2] == kind] for row in found]
        total, given = sum(map(len, truth)), sum(map(len, guess))
        exact = sum(len(set(real) & set(row)) for real, row in zip(truth, guess, strict=True))
        hit = sum(_meets(span, real) for real, row in zip(truth, guess, strict=True) for span in row)
        reached = sum(_meets(span, row) for real, row in zip(truth, guess, strict=True) for span in real)
        right = f"{exact / max(1, given):5.3f} {exact / max(1, total):5.3f} {f1(exact, given - exact, total - exact):5.3f}"
        precision, recall = hit / max(1, given), reached / max(1, total)
        met = f"{precision:5.3f} {recall:5.3f} {2 * precision * recall / max(1e-9, precision + recall):5.3f}"
        lines.append(f"{kind:<14} {right}   {met} {total:6}")
    return "\n".join(lines)


def _meets(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end, _ in others)


def _apart(listed: Iterable[Mention]) -> list[tuple[int, int]]:
    """The places of mentions, the first and longest of those that overlap."""
    places: list[tuple[int, int]] = []
    for mention in sorted(listed, key=lambda mention: (mention.start, -mention.end)):
        if not places or mention.start >= places[-1][1]:
            places.append((mention.start, mention.end))
    return places
