"""A desk at which the demo's stories are played in the console's own tables, by the functions that its pages call."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.cases import ledger, machine, retests
from mingjian.console.cases.models import Case
from mingjian.console.cases.projection import state_of
from mingjian.console.cases.state import CaseState
from mingjian.console.complaints import handling, intake
from mingjian.console.complaints.models import Complaint
from mingjian.console.demo.filing import conclude, file
from mingjian.console.demo.market import SyntheticVersion, demo_data
from mingjian.console.demo.people import person_of
from mingjian.console.demo.stories import Inspected, Story
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App
from mingjian.console.notices import publish as notices
from mingjian.model.types import Report


class ConsoleDesk:
    """Plays one story. `report_of` gives the report on any version."""

    def __init__(self, story: Story, people: Mapping[str, User], report_of: Callable[[SyntheticVersion], Report]) -> None:
        self._story = story
        self._people = people
        self._report_of = report_of
        self._case: Case | None = None

    @property
    def case(self) -> Case:
        """The case, once it has been opened. Raises `LookupError` before."""
        if self._case is None:
            raise LookupError(self._story.name)
        return self._case

    def state(self) -> CaseState:
        """The case as its events leave it."""
        return state_of(self._case) if self._case else machine.fold((), clock.now())

    def record(self, role: str, kind: str, data: Mapping[str, Any]) -> None:
        """Records an event by a person of that role, now."""
        if kind == "opened":
            app = App.objects.get(package=self._story.version.app.package)
            self._case = ledger.open_case(app, self._story.body, self._people[role])
            return
        self.case.refresh_from_db(fields=["seq", "operator"])
        by, seq = self._person(role), self.case.seq
        match kind:
            case "sampled" | "testing_started":
                with transaction.atomic():
                    ledger.held(self.case, by, seq).write(kind, data)
            case "test_finished":
                ledger.take_test(self.case, self._concluded(data["inspection"]), by, seq)
            case "retest_started" | "relist_requested":
                retests.retest(self.case, Inspection.objects.get(pk=data["inspection"]), by, seq)
            case "retest_finished":
                retests.retest(self.case, self._concluded(data["inspection"]), by, seq)
            case "complaint_linked":
                self._link(Complaint.objects.get(pk=data["complaint"]), by)
            case "published":
                self._publish(data["of"], by)
            case _:
                ledger.append(self.case, kind, data, by, seq)

    def _concluded(self, inspection: str) -> Inspection:
        """An inspection with two persons behind its result."""
        found = Inspection.objects.get(pk=inspection)
        if found.countersigned_at is None:
            conclude(found, self._people)
            found.refresh_from_db()
        return found

    def _link(self, complaint: Complaint, by: User) -> None:
        handling.take_on(complaint, by)
        handling.accept(complaint, by)
        handling.link(complaint, self.case, by)

    def _publish(self, proposal: int, by: User) -> None:
        """Puts what was decided on the public list, which records it."""
        if notices.correction(self.case) is not None:
            notices.withdraw(self.case.publications.latest("published_at"), by)
            return
        number = self.case.events.get(kind="confirmed", data__of=proposal).data["number"]
        notices.publish(self.case, self.case.documents.get(number=number), by)

    def inspect(self, version: SyntheticVersion) -> Inspected:
        """The inspection of a version; made now when there is none yet."""
        inspection = Inspection.objects.filter(package_sha256=version.sha256).first()
        if inspection is None:
            inspection = file(version, self._report_of(version), self._people["inspector"], body=self._story.body, again=True)
        # What was found, and what became of it, the case takes from the inspection itself.
        return Inspected(str(inspection.pk), version.sha256, ())

    def make_public(self, kind: str) -> None:
        """Puts the last document of that kind on the public list, now."""
        notices.publish(self.case, self.case.documents.filter(kind=kind).latest("pk"), self._people["publisher"])

    def complaint(self) -> str:
        """A complaint about the app, taken now."""
        app, words = self.case.app, demo_data("complaints")["descriptions"][""]
        told = intake.Told(app.label, words[self._story.language], package=app.package, store=app.store)
        return str(intake.take(told, body=self._story.body).complaint.pk)

    def _person(self, role: str) -> User:
        operator = self.case.operator
        return person_of(operator) if role == "operator" and operator is not None else self._people[role]
