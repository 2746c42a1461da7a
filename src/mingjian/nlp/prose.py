"""SDKs that running text names: sentences that say what one is for, lists of names, items under a sentence that introduces them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from mingjian.nlp.columns import folded, role, table_words, words
from mingjian.nlp.companies import companies, until_closed
from mingjian.nlp.language import lang
from mingjian.nlp.parties import named_sdks
from mingjian.nlp.products import BRACKETS, sdks
from mingjian.nlp.purposes import purposes
from mingjian.nlp.reading import Lang, Outline, Sentence
from mingjian.nlp.records import Record, Span, trimmed
from mingjian.nlp.rows import names_code
from mingjian.nlp.vertical import may_title, unmarked, unnumbered

LONGEST_NAME = 40
"""Characters of a name of an SDK, brackets apart."""


@dataclass(frozen=True, slots=True)
class _Words:
    embedded: re.Pattern[str]
    told: re.Pattern[str]
    denied: re.Pattern[str]
    list: re.Pattern[str]
    purpose_before: re.Pattern[str]
    refers: re.Pattern[str]
    verbs: re.Pattern[str]


def told(outline: Outline, sentences: Sequence[Sentence]) -> list[Record]:
    """What `sentences` tell of SDKs, in order."""
    records: list[Record] = []
    latest: list[Record] = []
    titled: Record | None = None
    paragraph = -1
    is_item = False
    for sentence in sentences:
        if sentence.kind == "heading":
            titled = _of_heading(outline, sentence)
            continue
        listing = _words(sentence.lang)
        span = unnumbered(outline.text, (sentence.start, sentence.end))
        text = folded_same(outline.text[slice(*span)])
        goes_on = sentence.paragraph == paragraph and bool(latest)
        paragraph = sentence.paragraph
        found: list[Record] = []
        if titled is not None and _is_of(titled, outline, text, listing):
            if titled not in records:
                records.append(titled)
            latest = [titled]
            goes_on = True
            is_item = True
        elif not (goes_on and listing.refers.search(text)):
            items = [] if goes_on and is_item else list(_of_list(outline.text, span, listing)) or list(_of_item(outline, sentence, span))
            found = items or list(_of_names(outline.text, span, sentence.lang))
            if sentence.lang == "en":
                found = [record for record in found if _is_proper(outline.text[slice(*record.name)])]
            is_item = bool(items) or (is_item and goes_on)
        if goes_on and not found and (is_item or listing.refers.search(text)):
            for record in latest:
                record.add("data_and_purpose", span)
                record.end = sentence.end
        records += found
        latest = found or (latest if goes_on else [])
    return records


def _of_heading(outline: Outline, sentence: Sentence) -> Record | None:
    """The SDK that a heading names, to which the sentences below it may belong."""
    name = unnumbered(outline.text, (sentence.start, sentence.end))
    words_of_name = outline.text[slice(*name)]
    if not (_short(words_of_name) and may_title(words_of_name) and _coded(words_of_name)):
        return None
    return Record(name, "sdk", start=sentence.start, end=sentence.end)


def _is_of(titled: Record, outline: Outline, text: str, listing: _Words) -> bool:
    """Whether a sentence below the heading that names an SDK tells of that SDK and of no other."""
    if listing.denied.search(text) or not (listing.embedded.search(text) or listing.told.search(text)):
        return False
    ids = sdks(outline.text[slice(*titled.name)])
    return all(ids and ids == sdks(text[slice(*name)]) for name in _names(text, listing))


def _of_list(whole: str, span: Span, listing: _Words) -> Iterator[Record]:
    """Names apart by commas after a word that introduces them."""
    text = folded_same(whole[slice(*span)])
    lead = listing.list.search(text)
    if lead is None or listing.denied.search(text[: lead.end()]):
        return
    body = text[lead.end() :].rstrip("。.;；")
    masked = BRACKETS.sub(lambda match: "\0" * len(match[0]), body)
    ends = [match.span() for match in words("comma").finditer(masked)]
    starts = [0, *(end for _, end in ends)]
    pieces = [
        _without_rest(body, *trimmed(body, first, last)) for first, last in zip(starts, [*(a for a, _ in ends), len(body)], strict=True)
    ]
    pieces = [piece for piece in pieces if piece[0] < piece[1]]
    names = [_name(body, piece) for piece in pieces]
    # The names end where a clause begins that is none; what follows is said of them all.
    count = next((index for index, name in enumerate(names) if not _may_stand(body[slice(*name)], listing)), len(names))
    known = sum(names_code(body[slice(*name)]) for name in names[:count])
    if not known or known * 2 < count:
        return
    offset = span[0] + lead.end()
    rest = (offset + pieces[count][0], span[1]) if count < len(pieces) else None
    pieces = pieces[:count]
    names = names[:count]
    for name, piece in zip(names, pieces, strict=True):
        record = Record((offset + name[0], offset + name[1]), "sdk", start=offset + piece[0], end=offset + piece[1])
        _add_remark(record, whole, (offset + name[1], offset + piece[1]))
        if rest is not None:
            record.add("data_and_purpose", rest)
        yield record


def _is_proper(name: str) -> bool:
    """Whether a name is one of the catalogue or begins with a capital, as in English all others do."""
    return bool(sdks(name)) or name[0].isupper()


def _may_stand(name: str, listing: _Words) -> bool:
    """Whether a piece of a list may be the name of an SDK."""
    if len(name) > LONGEST_NAME or listing.refers.search(name):
        return False
    return names_code(name) or not (listing.told.search(name) or listing.embedded.search(name) or words("no_name").search(name))


def _of_item(outline: Outline, sentence: Sentence, span: Span) -> Iterator[Record]:
    """An item that begins with a name."""
    text = outline.text
    head = words("head").match(text, span[0], min(span[1], span[0] + LONGEST_NAME + 1))
    if head is None:
        return
    name = unmarked(text, trimmed(text, *head.span("name")))
    introduced = sentence.lead is not None and bool(
        _words(sentence.lang).list.search(folded_same(outline.sentences[sentence.lead].text))
        and words("about").search(folded(outline.sentences[sentence.lead].text))
    )
    words_of_name = text[slice(*name)]
    if (role(words_of_name) is not None and not names_code(words_of_name)) or _words(sentence.lang).embedded.search(words_of_name):
        return
    if (introduced and _short(words_of_name)) or (names_code(words_of_name) and (sentence.kind == "item" or head["sign"])):
        if not introduced and not _coded(words_of_name):
            return
        record = Record(name, "sdk", start=sentence.start, end=sentence.end)
        _add_remark(record, text, (name[1], span[1]))
        yield record


def _of_names(whole: str, span: Span, lang: Lang) -> Iterator[Record]:
    """A sentence that says what one SDK or several are there for."""
    listing = _words(lang)
    text = words("address").sub(lambda match: " " * len(match[0]), folded_same(whole[slice(*span)]))
    if listing.denied.search(text) or not (listing.embedded.search(text) or listing.told.search(text)):
        return
    names = _names(text, listing)
    if not names:
        return
    groups: list[list[Span]] = []
    for name in names:
        if groups and words("between").fullmatch(BRACKETS.sub("", text[groups[-1][-1][1] : name[0]])):
            groups[-1].append(name)
        else:
            groups.append([name])
    before = text[: groups[0][0][0]]
    for group, following in zip(groups, [*groups[1:], None], strict=True):
        end = following[0][0] if following is not None else len(text)
        for index, name in enumerate(group):
            record = Record((span[0] + name[0], span[0] + name[1]), "sdk", start=span[0], end=span[1])
            after = group[index + 1][0] if index + 1 < len(group) else end
            _add_remark(record, whole, (span[0] + name[1], span[0] + after))
            if index + 1 < len(group):
                record.add("data_and_purpose", (span[0] + group[-1][1], span[0] + end))
            if listing.purpose_before.search(before) and purposes(before, lang):
                record.add("purpose", (span[0], span[0] + len(before)))
            yield record


def _names(text: str, listing: _Words) -> list[Span]:
    """Places of names: those of the catalogue, and whatever else calls itself an SDK."""
    found = [(start, end) for start, end, mentions in named_sdks(text) if any(mention.certain for mention in mentions)]
    found += [
        (start, end)
        for start, end, mentions in named_sdks(text)
        if not any(mention.certain for mention in mentions) and "sdk" in text[start:end]
    ]
    for match in words("other_sdk").finditer(text):
        verb = listing.verbs.match(match["name"])
        start, end = trimmed(text, match.start("name") + (verb.end() if verb else 0), match.end())
        free = not any(start < last and first < end for first, last in found)
        if free and end - start > len("sdk") + 1 and names_code(text[start:end]):
            found.append((start, end))
    makers = [(each.start, each.end) for each in companies(text, lang(text))] if found else []
    names: list[Span] = []
    seen: set[tuple[str, ...]] = set()
    for name in sorted(found):
        ids = sdks(text[slice(*name)]) or (text[slice(*name)],)
        if ids not in seen and not any(first <= name[0] and name[1] <= last for first, last in makers):
            seen.add(ids)
            names.append(name)
    return names


def _add_remark(record: Record, text: str, rest: Span) -> None:
    """What follows a name: a maker in brackets or by its legal name, then data and purposes."""
    start, end = rest
    led = words("maker_before").search(text, max(0, record.name[0] - _REMARK), record.name[0])
    before = [(led.start() + each.start, led.start() + each.end) for each in companies(led[0], lang(led[0]))] if led is not None else []
    for maker in before[-1:]:
        record.add("company", maker)
    remark = text[start : min(end, start + _REMARK)]
    for company in companies(remark, lang(remark)) if not before else []:
        if company.kind in ("company", "handler"):
            record.add("company", (start + company.start, start + company.end))
            start += company.end
            break
    record.add("data_and_purpose", (start, end))


def _name(body: str, piece: Span) -> Span:
    """A piece of a list without the remark in brackets at its end."""
    bracket = BRACKETS.search(body, *piece)
    return trimmed(body, piece[0], bracket.start()) if bracket is not None and bracket.start() > piece[0] else piece


def _without_rest(body: str, start: int, end: int) -> Span:
    part = words("rest").sub("", until_closed(body[start:end]))
    return start, start + len(part)


def _short(name: str) -> bool:
    return 1 < len(name) <= 24


def _coded(name: str) -> bool:
    """Whether a name is one of code by itself: not that of an app that people know as well."""
    return bool(words("sdk_name").search(folded(name))) or any(mention.certain for _, _, found in named_sdks(name) for mention in found)


def folded_same(text: str) -> str:
    """The text in lower case, of the same length."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(each.lower() if len(each.lower()) == 1 else each for each in text)


@cache
def _words(lang: Lang) -> _Words:
    return _Words(**{name: re.compile(pattern) for name, pattern in table_words()["prose"][lang].items()})


_REMARK = 80
"""Characters after a name in which its maker is looked for."""
