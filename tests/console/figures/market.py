"""A small market written straight into the tables: everything that a figure must count, and beside it everything that it must not."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import count
from random import Random
from typing import Any

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.cases.models import Case, Document, Event, Problem
from mingjian.console.complaints.models import Complaint, Group
from mingjian.console.inspections.dismissals import mark
from mingjian.console.inspections.models import Decision, Fact, Finding, Hit, Inspection
from mingjian.console.market.models import App
from mingjian.console.notices.models import Publication

HALF = "2026H1"
LATER = "2026H2"
NOW = datetime(2026, 7, 20, 12, 0, tzinfo=clock.PLACE)
"""When the figures are counted, some weeks after the half-year."""

_number = count(1)
_CLAUSES = ("cac-2019/1.1", "cac-2019/3.1", "cac-2019/4.1", "cac-2019/6.5")
_VERDICTS = ("violated", "suspected", "inconclusive", "satisfied", "not_applicable")


def moment(text: str) -> datetime:
    """A moment as China's clock shows it: `2026-03-02 09:30`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=clock.PLACE)


def app(**of: Any) -> App:
    """An app that was not there yet."""
    return App.objects.create(package=f"com.example.app{next(_number)}", updated_at=NOW, **of)


def inspection(verdicts: dict[str, str] | None = None, facts: dict[str, tuple[str, ...]] | None = None, **of: Any) -> Inspection:
    """A finished inspection that counts; `verdicts` by clause, `facts` names by kind."""
    verdicts = verdicts or {}
    told = {
        "app": app() if "app" not in of else of.pop("app"),
        "state": "done",
        "created_at": moment("2026-03-02 09:00"),
        "finished_at": moment("2026-03-02 09:30"),
        "half": HALF,
        "latest": True,
        "category": "online_shopping",
        "store": "甲店",
        "region": "北京市",
        "downloads": 50_000,
        "package_sha256": sha256(str(next(_number)).encode()).hexdigest(),
        **{verdict: sum(each == verdict for each in verdicts.values()) for verdict in _VERDICTS},
        **of,
    }
    made = Inspection.objects.create(**told)
    Finding.objects.bulk_create(
        Finding(inspection=made, clause=clause, verdict=verdict, severity="major") for clause, verdict in verdicts.items()
    )
    Fact.objects.bulk_create(Fact(inspection=made, kind=kind, name=name) for kind, names in (facts or {}).items() for name in names)
    return made


def hits(of: Inspection, clause: str, *fingerprints: str) -> None:
    """What was found against a clause."""
    Hit.objects.bulk_create(Hit(inspection=of, clause=clause, fingerprint=each, line="") for each in fingerprints)


def dismissed(of: Inspection, clause: str, fingerprint: str, *, upheld: bool = True, until: date = date(2026, 12, 31)) -> None:
    """One person dismissed it, and with `upheld` a second one, too."""
    by, _ = User.objects.get_or_create(username="somebody")
    second = {"checked_by": by, "checked_at": NOW} if upheld else {}
    told = {"clause": clause, "fingerprint": fingerprint, "kind": "dismissed", "expires_on": until, "by": by, "at": of.finished_at}
    Decision.objects.create(inspection=of, app=of.app, **told, **second)
    mark(of, clause)


def case(problems: tuple[str, ...] = ("open",), **of: Any) -> Case:
    """A case whose problems have these statuses."""
    number = next(_number)
    told = {
        "app": app(),
        "number": f"C{number}",
        "body": "cac",
        "state": "rectification_ordered",
        "opened_at": moment("2026-02-02 10:00"),
        **of,
    }
    made = Case.objects.create(**told)
    for place, status in enumerate(problems):
        Problem.objects.create(case=made, key=str(place), clause="cac-2019/1.1", status=status, zh="问题", en="problem")
    return made


def published(of: Case, kind: str, at: datetime, withdrawn_at: datetime | None = None) -> Publication:
    """A case on the public list."""
    number = f"N{next(_number)}"
    document = Document.objects.create(case=of, seq=next(_number), kind=kind, number=number, created_at=at, zh={}, en={}, digest="0" * 64)
    return Publication.objects.create(
        kind=kind,
        case=of,
        document=document,
        body=of.body,
        published_at=at,
        withdrawn_at=withdrawn_at,
        label="应用",
        package=of.app.package,
    )


def complaint(**of: Any) -> Complaint:
    """A complaint of the half-year."""
    told = {
        "receipt": sha256(str(next(_number)).encode()).hexdigest(),
        "received_at": moment("2026-03-03 11:00"),
        "due_on": date(2026, 3, 24),
        "half": HALF,
        "app_name": "应用",
        "store": "甲店",
        **of,
    }
    return Complaint.objects.create(**told)


def inspections(random: Random) -> None:
    """Some dozens of apps that differ in everything, and those at the edges."""
    permissions = (
        "permission.camera.CAMERA",
        "permission.location.ACCESS_FINE_LOCATION",
        "permission.sms.READ_SMS",
        "permission.contacts.READ_CONTACTS",
    )
    data = ("location.precise", "device.oaid", "device.imei", "contacts.address_book", "basic.phone_number")
    for _ in range(36):
        asked = random.sample(permissions, random.randint(0, 4))
        collected = random.sample(data, random.randint(0, 5))
        inspection(
            {clause: random.choice(_VERDICTS) for clause in random.sample(_CLAUSES, random.randint(2, 4))},
            {
                "permission": tuple(asked),
                "unrelated": tuple(asked[: random.randint(0, 2)]),
                "data": tuple(collected),
                "early": tuple(collected[: random.randint(0, 2)]),
                "sdk": tuple(random.sample(("sdk.a", "sdk.b", "sdk.c"), random.randint(0, 3))),
                "observed": tuple(collected[2:3]),
                "abnormal": tuple(random.sample(("start_self", "probe_apps"), random.randint(0, 2))),
            },
            category=random.choice(("online_shopping", "news", "utility", "")),
            store=random.choice(("甲店", "乙店", "")),
            region=random.choice(("北京市", "广东省", "")),
            downloads=random.choice((None, 0, 9_999, 10_000, 99_999, 100_000, 5_000_000, 300_000_000)),
        )
    everything = {
        "permission": permissions,
        "unrelated": permissions[:1],
        "data": data,
        "early": data[:2],
        "sdk": ("sdk.a",),
        "abnormal": ("start_self",),
    }
    broken = dict.fromkeys(_CLAUSES, "violated")
    inspection(broken, everything, package_sha256="")
    inspection(broken, everything, category="")
    inspection({**broken, "cac-2019/3.1": "inconclusive"}, everything)
    inspection({}, {})
    inspection(dict.fromkeys(_CLAUSES, "satisfied"), {})
    again = inspection(broken, everything, latest=False)
    inspection(dict.fromkeys(_CLAUSES, "satisfied"), {}, app=again.app, package_sha256=again.package_sha256)
    inspection(broken, everything, half=LATER, finished_at=moment("2026-07-03 10:00"))
    inspection({}, {}, state="failed", finished_at=None, half="", latest=False, app=None)
    inspection({}, {}, state="failed", finished_at=None, half="", latest=False, app=None, created_at=moment("2025-12-31 23:59"))
    inspection({}, {}, state="queued", finished_at=None, half="", latest=False, app=None)


def dismissals() -> None:
    """Apps found to break two clauses, of which something was dismissed: in every way that makes a clause count no more, and in those that
    do not."""
    early, unrelated = "cac-2019/3.1", "cac-2019/4.1"
    facts = {"early": ("device.imei",), "unrelated": ("permission.camera.CAMERA",), "observed": ("device.imei",)}

    def broken(*fingerprints: str, **of: Any) -> Inspection:
        made = inspection({early: "violated", unrelated: "suspected", "cac-2019/1.1": "satisfied"}, facts, **of)
        hits(made, early, *fingerprints)
        hits(made, unrelated, "u")
        return made

    for each in (one := broken("a", "b")), (both := broken("a", "b")):
        dismissed(each, early, "a")
    dismissed(both, early, "b")
    dismissed(both, unrelated, "u")
    dismissed(one, unrelated, "u", upheld=False)
    dismissed(broken("a"), early, "a", until=NOW.date() - timedelta(days=1))
    dismissed(broken("a"), early, "a", until=NOW.date())
    dismissed(broken("a", "b"), early, "")
    dismissed(broken(), early, "")
    older = broken("a", latest=False, finished_at=moment("2026-02-02 09:30"))
    dismissed(older, early, "a")
    dismissed(older, unrelated, "")
    mark(broken("a", app=older.app))


def outside() -> None:
    """Inspections that are in no sample: handed in by an operator, or re-tests; of an app that has none else, or newer than the others."""
    broken = dict.fromkeys(_CLAUSES, "violated")
    for source in ("portal", "retest"):
        inspection(broken, {"sdk": ("sdk.a",)}, source=source, latest=False)
        sampled = inspection(dict.fromkeys(_CLAUSES, "satisfied"), {})
        inspection(broken, {}, app=sampled.app, source=source, latest=False, finished_at=moment("2026-05-02 09:30"))


def cases() -> None:
    """Cases of every outcome, at every edge of the half-year and of its deadlines."""
    served = {"served_at": moment("2026-02-04 10:00"), "due_at": moment("2026-02-26 00:00")}
    case(("fixed",), state="closed", closed_at=moment("2026-02-25 15:00"), **served)
    case(("fixed", "withdrawn"), state="closed", closed_at=moment("2026-03-02 00:30"), **served)
    case(("fixed", "fixed"), state="closed", closed_at=moment("2026-02-25 09:00"), **served)
    case(("fixed", "open"), state="closed", closed_at=moment("2026-03-20 15:00"), **served)
    case(("withdrawn",), state="closed", closed_at=moment("2026-03-20 15:00"), **served)
    case(("persisting",), state="escalated", **served)
    case(("open",), **served)
    case(("open",), **{**served, "due_at": NOW})
    case(("open",), **{**served, "due_at": NOW + timedelta(seconds=1)})
    case(("open",), provisional=True, **served)
    case(("persisting",), state="publicly_named", **{**served, "due_at": moment("2026-07-01 00:00")})
    case(("answered",), state="rectification_reported", served_at=served["served_at"])
    case(("fixed",), state="retest", served_at=served["served_at"])
    Event.objects.create(case=case((), state="planned"), seq=1, kind="opened", at=moment("2026-02-02 10:00"))
    case(
        ("fixed",),
        state="closed",
        served_at=moment("2025-12-30 10:00"),
        closed_at=moment("2026-01-05 10:00"),
        opened_at=moment("2025-12-20 10:00"),
    )
    case(
        ("fixed",),
        state="closed",
        served_at=moment("2026-06-30 23:59"),
        closed_at=moment("2026-07-10 10:00"),
        opened_at=moment("2026-06-30 23:59"),
    )
    case(("open",), opened_at=moment("2026-01-01 00:00"), served_at=moment("2026-07-01 00:00"))
    case(("open",), opened_at=moment("2026-07-01 00:00"))
    noted = case(("open",), state="takedown_ordered", **served)
    for seq, at in enumerate(("2026-03-02 08:00", "2026-04-02 08:00", "2026-07-02 08:00"), 1):
        Event.objects.create(case=noted, seq=seq, kind="overdue_noted", at=moment(at))
    Event.objects.create(case=case(("open",)), seq=1, kind="overdue_noted", at=moment("2026-07-01 00:00"))
    published(noted, "naming", moment("2026-03-05 10:00"))
    published(noted, "naming", moment("2026-04-05 10:00"))
    published(noted, "takedown", moment("2026-05-05 10:00"))
    published(noted, "restoration", moment("2026-06-30 23:30"))
    published(case(), "naming", moment("2026-03-05 10:00"), withdrawn_at=moment("2026-03-09 10:00"))
    published(case(), "naming", moment("2026-07-01 00:00"))
    published(case(), "takedown", moment("2025-12-31 23:59"))


def complaints() -> None:
    """Complaints that were answered on the last day and after it, are still open, refused, withdrawn, doubled, or of another half-year."""
    complaint(clause="cac-2019/3.1", replied_at=moment("2026-03-24 23:50"), state="replied")
    complaint(clause="cac-2019/3.1", replied_at=moment("2026-03-25 00:10"), state="replied", store="乙店")
    complaint(clause="cac-2019/1.1", state="accepted", case=case())
    complaint(state="received", store="", due_on=date(2026, 7, 20))
    complaint(state="received", due_on=date(2026, 7, 19))
    complaint(state="rejected")
    complaint(state="withdrawn")
    group = Group.objects.create(created_at=NOW)
    other = Group.objects.create(created_at=NOW)
    complaint(group=group, half="2025H2")
    for of in (group, group, group, other):
        complaint(group=of, clause="cac-2019/6.5", due_on=date(2026, 7, 31))
    complaint(half=LATER)


@dataclass(frozen=True)
class Small:
    """The half-year that was built, and the moment at which it is looked at."""

    half: str = HALF
    now: datetime = NOW


def build() -> Small:
    """The whole market."""
    inspections(Random(7))
    dismissals()
    outside()
    cases()
    complaints()
    return Small()
