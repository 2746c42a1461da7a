"""The values that flow from inputs to reports. Standard library only; nothing here computes.

`None` means "does not apply"; the string `"unknown"` means "the extractor could not tell" and matches as unknown, never as no.
"""

from dataclasses import dataclass, field
from typing import Literal

Lang = Literal["zh", "en"]
Mode = Literal["claimed", "declared", "possible", "observed", "shown"]
Channel = Literal["policy", "manifest", "layout", "code", "flow", "api", "network", "ui", "review"]
Status = Literal["complete", "partial", "failed", "absent"]
Truth = Literal["yes", "no", "unknown"]
Verdict = Literal["violated", "suspected", "inconclusive", "satisfied", "not_applicable"]
Severity = Literal["critical", "high", "medium", "low"]
Agreement = Literal["clear", "vague", "other_party", "other_purpose", "contradicted", "omitted"]
Layer = Literal["law", "derived"]
Need = Literal[
    "listed", "conditional", "follows", "unlisted", "unclear", "necessary", "contextual", "low_relevance", "neutral", "type_unknown"
]
"""What a layer says of the data or permission: the first five of data by the law's list (`follows` is derived from it), the next four of
permissions by our derivation."""
ClauseStatus = Literal["draft", "preview", "stable", "retired"]
Nature = Literal["law", "standard", "practice", "draft"]
"""What an instrument is: law (and what regulators notify), a recommended standard, the practice of stores, or a draft not in force."""
Cap = Literal["recalled", "uncertain", "contents", "titles", "draft", "proposed"]
"""Why a clause never comes out violated: its text is remembered, doubtful, known by a table of contents or by titles, or not in force; or
the app's type, on which it turns, was only proposed by the program."""

UNKNOWN = "unknown"
VERDICTS: tuple[Verdict, ...] = ("violated", "suspected", "inconclusive", "satisfied", "not_applicable")
"""Strongest first."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text for a reader, in both languages."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file that was read. `captured_at` is ISO 8601 with zone, or none; `context` says under which conditions it was made."""

    sha256: str
    kind: Literal["package", "policy", "run", "capture", "review", "previous"]
    name: str
    size: int
    captured_at: str | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """The certificate that signed the package, by its SHA-256; `verified` is unknown when no scheme could be checked."""

    sha256: str
    subject: str
    scheme: str
    verified: Truth


@dataclass(frozen=True, slots=True)
class Ground:
    """What spoke for a proposed type: words or names of one source, the strongest first."""

    source: Literal["label", "description", "component", "screen", "policy", "permission", "sdk"]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the program takes the app's official type for. `proposed` with a `category`; `none` when the app looks like none of the 39;
    `unknown` when nothing carries a type. `second` is the next choice, where something leads: a type or `none`. `share` is
    the model's probability of what leads, from 0 to 1."""

    outcome: Literal["proposed", "none", "unknown"]
    category: str | None = None
    second: str | None = None
    share: float = 0.0
    grounds: tuple[Ground, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """The app under inspection. `id` is the digest of its main artifact; `category` one of the 39 official types as a person named it, or
    none; `proposed` what the program takes the type for, where it was asked. What is only proposed is no `category`."""

    id: str
    platform: Literal["android", "ios", "harmony", "unknown"]
    package: str
    version: str
    label: str
    signer: Signer | None
    artifacts: tuple[Artifact, ...]
    operator: str | None = None
    category: str | None = None
    downloads: int | None = None
    store: str | None = None
    proposed: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact can be seen again: an artifact, a locator in the grammar of its kind, and the words or instructions around it."""

    artifact: str
    locator: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often: in all, most within one second, most within one minute, the regular period in seconds when there is one, and how
    often a value came back that had been read before."""

    count: int
    second: int | None = None
    minute: int | None = None
    period: float | None = None
    same: int | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One fact of any mode. `sites` counts the places found, of which `evidence` may hold only the first; `version` is that of an embedded
    SDK, as the package states it."""

    mode: Mode
    channel: Channel
    action: str
    data: str | None = None
    actor: str | None = None
    recipient: str | None = None
    purpose: str | None = None
    phase: str | None = None
    negated: bool = False
    certain: bool = True
    tally: Tally | None = None
    evidence: tuple[Evidence, ...] = ()
    sites: int = 1
    extractor: str = ""
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How completely one extractor saw one channel of one artifact. Recorded channels (api, network, ui) speak only of their `phases`;
    `reason` is none when the status is complete; `count` is how many things were looked at."""

    channel: Channel
    extractor: str
    status: Status
    phases: tuple[str, ...] = ()
    artifact: str | None = None
    reason: Text | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Citation:
    """The place in an instrument, by number; `confidence` says how the instrument's text is known.

    An instrument counts in one way: chapter and item, article and perhaps paragraph, measure, point (such as `II.5`) or annex."""

    instrument: str
    chapter: int | None = None
    item: int | None = None
    article: int | None = None
    paragraph: int | None = None
    measure: int | None = None
    point: str | None = None
    annex: str | None = None
    confidence: str = "recalled"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a checklist that only a person can answer; `id` is unique within its clause."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of law in our own words, as a report carries it. `needs` and `helps` are channels, `api@before_consent` or `policy`;
    `label` is what public lists print for it, where they have a word of their own."""

    id: str
    title: Text
    cites: Citation
    severity: Severity
    status: ClauseStatus
    needs: tuple[str, ...]
    helps: tuple[str, ...]
    message: Text
    remedy: Text
    checklist: tuple[Question, ...] = ()
    origin: str = ""
    label: Text | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """One node of the explanation. `label` is an expression of the rule language in its canonical line form; `observations` are the
    indices of the observations that decided a leaf; `missing` names the uncovered channels that left it unknown."""

    value: Truth
    label: str
    children: "tuple[Why, ...]" = ()
    observations: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """Observations that together break a clause. The fingerprint holds clause, action, data, actor and recipient, so that it
    survives a new version and a moved line."""

    fingerprint: str
    observations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one clause. `missing` says what would have to be recorded to decide it; `capped` why what the facts would call
    violated is only suspected."""

    clause: str
    verdict: Verdict
    hits: tuple[Hit, ...] = ()
    missing: tuple[str, ...] = ()
    why: Why | None = None
    capped: Cap | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """One clause that a conduct breaks, with the verdict on it."""

    clause: str
    verdict: Verdict
    capped: Cap | None = None


@dataclass(frozen=True, slots=True)
class Conduct:
    """One thing that an app does or fails to do, with every clause that it breaks; see `model.conducts`. `id` is a hit's fingerprint
    without the clause; `absent` holds the patterns of what is missing, as reasons have them. What only drafts forbid does not count."""

    id: str
    verdict: Verdict
    breaches: tuple[Breach, ...]
    observations: tuple[int, ...] = ()
    absent: tuple[str, ...] = ()
    counts: bool = True


@dataclass(frozen=True, slots=True)
class PackVersion:
    """Which law judged: a pack, its version, the SHA-256 of its files, and what its instrument is."""

    id: str
    version: str
    digest: str
    title: Text
    nature: Nature = "law"


@dataclass(frozen=True, slots=True)
class Tool:
    """Which program observed: its version, the digest of its catalogue, and how far the reading child was confined."""

    version: str
    catalogue: str
    confined: Literal["full", "partial", "none"]


@dataclass(frozen=True, slots=True)
class Actor:
    """What is known of a third party that the observations name: its name, its vendor's legal names, its purposes."""

    id: str
    name: Text
    vendors: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One act held against the policy. `act` indexes the observation of what the package, the run or another sentence says, `claims` those
    of the sentences that speak of it.

    `clear`: a sentence names the data and who acts. `vague`: only a wider term or an uncertain sentence. `other_party`: the data are
    named with somebody else. `other_purpose`: named with other purposes only. `contradicted`: the policy denies it. `omitted`: nothing."""

    act: int
    agreement: Agreement
    claims: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Necessity:
    """One kind of data, or one permission, held against what the app's type needs. `declared`, `used`, `asked` and `seen` index the
    observations that state each; `functions` those of the policy that name a function which the user starts.

    `layer` is the one source that `need` rests on, `confidence` how well that source is known: the law's list answers for data, our own
    derivation for permissions. `beyond` is yes for what is neither necessary nor tied to a function; `missing` says what would
    decide it."""

    term: str
    layer: Layer
    need: Need
    confidence: str
    beyond: Truth
    declared: tuple[int, ...] = ()
    used: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    seen: tuple[int, ...] = ()
    functions: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """One place on the timeline of a run. `ts` is milliseconds since 1970 on the device's clock, none when the recording gives no time.

    `name` is the mark's name, the observation's line, the request (`POST host/path`), the screen's heading, or what was lost."""

    ts: float | None
    what: Literal["mark", "act", "request", "screen", "lost"]
    name: str
    phase: str
    artifact: str
    locator: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one scan found and concluded. Carries the clauses' and actors' words, so it reads the same in five years."""

    tool: Tool
    subject: Subject
    packs: tuple[PackVersion, ...]
    clauses: tuple[Clause, ...]
    coverage: tuple[Coverage, ...]
    observations: tuple[Observation, ...]
    findings: tuple[Finding, ...]
    created_at: str
    actors: tuple[Actor, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    timeline: tuple[Moment, ...] = ()
    necessity: tuple[Necessity, ...] = ()
    schema: str = field(default="mingjian-report/1")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two reports. `what` is `finding`, `permission`, `sdk`, `data` or `statement` (of the
    policy); a finding's `name` is its fingerprint, a statement's its line."""

    what: Literal["finding", "permission", "sdk", "data", "statement"]
    state: Literal["new", "gone", "persisting"]
    name: str
    clause: str | None = None
    observation: Observation | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed from one report to a later one of the same app; verdicts are (clause, before, after) where they differ."""

    old: Subject
    new: Subject
    verdicts: tuple[tuple[str, ...], ...]
    changes: tuple[Change, ...]
