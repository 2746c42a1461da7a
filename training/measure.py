"""F1 over sentences, without a numerical library."""

from collections.abc import Iterable, Sequence

from mingjian.nlp.topics import LABELS, TOPICS

PUBLISHED = {"topics micro": 0.819, "topics macro": 0.841, "important": 0.899, "risk": 0.719}
"""Best of six transformers on CAPP-130's official split, which is by sentence: policies are in both parts, so it is not this split."""


def counted(truths: Iterable[Sequence[float]], scores: Iterable[Sequence[float]]) -> list[tuple[int, int, int]]:
    """Right, wrongly found and missed of each label; a truth over 0 and a score over 0 mean present."""
    right, wrong, missed = [0] * len(LABELS), [0] * len(LABELS), [0] * len(LABELS)
    for truth, score in zip(truths, scores, strict=True):
        for index, (real, value) in enumerate(zip(truth, score, strict=True)):
            if real > 0 and value > 0:
                right[index] += 1
            elif value > 0:
                wrong[index] += 1
            elif real > 0:
                missed[index] += 1
    return list(zip(right, wrong, missed, strict=True))


def f1(right: int, wrong: int, missed: int) -> float:
    """2PR / (P + R); 1 where there was nothing to find and nothing was found."""
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


def both_classes(right: int, wrong: int, missed: int, total: int) -> float:
    """The mean F1 of having a label and of not having it."""
    return (f1(right, wrong, missed) + f1(total - right - wrong - missed, missed, wrong)) / 2


def report(truths: Sequence[Sequence[float]], scores: Sequence[Sequence[float]]) -> str:
    """A table by label over all sentences, then the summaries over all and over labelled sentences."""
    lines = ["label          P     R    F1      n"]
    for label, (right, wrong, missed) in zip(LABELS, counted(truths, scores), strict=True):
        precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
        lines.append(f"{label:<11} {precision:5.3f} {recall:5.3f} {f1(right, wrong, missed):5.3f} {right + missed:6}")
    labelled = [index for index, truth in enumerate(truths) if any(value > 0 for value in truth)]
    lines.append(_summary("all sentences", truths, scores))
    lines.append(_summary("labelled sentences", [truths[index] for index in labelled], [scores[index] for index in labelled]))
    published = ", ".join(f"{name} {value:.3f}" for name, value in PUBLISHED.items())
    return "\n".join([*lines, f"published, on labelled sentences of a split by sentence: {published}"])


def _summary(name: str, truths: Sequence[Sequence[float]], scores: Sequence[Sequence[float]]) -> str:
    counts = counted(truths, scores)
    topics = counts[: len(TOPICS)]
    micro = f1(*(sum(column) for column in zip(*topics, strict=True)))
    macro = sum(f1(*row) for row in topics) / len(topics)
    important, risk = (both_classes(*counts[LABELS.index(label)], len(truths)) for label in ("important", "risk"))
    return f"{name} ({len(truths)}): topics micro {micro:.3f} macro {macro:.3f}, important macro {important:.3f}, risk macro {risk:.3f}"
