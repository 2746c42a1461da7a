"""Which law a clause is of: its place in the instrument, how it is said, in which order places stand, and what counts as a verdict."""

from mingjian.model.texts import say
from mingjian.model.types import Citation, Finding, Report

_ROMAN = {"I": 1, "V": 5, "X": 10}


def place_in_words(cites: Citation, lang: str) -> str:
    """`chapter 3, item 1`, `Article 17, paragraph 2`, `measure 8`, `part II, point 5`, `Annex E`; empty for a citation without a place."""
    if cites.item is not None:
        return say("cites.item", lang, chapter=cites.chapter, item=cites.item)
    if cites.article is not None:
        key = "cites.article" if cites.paragraph is None else "cites.paragraph"
        return say(key, lang, article=cites.article, paragraph=cites.paragraph)
    if cites.measure is not None:
        return say("cites.measure", lang, measure=cites.measure)
    if cites.point is not None:
        part, _, number = _part_of(cites.point)
        return say("cites.part" if part else "cites.point", lang, part=part, point=number)
    return say("cites.annex", lang, annex=cites.annex) if cites.annex is not None else ""


def order_of(cites: Citation) -> tuple[int, tuple[int, ...], str]:
    """What citations of one instrument are sorted by: as it counts, with the annexes last."""
    part, _, number = _part_of(cites.point or "")
    counted_by = (cites.chapter, cites.item, cites.article, cites.paragraph, cites.measure)
    numbers = [each for each in counted_by if each is not None] + ([_roman(part)] if part else [])
    numbers += [int(each) for each in number.split(".") if each.isdecimal()]
    return cites.annex is not None, tuple(numbers), cites.annex or ""


def numbers_of(cites: Citation) -> tuple[str, ...]:
    """The numbers that a clause may bear for its place, without the letter that tells several clauses of one place apart: `3.1`; `17` or
    `17.2`; `8`; of the point `II.5`, `5`; `E`."""
    if cites.item is not None:
        return (f"{cites.chapter}.{cites.item}",)
    if cites.article is not None:
        return (str(cites.article), *((f"{cites.article}.{cites.paragraph}",) if cites.paragraph is not None else ()))
    if cites.measure is not None:
        return (str(cites.measure),)
    if cites.point is not None:
        return (_part_of(cites.point)[2],)
    return (cites.annex,) if cites.annex is not None else ()


def pack_of(clause: str) -> str:
    """The id of the pack that a clause is of."""
    return clause.rpartition("/")[0]


def counted(report: Report) -> tuple[Finding, ...]:
    """The findings of a report that count: those of drafts, which are not in force, only inform."""
    drafts = {pack.id for pack in report.packs if pack.nature == "draft"}
    return tuple(finding for finding in report.findings if pack_of(finding.clause) not in drafts) if drafts else report.findings


def _part_of(point: str) -> tuple[str, str, str]:
    """Part, dot and number of `II.5`; no part in `6.1`."""
    head, dot, rest = point.partition(".")
    return (head, dot, rest) if head.isalpha() else ("", "", point)


def _roman(word: str) -> int:
    values = [_ROMAN.get(letter, 0) for letter in word]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))
