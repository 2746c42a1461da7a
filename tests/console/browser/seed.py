"""Fills an empty console before the browser tests, through the functions that its pages call: people of every role, and a case whose order
was served long ago, so that its deadline has passed. Run as a program with the console's environment; says what it made as JSON."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mingjian.console.operation import setup

if TYPE_CHECKING:
    from mingjian.console.accounts.models import User
    from mingjian.console.inspections.models import Inspection

_OUT_OF_REACH = (
    "cac-2019/1.4",
    "cac-2019/2.2",
    "cac-2019/4.2",
    "cac-2019/4.5",
    "cac-2019/5.2",
    "cac-2019/6.1",
    "cac-2019/6.3",
    "cac-2019/6.5",
)
"""Clauses that the recording of the innocent twin leaves undecided, so that no re-test could show them fixed: they are not pursued."""
PASSWORD = "correct horse battery staple"
HOUSE = {"wang": "inspector", "li": "reviewer", "zhao": "publisher", "sun": "auditor"}
"""The people whom the administrator `zhang` has invited, and their roles."""


def fill(material: Path) -> dict[str, Any]:
    """The people, the overdue case with its operator's person `manchi`, and last half-year's figures."""
    from mingjian.console import clock  # noqa: PLC0415  after the settings
    from mingjian.console.accounts import first, invitations  # noqa: PLC0415
    from mingjian.console.cases import ledger  # noqa: PLC0415
    from mingjian.console.cases.projection import state_of  # noqa: PLC0415

    def at(day: str) -> Any:
        return clock.stopped_at(datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=clock.PLACE))

    with at("2026-08-31"):
        administrator = first.make("zhang", PASSWORD)
        people = {}
        for name, role in HOUSE.items():
            _, token = invitations.invite(administrator, f"{name}@house.example", role)
            people[role] = invitations.accept(token, name, PASSWORD)
    with at("2026-09-01"):
        inspection = inspected(material / "manchi", people["inspector"], "慢吃科技有限公司")
        sign(inspection, people["inspector"], people["reviewer"])
        inspection.refresh_from_db()
    with at("2026-09-02"):
        case = ledger.open_case(inspection, "provincial_cac", people["inspector"])
        problems = [each.id for each in state_of(case).unresolved]
        term = {"unit": "working_days", "amount": 5}
        order = {"act": "order", "body": case.body, "term": term, "problems": problems}
        proposed = ledger.append(case, "proposed", order, people["inspector"], case.seq)
        case.refresh_from_db()
        ledger.append(case, "confirmed", {"of": proposed.seq}, people["reviewer"], case.seq)
    with at("2026-09-03"):
        case.refresh_from_db()
        served = {"of": proposed.seq, "to": "operator", "served_at": clock.now().isoformat(), "method": "portal"}
        ledger.append(case, "served", served, people["inspector"], case.seq)
        _, token = invitations.invite(people["inspector"], "legal@manchi.example", "operator", operator=case.operator)
        invitations.accept(token, "manchi", PASSWORD)
    return {"case": case.pk, "problems": len(problems)}


def decide(number: int, *, signed: bool) -> dict[str, Any]:
    """Decides all that an inspection found and is undecided, as `wang` and `li` would by hand; with `signed` he concludes and she
    countersigns."""
    from mingjian.console.accounts.models import User  # noqa: PLC0415  after the settings
    from mingjian.console.inspections.models import Inspection  # noqa: PLC0415

    inspection = Inspection.objects.get(pk=number)
    act = sign if signed else _decided
    act(inspection, User.objects.get(username="wang"), User.objects.get(username="li"))
    return {}


def inspected(folder: Path, by: "User", operator: str) -> "Inspection":
    """An inspection, done, of the app in the folder with its policy and its recording."""
    from mingjian.console.inspections.file import About, receive  # noqa: PLC0415  after the settings
    from mingjian.console.work.queue import run_due  # noqa: PLC0415

    names = {"package": "app.apk", "policy": "policy.html", "run": "run.jsonl"}
    files = {kind: [(name, [(folder / name).read_bytes()])] for kind, name in names.items()}
    about = About(category="food_delivery", store="示例商店", operator=operator, region="浙江", downloads=120_000)
    inspection = receive(by, files, about)
    run_due()
    inspection.refresh_from_db()
    return inspection


def sign(inspection: "Inspection", inspector: "User", reviewer: "User") -> None:
    """Decides what is undecided, concludes and countersigns."""
    from mingjian.console.inspections import decisions  # noqa: PLC0415  after the settings

    _decided(inspection, inspector, reviewer)
    decisions.conclude(inspection, inspector)
    decisions.countersign(inspection, True, reviewer)


def _decided(inspection: "Inspection", inspector: "User", reviewer: "User") -> None:
    from mingjian.console import clock  # noqa: PLC0415  after the settings
    from mingjian.console.inspections import decisions  # noqa: PLC0415
    from mingjian.console.inspections.models import Decision  # noqa: PLC0415

    until = clock.today() + timedelta(days=200)
    for clause, fingerprint in decisions.still_undecided(inspection):
        if clause in _OUT_OF_REACH:
            wish = decisions.Wish(clause, Decision.Kind.DISMISSED, fingerprint, "证据不足，不予认定。", until)
            decisions.check(decisions.decide(inspection, wish, inspector), True, reviewer)
        else:
            decisions.decide(inspection, decisions.Wish(clause, Decision.Kind.CONFIRMED, fingerprint), inspector)


if __name__ == "__main__":
    setup.ready()
    setup.migrate()
    what, argument = sys.argv[1:]
    print(json.dumps(fill(Path(argument)) if what == "fill" else decide(int(argument), signed=what == "sign")))
