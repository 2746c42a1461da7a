"""Past the announced holidays a deadline is provisional, and every place that tells it says so until it is settled."""

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.cases import ledger, machine
from mingjian.console.cases.models import Document
from mingjian.console.cases.reminding import remind
from mingjian.console.complaints import followup
from mingjian.console.complaints.intake import Told, take
from mingjian.console.notices import due
from mingjian.console.notices.models import Publication
from mingjian.console.notices.publish import publish
from mingjian.console.workdays import Calendar, YearCalendar, shipped_calendar
from tests.console.api.test_interface import program
from tests.console.cases.life import TERM, Life

LONG = {"unit": "working_days", "amount": 250}
"""From March of a year whose holidays are known into one whose holidays are not."""
SAID = "rovisional"


@pytest.fixture
def life(db: None) -> Life:
    life = Life()
    life.open()
    return life


@pytest.fixture
def ordered(life: Life) -> Life:
    seq = life.confirmed("order", body="cac", term=LONG, problems=life.open_problems)
    life.served(seq)
    deadline = life.state.deadline
    assert deadline is not None
    assert (deadline.provisional, deadline.last_day.year) == (True, 2027)
    return life


@pytest.fixture
def reads(signed_in: Callable[[User], Client]) -> Iterator[Callable[[Life, User, str], str]]:
    def read(life: Life, user: User, address: str) -> str:
        client = signed_in(user)
        client.post("/language/", {"language": "en", "next": "/"})
        with clock.stopped_at(life.at):
            return client.get(address).content.decode()

    yield read


Reads = Callable[[Life, User, str], str]


def test_pages_of_the_case_and_of_its_operator_say_so(ordered: Life, reads: Reads) -> None:
    case = ordered.case.pk
    for name, arguments in (("cases:list", []), ("cases:overdue", []), ("cases:detail", [case])):
        assert SAID in reads(ordered, ordered.inspector, reverse(name, args=arguments)), name
    for name, arguments in (("portal:home", []), ("portal:case", [case])):
        assert SAID in reads(ordered, ordered.owner, reverse(name, args=arguments)), name
    deadline = ordered.state.deadline
    assert deadline is not None
    shown = deadline.ends.astimezone(clock.PLACE).strftime("%Y-%m-%d %H:%M")
    assert f"{shown} provisional" in reads(ordered, ordered.inspector, reverse("cases:detail", args=[case])), "beside its event"


def test_a_certain_deadline_is_not_called_provisional(life: Life, reads: Reads) -> None:
    life.ordered()
    page = reads(life, life.inspector, reverse("cases:detail", args=[life.case.pk]))
    assert "2026-03-10 00:00" in page
    assert "2026-03-10 00:00 provisional" not in page
    assert SAID not in reads(life, life.owner, reverse("portal:case", args=[life.case.pk]))


def test_reminders_say_so(ordered: Life, reads: Reads) -> None:
    deadline = ordered.state.deadline
    assert deadline is not None
    ordered.at = deadline.ends - timedelta(days=1)
    with clock.stopped_at(ordered.at):
        assert remind() > 0
    for address in (reverse("cases:work"), reverse("cases:detail", args=[ordered.case.pk])):
        assert "last day of the deadline. Provisional" in reads(ordered, ordered.inspector, address)
    assert '"provisional": true' in reads(ordered, ordered.inspector, reverse("cases:work_json"))


def test_programs_are_told(ordered: Life, life: Life) -> None:
    with clock.stopped_at(life.at):
        mine = program(life.inspector)
        assert mine.get(f"/cases/{life.case.pk}")[1]["provisional"] is True
        served = mine.get(f"/cases/{life.case.pk}/events")[1]["items"][-1]
    assert (served["kind"], served["data"]["provisional"]) == ("served", True)


@pytest.fixture
def named(life: Life) -> Publication:
    life.ordered()
    life.past_deadline()
    life.confirmed("naming", body="cac", term=LONG, problems=life.open_problems)
    life.at += timedelta(minutes=1)
    life.case.refresh_from_db()
    with clock.stopped_at(life.at):
        return publish(life.case, Document.objects.get(kind="naming_notice"), life.publisher)


def _told_in_public(client: Client, named: Publication) -> list[tuple[str, bool]]:
    """The last day and whether it is provisional, in the feed, at the entry and in the interface for programs."""
    feed = client.get("/notices/list.json").json()["items"][0]["_mingjian"]
    entry = client.get(f"/notices/{named.pk}.json").json()["_mingjian"]
    row = client.get("/api/v1/notices").json()["items"][0]
    return [(each["due_on"], each["provisional"]) for each in (feed, entry, row)]


def test_the_public_list_says_so_until_the_year_is_announced(
    life: Life, named: Publication, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/language/", {"language": "en", "next": "/"})
    before = due.of(named)
    assert before is not None
    assert before.provisional
    assert _told_in_public(client, named) == [(before.last_day.isoformat(), True)] * 3
    assert "(provisional: the holidays" in client.get(f"/notices/{named.pk}/").content.decode()

    # The autumn after, one more day off is announced before the deadline.
    announced = Calendar({2027: YearCalendar(frozenset({date(2027, 1, 1), date(2027, 1, 4)}), frozenset())})
    deadline = life.state.deadline
    assert deadline is not None
    ends, _ = machine.recounted(deadline, life.at, announced)
    monkeypatch.setattr(ledger, "shipped_calendar", lambda: announced)
    life.do("deadline_recomputed", life.inspector, of=deadline.origin, reason="announced")
    monkeypatch.setattr(ledger, "shipped_calendar", shipped_calendar)
    settled = (ends.astimezone(clock.PLACE).date() - timedelta(days=1)).isoformat()
    assert _told_in_public(client, named) == [(settled, False)] * 3
    assert "(provisional: the holidays" not in client.get(f"/notices/{named.pk}/").content.decode()


def test_the_spreadsheet_has_a_column_for_it(life: Life, named: Publication, client: Client) -> None:
    client.post("/language/", {"language": "en", "next": "/"})
    for shape in ("app", "problem"):
        sheet = b"".join(client.get(f"/notices/list.xlsx?shape={shape}").streaming_content)  # type: ignore[attr-defined]
        assert _cells(sheet)["Provisional"].startswith("(provisional")


def _cells(sheet: bytes) -> dict[str, str]:
    rows = list(openpyxl.load_workbook(io.BytesIO(sheet)).worksheets[0].iter_rows(values_only=True))
    return dict(zip(map(str, rows[0]), map(str, rows[1]), strict=True))


def test_a_certain_deadline_of_a_naming_is_told_as_certain(life: Life, client: Client) -> None:
    life.ordered()
    life.past_deadline()
    life.confirmed("naming", body="cac", term=TERM, problems=life.open_problems)
    life.at += timedelta(minutes=1)
    life.case.refresh_from_db()
    with clock.stopped_at(life.at):
        notice = publish(life.case, Document.objects.get(kind="naming_notice"), life.publisher)
    assert due.of(notice) == due.Due(notice.due_on or date.min, provisional=False)


def test_a_complainant_s_copy_says_so(db: None) -> None:
    for month, provisional in ((9, False), (12, True)):
        with clock.stopped_at(datetime(2026, month, 14, 10, tzinfo=clock.PLACE)):
            complaint = take(Told("应用", "未经同意收集", name="王五", contact="13800000000", may_contact=True)).complaint
            assert followup.copy(complaint)["provisional"] is provisional
