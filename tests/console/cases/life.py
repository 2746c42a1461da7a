"""A case in the database, led through its life by the functions that pages call."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.cases import ledger
from mingjian.console.cases.events import procedure
from mingjian.console.cases.found import clause_of
from mingjian.console.cases.models import Case, Event
from mingjian.console.cases.projection import state_of
from mingjian.console.cases.state import CaseState
from mingjian.console.inspections.models import Decision, Hit, Inspection
from mingjian.console.inspections.models import Finding as FindingRow
from mingjian.console.market.models import App, Operator
from mingjian.model.codec import dump_report
from mingjian.model.types import Artifact, Coverage, Evidence, Finding, Observation, PackVersion, Report, Subject, Text, Tool
from mingjian.model.types import Hit as ReportHit

START = datetime(2026, 3, 2, 10, 0, tzinfo=clock.PLACE)
"""A Monday; the next holiday is a month away."""
TERM = {"unit": "working_days", "amount": 5}
FIRST, SECOND = ("cac-2019/3.1", "a" * 16), ("cac-2019/1.1", "b" * 16)

BEFORE = "before_consent"
API = Coverage("api", "test", "complete", (BEFORE,))
CODE = Coverage("code", "test", "complete")


def stored_report(hits: Mapping[tuple[str, str], str], coverage: tuple[Coverage, ...], verdicts: Mapping[str, Any] | None = None) -> str:
    """A report in the vault: hits by clause and fingerprint with the channel that they were seen in."""
    artifact = Artifact("e" * 64, "run", "recording.jsonl", 10, captured_at="2026-03-01T10:00:00+08:00")
    seen = [
        Observation(
            "observed", channel, "collect", data="device.imei", phase=BEFORE, evidence=(Evidence(artifact.sha256, f"line:{number}"),)
        )  # type: ignore[arg-type]  # channels by their names
        for number, channel in enumerate(hits.values(), 7)
    ]
    wanted = dict.fromkeys([*(clause for clause, _ in hits), FIRST[0], SECOND[0]])
    clauses = [clause for clause in (clause_of(each, None) for each in wanted) if clause]
    findings = [
        Finding(
            clause.id,
            (verdicts or {}).get(clause.id, "violated" if any(each == clause.id for each, _ in hits) else "satisfied"),
            tuple(ReportHit(fingerprint, (index,)) for index, (each, fingerprint) in enumerate(hits) if each == clause.id),
        )
        for clause in clauses
    ]
    report = Report(
        tool=Tool("1.0", "c", "none"),
        subject=Subject("f" * 64, "android", "com.example.app", "1.0", "示例应用", None, (artifact,)),
        packs=(PackVersion("cac-2019", "1", "a" * 64, Text("认定方法", "Identification method")),),
        clauses=tuple(clauses),
        coverage=coverage,
        observations=tuple(seen),
        findings=tuple(findings),
        created_at="2026-03-01T12:00:00+08:00",
    )
    return vault.put([dump_report(report)])[0]


def somebody(role: str, operator: Operator | None = None, body: str = "") -> User:
    user = User.objects.create_user(f"{role}{User.objects.count()}", operator=operator, body=body)
    user.groups.set([Group.objects.get(name=role)])
    return user


class Life:
    """The people of one case, and its app. `at` moves on by a minute with every step; run within `clock.stopped_at(life.at)` via `do`."""

    def __init__(self) -> None:
        self.at = START
        self.operator = Operator.objects.create(name="示例科技有限公司")
        self.app = App.objects.create(
            package="com.example.app", label="示例应用", operator=self.operator, store="示例商店", updated_at=START
        )
        self.inspector, self.reviewer, self.publisher = (somebody(role) for role in ("inspector", "reviewer", "publisher"))
        self.owner = somebody("operator", self.operator)

    def inspected(
        self,
        *problems: tuple[str, str],
        version: str = "1.0",
        signed: bool = True,
        verdicts: Mapping[str, str] | None = None,
        report: str = "",
    ) -> Inspection:
        """A finished inspection whose hits were all confirmed and countersigned."""
        inspection = Inspection.objects.create(
            app=self.app,
            state=Inspection.State.DONE,
            created_at=self.at,
            finished_at=self.at,
            version=version,
            store="示例商店",
            package_sha256=version.replace(".", "").ljust(64, "0"),
            report_sha256=report,
            concluded_at=self.at,
            concluded_by=self.inspector,
            countersigned_at=self.at if signed else None,
            countersigned_by=self.reviewer if signed else None,
        )
        verdicts = {FIRST[0]: "satisfied", SECOND[0]: "satisfied", **{clause: "violated" for clause, _ in problems}, **(verdicts or {})}
        FindingRow.objects.bulk_create(
            FindingRow(inspection=inspection, clause=clause, verdict=verdict, severity="high") for clause, verdict in verdicts.items()
        )
        for clause, fingerprint in problems:
            Hit.objects.create(inspection=inspection, clause=clause, fingerprint=fingerprint, line=f"observed collect {fingerprint[:4]}")
            self.decided(inspection, clause, fingerprint, Decision.Kind.CONFIRMED)
        return inspection

    def decided(self, inspection: Inspection, clause: str, fingerprint: str, kind: str) -> Decision:
        return Decision.objects.create(
            inspection=inspection,
            app=self.app,
            clause=clause,
            fingerprint=fingerprint,
            kind=kind,
            by=self.inspector,
            at=self.at,
            checked_by=self.reviewer,
            checked_at=self.at,
        )

    def open(self, *problems: tuple[str, str], body: str = "cac") -> Case:
        inspection = self.inspected(*(problems or (FIRST, SECOND)))
        with clock.stopped_at(self.at):
            self.case = ledger.open_case(inspection, body, self.inspector)
        return self.case

    def do(self, kind: str, by: User | None, **data: Any) -> Event:
        """Records one event a minute later; also those that otherwise follow from an inspection, a complaint or a notice."""
        self.at += timedelta(minutes=1)
        with clock.stopped_at(self.at):
            self.case.refresh_from_db()
            if not procedure().events[kind].through:
                return ledger.append(self.case, kind, data, by, self.case.seq)
            with transaction.atomic():
                return ledger.held(self.case, by, self.case.seq).write(kind, data)

    @property
    def state(self) -> CaseState:
        with clock.stopped_at(self.at):
            return state_of(self.case)

    @property
    def open_problems(self) -> list[str]:
        return [problem.id for problem in self.state.unresolved]

    def confirmed(self, act: str, **data: Any) -> int:
        """An act proposed by one and confirmed by another; the number of the proposal."""
        seq = self.do("proposed", self.inspector, act=act, **data).seq
        self.do("confirmed", self.reviewer, of=seq)
        return seq

    def served(self, of: int, *to: str) -> None:
        for each in to or ("operator",):
            at = (self.at + timedelta(minutes=1)).astimezone(UTC).isoformat()
            self.do("served", self.inspector, of=of, to=each, served_at=at, method="portal")

    def ordered(self) -> int:
        seq = self.confirmed("order", body=self.case.body, term=TERM, problems=self.open_problems)
        self.served(seq)
        return seq

    def reported(self) -> None:
        for problem in self.open_problems:
            self.do("answered", self.owner, problem=problem, cause="SDK", change="已移除", disputed=False)
        self.do("rectification_reported", self.owner, statement="已完成整改")

    def past_deadline(self) -> None:
        deadline = self.state.deadline
        assert deadline is not None
        self.at = deadline.ends
        self.do("overdue_noted", None, ended=deadline.ends.isoformat())

    def named(self) -> None:
        seq = self.confirmed("naming", body=self.case.body, term=TERM, problems=self.open_problems)
        self.do("published", self.publisher, of=seq, place="网站")

    def taken_down(self, stores: Iterable[str] = ("甲商店", "乙商店")) -> None:
        stores = list(stores)
        seq = self.confirmed(
            "takedown", body=self.case.body, term={"unit": "hours", "amount": 48}, stores=stores, problems=self.open_problems
        )
        self.served(seq, *stores)
