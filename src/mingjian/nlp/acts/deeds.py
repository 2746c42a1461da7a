"""The acts a sentence tells: verbs with who acts, whether it is denied, and the stretches in which their objects stand."""

from dataclasses import dataclass
from typing import Literal

from mingjian.nlp.acts.clauses import Cut
from mingjian.nlp.acts.words import Span, Words

Verb = Literal["collect", "use", "share", "store"]
Subject = Literal["app", "third"]
Polarity = Literal["told", "denied", "hollow"]

VERBS: tuple[Verb, ...] = ("collect", "use", "share", "store")


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb, or several joined ("collect, store and use"). `reach` are the stretches of its objects. `relative` marks a verb that only
    describes an object ("the number that you provide"); an `inherited` one stands in the sentence or title that leads to this one. A
    `hollow` deed is neither told nor denied: refused, stopped, conditional."""

    verbs: tuple[Verb, ...]
    start: int
    end: int
    clause: int
    subject: Subject
    polarity: Polarity
    reach: tuple[Span, ...]
    relative: bool = False
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    verb: Verb
    gives: bool = False


def deeds(cut: Cut, words: Words, objects: list[Span]) -> tuple[Deed, ...]:
    """The acts of a sentence in which data stand at `objects`."""
    groups = [group for group in _joined(_hits(cut, words, objects), cut, words) if _subject(group[0], cut, words) is not None]
    found = []
    for index, group in enumerate(groups):
        first, last = group[0], group[-1]
        listing = words.patterns["listing"].match(cut.text, last.end) is not None
        if not listing and not first.gives and words.patterns["relative_before"].search(cut.text, 0, first.start):
            continue
        relative = _relative(last, cut, words) and not listing
        following = next((each[0] for each in groups[index + 1 :] if not _relative(each[-1], cut, words)), None)
        found.append(
            Deed(
                verbs=tuple(dict.fromkeys(hit.verb for hit in group)),
                start=first.start,
                end=last.end,
                clause=cut.clause_at(first.start),
                subject=_subject(first, cut, words) or "app",
                polarity="told" if relative else _polarity(group, cut, words),
                reach=_reach(group, following, cut, words, objects),
                relative=relative,
            )
        )
    return tuple(found)


def _hits(cut: Cut, words: Words, objects: list[Span]) -> list[_Hit]:
    """Every verb that stands where an act may be told, in order; what lies within another or within a phrase for data is none."""
    needs = [_Hit(*span, "collect") for span in words.spans("needs", cut.text)]
    needs += [_Hit(*span, "collect") for span in words.spans("takes", cut.text) if _next(span[1], objects)]
    needs += [_Hit(*span, "use") for span in words.spans("use_by", cut.text) if _next(span[1], objects)]
    acts = [_Hit(*span, verb) for verb in VERBS for span in words.spans(f"verbs.{verb}", cut.text)]
    handed = {start for start, _ in words.spans("handed", cut.text)}
    gifts = [_Hit(*span, "collect", gives=True) for span in words.spans("gives", cut.text) if span[0] not in handed]
    quoted = words.spans("quoted", cut.text)
    found: list[_Hit] = []
    for hit in [*needs, *sorted(acts, key=lambda hit: (hit.start, -hit.end)), *gifts]:
        inside = any(start <= hit.start and hit.end <= end for start, end in [*objects, *quoted])
        # "Provide" is an act of the app or a gift of the user: who does it decides later.
        taken = any(hit.start < each.end and each.start < hit.end and (each in needs or not hit.gives) for each in found)
        if not inside and not taken and cut.role(hit.start, hit.end) is None:
            found.append(hit)
    return sorted(found, key=lambda hit: (hit.start, hit.gives))[:_MOST]


def _next(offset: int, objects: list[Span]) -> bool:
    """Whether data are named directly after `offset`."""
    return any(offset <= start <= offset + _NEXT for start, _ in objects)


def _relative(hit: _Hit, cut: Cut, words: Words) -> bool:
    return words.patterns["relative"].match(cut.text, hit.end) is not None


def _joined(hits: list[_Hit], cut: Cut, words: Words) -> list[list[_Hit]]:
    """The verbs that share their objects, together."""
    groups: list[list[_Hit]] = []
    for hit in hits:
        before = groups[-1][-1] if groups else None
        if before and not hit.gives and not before.gives and words.patterns["joined"].fullmatch(cut.text, before.end, hit.start):
            groups[-1].append(hit)
        else:
            groups.append([hit])
    return groups


def _subject(hit: _Hit, cut: Cut, words: Words) -> Subject | None:
    """Who acts; none where it is the user, unless the user gives what the app then has."""
    clause = cut.clauses[cut.clause_at(hit.start)]
    near = [who for start, _, who in cut.subjects if clause.start <= start < hit.start]
    before = [who for start, _, who in cut.subjects if start < clause.start and cut.clauses[cut.clause_at(start)].part == clause.part]
    itself = words.patterns["names_itself"].match(cut.text, clause.start, hit.start)
    who = near[-1] if near else before[-1] if before and not itself else "app"
    by = words.patterns["by_third"].search(cut.text, clause.start, hit.start)
    if by:
        who = "third"
    if hit.gives:
        asked = words.patterns["asked"].search(cut.text, clause.start, hit.start) or words.patterns["fills"].match(cut.text, hit.start)
        asked = None if near else asked
        if words.patterns["elsewhere"].search(cut.text, clause.start, hit.start):
            return None
        return "app" if (near and who == "user") or asked else None
    if who == "user":
        return None
    if "app" not in (*near, *before) and words.patterns["ambiguous"].fullmatch(cut.text, hit.start, hit.end):
        return None
    if not (near or before) and words.patterns["receives"].fullmatch(cut.text, hit.start, hit.end):
        return None
    return "third" if who == "third" else "app"


def _polarity(group: list[_Hit], cut: Cut, words: Words) -> Polarity:
    text = cut.text
    first = group[0]
    index = cut.clause_at(first.start)
    clause = cut.clauses[index]
    if words.found_outside("hollow", "closed", text, clause.start, first.start):
        return "hollow"
    denials = [span for span in words.spans("denial", text, clause.start, clause.end) if span[0] < first.start]
    if not denials or words.found_outside("contrast", "closed", text, denials[-1][1], first.start):
        return "told"
    part = [each for each in cut.clauses if each.part == clause.part]
    if first.gives or (first.verb == "use" and words.found("other_purposes", text, group[-1].end, clause.end)):
        return "hollow"
    conditional = any(
        each.role in ("refusal", "circumstance")
        and cut.clauses[cut.clause_at(each.start)] in part
        and (each.start <= first.start or words.patterns["limits"].match(text, each.start))
        for each in cut.stretches
    )
    if words.found("minors", text, part[0].start, part[-1].end):
        return "hollow"
    free = any(words.found(name, text) for name in ("background", "closed", "before_consent"))
    if (
        (conditional and not free)
        or words.found("exception", text)
        or words.found("no_consent", text)
        or words.found("self_only", text, clause.start, first.start)
    ):
        return "hollow"
    if words.patterns["other_objects"].match(text, group[-1].end):
        return "hollow"
    return "denied"


def _reach(group: list[_Hit], following: _Hit | None, cut: Cut, words: Words, objects: list[Span]) -> tuple[Span, ...]:
    """Where the objects of joined verbs stand: before them when they are moved there, and after them as far as the list goes on."""
    text = cut.text
    first, last = group[0], group[-1]
    clause = cut.clauses[cut.clause_at(first.start)]
    reach = []
    moved = words.spans("before_object", text, clause.start, first.start)
    if moved:
        reach.append((moved[-1][0], first.start))
    elif any(words.found("passive", text, clause.start, end) for end in (first.start, first.end)):
        reach.append((clause.start, first.start))
    end = _end_of_list(last.end, following, cut, words, objects)
    until = words.patterns["store_until"].search(text, last.end, end) if last.verb == "store" else None
    end = until.start() if until else end
    reach.append((last.end, end))
    return tuple(reach)


def _end_of_list(start: int, following: _Hit | None, cut: Cut, words: Words, objects: list[Span]) -> int:
    text = cut.text
    limit = len(text) if following is None else max(start, cut.clauses[cut.clause_at(following.start)].start)
    if following is not None and cut.clause_at(following.start) == cut.clause_at(start - 1):
        limit = following.start
    contrast = words.patterns["contrast"].search(text, start, limit)
    limit = contrast.start() if contrast else limit
    index = cut.clause_at(start - 1)
    end = min(limit, cut.clauses[index].end)
    for clause in cut.clauses[index + 1 :]:
        if clause.end > limit or clause.part != cut.clauses[index].part:
            break
        named = next((at for at, _ in objects if clause.start <= at < clause.end), None)
        if named is None or cut.role(named, named + 1) is not None:
            break
        lead = text[clause.start : named]
        if len(lead) > _LEAD and not words.found("lead_words", lead):
            break
        if words.found("breaks", lead):
            break
        end = clause.end
    return end


_MOST = 60
"""How many verbs of a sentence are read."""

_NEXT = 8
"""How many characters after a verb its object begins, where only that makes it a verb of these."""

_LEAD = 12
"""How many characters may stand before the first item of a list that goes on after a comma."""
