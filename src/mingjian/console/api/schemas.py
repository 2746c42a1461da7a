"""The shapes of what the interface gives and takes."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from ninja import Field, Schema

from mingjian.console.cases.found import problem_id
from mingjian.console.cases.models import Case, Document
from mingjian.console.notices.publish import KINDS

Item = TypeVar("Item")
Told = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


class Page(Schema, Generic[Item]):
    """Rows, and the address of the next page, null on the last."""

    items: list[Item]
    next: str | None


class InspectionRow(Schema):
    """An inspection; the five counts are clauses by verdict."""

    id: int
    state: str
    step: str
    source: str
    body: str
    app: int | None = Field(alias="app_id")
    label: str
    version: str
    package_sha256: str
    category: str
    store: str
    created_at: datetime
    finished_at: datetime | None
    concluded_at: datetime | None
    countersigned_at: datetime | None
    violated: int
    suspected: int
    inconclusive: int
    satisfied: int
    not_applicable: int


class Upload(Schema):
    """What is told of the files of an inspection; empty where nothing is. `category` is one of the 39 types by id or `auto`, `body` a
    regulator by id, which a person of one body need not tell."""

    category: Told = ""
    store: Told = ""
    operator: Told = ""
    region: Told = ""
    downloads: int | None = Field(None, ge=0, lt=1 << 40)
    policy_address: Told = ""
    body: Told = ""


class FindingRow(Schema):
    """The verdict on one clause."""

    id: int
    inspection: int = Field(alias="inspection_id")
    clause: str
    verdict: str
    severity: str
    hits: int


class DecisionRow(Schema):
    """What a person decided of one place, or without a fingerprint of a whole clause. A dismissal counts once it is checked."""

    id: int
    inspection: int = Field(alias="inspection_id")
    clause: str
    fingerprint: str
    kind: str
    reason: str
    expires_on: date | None
    by: int = Field(alias="by_id")
    at: datetime
    checked_by: int | None = Field(alias="checked_by_id")
    checked_at: datetime | None


class HitRow(Schema):
    """One place where a clause is broken. `decided` is the kind of the decision that counts today, empty where none does; `waiting` a newer
    dismissal that a second person still has to check."""

    clause: str
    fingerprint: str
    line: str
    decided: str
    waiting: DecisionRow | None


class Deciding(Schema):
    """A decision. A dismissal needs its reason and the last day on which it holds."""

    clause: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]
    kind: Literal["confirmed", "dismissed", "record"]
    fingerprint: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""
    reason: Told = ""
    expires_on: date | None = None


class Checking(Schema):
    """The second person's answer to a dismissal."""

    upheld: bool
    reason: Told = ""


class Countersigning(Schema):
    """The second person's answer to a conclusion."""

    agreed: bool


class CaseRow(Schema):
    """A case; `state` is what the clock makes of it, as pages show it, and `seq` the number of its last event, to be sent back with the
    next one."""

    id: int
    number: str
    state: str
    seq: int
    body: str
    app: int = Field(alias="app_id")
    operator: int | None = Field(alias="operator_id")
    opened_at: datetime
    due_at: datetime | None
    provisional: bool
    closed_at: datetime | None

    @staticmethod
    def resolve_state(case: Case) -> str:
        return case.state_now


class ProblemRow(Schema):
    """One problem of a case in both languages; `id` is what the data of events call it."""

    id: str
    key: str
    clause: str
    status: str
    zh: str
    en: str

    @staticmethod
    def resolve_id(problem: Any) -> str:
        """The id that the events of the case use."""
        return problem_id(problem.clause, problem.key)


class CaseDetail(CaseRow):
    """A case with its problems."""

    problems: list[ProblemRow]


class EventRow(Schema):
    """One event of a case, as it was recorded."""

    seq: int
    kind: str
    at: datetime
    by: int | None = Field(alias="by_id")
    data: dict[str, Any]


class Step(Schema):
    """An event to be recorded. `expected_seq` is the number of the last event that was seen."""

    kind: str = Field(max_length=40)
    data: dict[str, Any] = {}
    expected_seq: int = Field(ge=0, le=2**31 - 1)


class Attached(Schema):
    """An inspection that becomes a test of a case. `expected_seq` is the number of the last event that was seen; `unchanged` what was
    changed outside of the package, where a re-test is of the one in which problems were found."""

    inspection: int = Field(ge=1, le=2**63 - 1)
    expected_seq: int = Field(ge=0, le=2**31 - 1)
    unchanged: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""


class EditionRow(Schema):
    """The figures of one half-year as counted at one time, with the end of the audit chain at that moment."""

    id: int
    half: str
    computed_at: datetime
    published_at: datetime | None
    audit_seq: int
    audit_digest: str


class FigureRow(Schema):
    """One number and the address of the list of what it counts."""

    table: str
    row: str
    column: str
    value: float
    base: float | None
    counts: str


class EditionDetail(EditionRow):
    """An edition with every figure."""

    figures: list[FigureRow]


class PublishedProblemRow(Schema):
    """One problem as it was published."""

    clause: str
    zh: str
    en: str


class NoticeRow(Schema):
    """One app on the public list, with the words that were published; `withdrawal` says why it no longer stands, where it was withdrawn.
    `due_on` is as it stands today, and may change while it is `provisional`."""

    id: int
    kind: str
    body: str
    batch: str
    published_at: datetime
    label: str
    package: str
    version: str
    operator: str
    store: str
    category: str
    due_on: date | None
    provisional: bool = False
    withdrawn_at: datetime | None
    withdrawal: str
    problems: list[PublishedProblemRow]


class WaitingRow(Schema):
    """A document that waits to be published; `kind` is what it would be on the public list."""

    document: int = Field(alias="id")
    number: str
    kind: str
    case: int = Field(alias="case_id")
    created_at: datetime

    @staticmethod
    def resolve_kind(document: Document) -> str:
        return str(KINDS[document.kind])


class Publishing(Schema):
    """A document to be published, and what the publisher calls the batch that it is published with."""

    document: int = Field(ge=1, le=2**63 - 1)
    batch: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] = ""
