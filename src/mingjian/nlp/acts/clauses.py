"""A sentence cut into clauses, and in each the stretches that tell why, when or what if not: nothing is collected there."""

from dataclasses import dataclass
from typing import Literal

from mingjian.nlp.acts.words import Span, Words

Role = Literal["purpose", "circumstance", "refusal", "exception"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a sentence with a role other than telling an act."""

    start: int
    end: int
    role: Role


@dataclass(frozen=True, slots=True)
class Clause:
    """`text[start:end]` of a sentence; `part` numbers what semicolons divide."""

    start: int
    end: int
    part: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence cut up. `subjects` are the words for who acts, in order, outside the stretches."""

    text: str
    clauses: tuple[Clause, ...]
    stretches: tuple[Stretch, ...]
    subjects: tuple[tuple[int, int, str], ...]

    def clause_at(self, offset: int) -> int:
        """The index of the clause that holds `offset`."""
        return next((index for index, clause in enumerate(self.clauses) if offset < clause.end), len(self.clauses) - 1)

    def role(self, start: int, end: int) -> Role | None:
        """The role of the stretch that holds `text[start:end]`, none where an act may be told."""
        return next((each.role for each in self.stretches if each.start <= start and end <= each.end), None)


def cut(text: str, words: Words) -> Cut:
    """The clauses and stretches of a sentence."""
    clauses = _clauses(text, words)
    stretches: list[Stretch] = []
    going_on: Role | None = None
    for clause in clauses:
        found = _stretches(text, clause, words)
        if going_on and not found and not _acts_itself(text, clause, words):
            found = [Stretch(clause.start, clause.end, going_on)]
        stretches += found
        going_on = _goes_on(text, clause, found, words)
    subjects = sorted(
        (*span, who)
        for who in ("app", "user", "third")
        for span in words.spans(f"subjects.{who}", text)
        if not any(each.start <= span[0] < each.end for each in stretches) and not (who == "third" and _is_source(text, span[0], words))
    )
    return Cut(text, tuple(clauses), tuple(stretches), tuple(subjects))


def _is_source(text: str, start: int, words: Words) -> bool:
    """Whether the one named at `start` is only where something comes from."""
    return words.patterns["source"].search(text[max(0, start - _SOURCE) : start]) is not None


def _goes_on(text: str, clause: Clause, found: list[Stretch], words: Words) -> Role | None:
    """The role that the next clause keeps unless it acts itself: what a purpose or "if" opens may go on after a comma."""
    if not found or found[-1].end < clause.end:
        return None
    role = found[-1].role
    conditional = role == "circumstance" and words.patterns["conditional"].match(text, found[-1].start) is not None
    return role if role == "purpose" or conditional else None


def _clauses(text: str, words: Words) -> list[Clause]:
    depths = _depths(text)
    clauses = []
    start = part = 0
    for at, end in words.spans("cut", text):
        if depths[at] == 0:
            clauses.append(Clause(start, at, part))
            start = end
            part += words.patterns["full_cut"].match(text, at) is not None
    if start < len(text) or not clauses:
        clauses.append(Clause(start, len(text), part))
    return clauses


def _depths(text: str) -> list[int]:
    """How many brackets are open at each character; a bracket that never closes opens nothing."""
    open_at: list[int] = []
    steps = [0] * (len(text) + 1)
    for index, character in enumerate(text):
        if character in "（([【{":
            open_at.append(index)
        elif character in "）)]】}" and open_at:
            steps[open_at.pop()] += 1
            steps[index] -= 1
    depths = []
    depth = 0
    for step in steps[:-1]:
        depth += step
        depths.append(depth)
    return depths


def _acts_itself(text: str, clause: Clause, words: Words) -> bool:
    """Whether a clause begins an act of its own instead of carrying on with the one before."""
    if any(words.found(f"subjects.{who}", text, clause.start, clause.end) for who in ("app", "user", "third")):
        return True
    head = min(clause.end, clause.start + _HEAD[words.lang])
    return any(words.found(name, text, clause.start, head) for name in ("needs", "denial", "contrast", "begins", "verbs.collect"))


def _stretches(text: str, clause: Clause, words: Words) -> list[Stretch]:
    refusal = words.patterns["refusal"].match(text, clause.start, clause.end)
    if refusal and not any(at < refusal.end() <= end for at, end in words.spans("closed", text)):
        return [Stretch(clause.start, clause.end, "refusal")]
    found = []
    start = clause.start
    circumstance = _circumstance(text, clause, words)
    if circumstance is not None:
        found.append(Stretch(*circumstance, "circumstance"))
        start = circumstance[1]
    later = words.patterns["circumstance_inner"].search(text, max(start, clause.start + 1), clause.end)
    if later:
        found.append(Stretch(later.start(), _until_subject(text, later.end(), clause.end, words), "circumstance"))
    needs = words.spans("needs", text, start, clause.end)
    for at, after in words.spans("purpose", text, start, clause.end):
        if any(each.start <= at < each.end for each in found) or any(first <= at < last for first, last in needs):
            continue
        end = later.start() if later and at < later.start() else clause.end
        end = after if words.patterns["purpose_before"].match(text, at) else _until_subject(text, min(after + 1, end), end, words)
        found.append(Stretch(at, end, "purpose"))
    return sorted(found, key=lambda each: each.start)


def _until_subject(text: str, start: int, end: int, words: Words) -> int:
    """Where the app itself begins to act in `text[start:end]`, or its end."""
    for at, after in words.spans("subjects.app", text, start, end):
        if words.patterns["modal"].match(text, after, end) and not words.patterns["wished"].search(text, start, at):
            return at
    need = words.patterns["needs"].search(text, start, end)
    return need.start() if need else end


def _circumstance(text: str, clause: Clause, words: Words) -> Span | None:
    """The circumstance with which a clause begins."""
    ends = [span for span in words.spans("circumstance_end", text, clause.start, clause.end) if span[0] < span[1]]
    opened = words.patterns["circumstance_start"].match(text, clause.start, clause.end)
    closing = bool(ends) and ends[-1][1] >= clause.end
    if not opened:
        return (clause.start, clause.end) if closing and not words.found("verbs.collect", text, clause.start, clause.end) else None
    start, inside = opened.span(opened.lastindex or 0)
    conditional = words.found("conditional", text, start, inside)
    ends = [span for span in ends if span[0] >= inside]
    subject = _until_subject(text, inside, clause.end, words)
    if subject < clause.end and (conditional or any(span[1] <= subject for span in ends)):
        return start, subject
    if closing:
        return start, clause.end
    if ends:
        return start, ends[0][1]
    return (start, clause.end) if conditional else None


_SOURCE = 40
"""How many characters before a name may say that it is a source."""

_HEAD = {"zh": 12, "en": 40}
"""How many characters belong to the head of a clause."""
