"""What a policy says: the values that the stages of `nlp` hand on.

Offsets count characters of `Document.text`. Texts are analysed in simplified characters, converted one for one, so that the offsets
of both forms agree."""

from dataclasses import dataclass
from typing import Literal

from mingjian.model.document import Document
from mingjian.model.types import Text

Lang = Literal["zh", "en"]
Script = Literal["zh-Hans", "zh-Hant", "en", "mixed", "other"]
SentenceKind = Literal["heading", "paragraph", "item"]
Condition = Literal["consent", "separate_consent", "choice", "function", "law", "anonymised"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase that stands for a term; offsets count within the text that was searched. Uncertain where the phrase may mean another."""

    start: int
    end: int
    term: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, to the next heading of the same or a higher level. Section 0 is the whole document, with
    an empty title."""

    title: str
    start: int
    end: int
    level: int
    parent: int | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, in simplified characters, with its place. `section` indexes `Outline.sections`; `lead` indexes the sentence that
    introduces the list in which this one is an item ("we collect the following:"); `paragraph` numbers the block it belongs to."""

    text: str
    start: int
    end: int
    kind: SentenceKind
    lang: Lang
    section: int
    paragraph: int
    lead: int | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A document taken apart. `text` is the document's, in simplified characters, of the same length; `lang` is that of most of it."""

    document: Document
    text: str
    lang: Lang
    script: Script
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a policy says, in the terms of an observation: `action`, `data`, `actor`, `recipient`, `purpose`, `phase` as in
    `Observation`. `condition` is under what the act stands; `count` what the action counts (working days, characters). `start` and
    `end` are those of the sentence or table row that says it, in the document numbered `document`; `words` those of the phrase that
    decided, where there is one."""

    action: str
    start: int
    end: int
    data: str | None = None
    actor: str | None = "app"
    recipient: str | None = None
    purpose: str | None = None
    phase: str | None = None
    condition: Condition | None = None
    negated: bool = False
    certain: bool = True
    count: int | None = None
    words: tuple[int, int] | None = None
    document: int = 0


@dataclass(frozen=True, slots=True)
class SdkRow:
    """One third party of a list of SDKs, from a table, a vertical layout or running text. `sdks` are catalogue ids, several when the name
    fits several; `name` and `company` are as written. `data` and `purposes` are terms; offsets are those of the row."""

    name: str
    company: str
    sdks: tuple[str, ...]
    data: tuple[str, ...]
    purposes: tuple[str, ...]
    way: str
    link: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One row of a table of what the app itself asks for or collects. `data`, `permissions` (`permission.<group>`) and `purposes` are
    terms; a purpose that fits no term is `stated`. Offsets are those of the row."""

    data: tuple[str, ...]
    permissions: tuple[str, ...]
    purposes: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Readability:
    """How hard the text is to read: each measure that was taken with its value, and why the whole counts as hard, where it does. `score`
    is how many measures are beyond their threshold."""

    measures: tuple[tuple[str, float], ...]
    score: int
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole policy, of one or more documents. `is_policy` says whether the text is a privacy policy at all; `elsewhere` are the
    sentences that refer to a list which was not supplied, as (document, start, end); `cut` says that the text was longer than is read."""

    outlines: tuple[Outline, ...]
    statements: tuple[Statement, ...]
    rows: tuple[SdkRow, ...]
    readability: Readability
    is_policy: bool
    elsewhere: tuple[tuple[int, int, int], ...] = ()
    cut: bool = False
