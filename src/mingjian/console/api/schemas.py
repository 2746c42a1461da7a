"""The shapes of what the interface gives and takes."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from ninja import Field, Schema

from mingjian.console.cases.found import problem_id
from mingjian.console.cases.models import Case

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
    """An inspection that becomes a test of a case. `expected_seq` is the number of the last event that was seen."""

    inspection: int = Field(ge=1, le=2**63 - 1)
    expected_seq: int = Field(ge=0, le=2**31 - 1)


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
    """One app on the public list, with the words that were published; `withdrawal` says why it no longer stands, where it was withdrawn."""

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
    withdrawn_at: datetime | None
    withdrawal: str
    problems: list[PublishedProblemRow]
