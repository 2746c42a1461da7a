"""Every number of an edition against a recount by plain SQL, written after docs/figures.md and not after the code."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import quantiles
from typing import Any

import pytest
from django.db import connection

from mingjian.console import clock
from mingjian.console.figures import edition as editions
from mingjian.console.inspections.models import Finding
from tests.console.figures.market import HALF, NOW, build

BEGINS = datetime(2026, 1, 1, tzinfo=clock.PLACE)
ENDS = datetime(2026, 7, 1, tzinfo=clock.PLACE)

OUTSIDE = "('portal', 'retest')"
IN_IT = f"""i.half = %s AND i.state = 'done' AND i.source NOT IN {OUTSIDE} AND NOT EXISTS (
    SELECT 1 FROM inspections_inspection n WHERE n.app_id = i.app_id AND n.half = i.half AND n.state = 'done'
    AND n.source NOT IN {OUTSIDE} AND (n.finished_at, n.id) > (i.finished_at, i.id))"""
SAMPLE = f"inspections_inspection i WHERE {IN_IT}"
IN_SAMPLE = f"JOIN inspections_inspection i ON i.id = f.inspection_id WHERE {IN_IT}"
WITH_PACKAGE = "i.package_sha256 <> ''"
DECIDED = "('violated', 'suspected', 'satisfied')"
GONE = f"""EXISTS (SELECT 1 FROM inspections_decision d WHERE d.kind = 'dismissed' AND d.checked_at IS NOT NULL
    AND d.expires_on >= '{NOW.date().isoformat()}' AND d.clause = {{0}}.clause
    AND CASE WHEN d.fingerprint = '' THEN d.inspection_id = {{0}}.inspection_id ELSE d.fingerprint = {{1}} AND d.app_id = i.app_id END)"""
"""Whether something found, of the inspection `i`, is dismissed; in this market nobody changes their mind, and there is one body."""
KEPT = f"""EXISTS (SELECT 1 FROM inspections_hit k WHERE k.inspection_id = i.id AND k.clause = {{0}}.clause
    AND NOT {GONE.format("k", "k.fingerprint")})"""
HITS = "EXISTS (SELECT 1 FROM inspections_hit h WHERE h.inspection_id = i.id AND h.clause = {0}.clause)"
STANDS = f"({{0}}.verdict NOT IN ('violated', 'suspected') OR {KEPT} OR (NOT {HITS} AND NOT {GONE.format('{0}', chr(39) * 2)}))"
"""Whether a finding counts."""
JUDGED = f"""EXISTS (SELECT 1 FROM inspections_finding j WHERE j.inspection_id = i.id AND j.clause = '{{}}' AND j.verdict IN {{}}
    AND {STANDS.format("j")})"""
LEFT = f"(SELECT count(*) FROM inspections_finding b WHERE b.inspection_id = i.id AND b.verdict = '{{}}' AND {STANDS.format('b')})"
VIOLATED, SUSPECTED = LEFT.format("violated"), LEFT.format("suspected")
EARLY, RELATED = "cac-2019/3.1", "cac-2019/4.1"
RECORDED = "EXISTS (SELECT 1 FROM inspections_fact r WHERE r.inspection_id = i.id AND r.kind IN ('observed', 'abnormal'))"
SETTLED = JUDGED.format(EARLY, "('violated', 'satisfied')")
WATCHED = f"({RECORDED} OR {SETTLED})"
DOWNLOADS = """CASE WHEN i.downloads IS NULL THEN '' WHEN i.downloads < 10000 THEN '0' WHEN i.downloads < 100000 THEN '10000'
    WHEN i.downloads < 1000000 THEN '100000' WHEN i.downloads < 10000000 THEN '1000000'
    WHEN i.downloads < 100000000 THEN '10000000' ELSE '100000000' END"""
GROUPS = {"overall": "''", "by_category": "i.category", "by_store": "i.store", "by_region": "i.region", "by_downloads": DOWNLOADS}

OFF_2026 = {
    *(date(2026, 1, day) for day in (1, 2, 3)),
    *(date(2026, 2, day) for day in range(15, 24)),
    *(date(2026, 4, day) for day in (4, 5, 6)),
    *(date(2026, 5, day) for day in (1, 2, 3, 4, 5)),
    *(date(2026, 6, day) for day in (19, 20, 21)),
}
WORKED_2026 = {date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9)}
"""As the State Council's office announced them in November 2025."""

Told = dict[tuple[str, str, str], tuple[float, float | None]]


def _rows(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [connection.ops.adapt_datetimefield_value(each) if isinstance(each, datetime) else each for each in values])
        return cursor.fetchall()


def _one(sql: str, *values: Any) -> int:
    ((number,),) = _rows(sql, *values)
    return int(number)


def _count(sql: str, *values: Any) -> dict[str, int]:
    return {str(row): int(number) for row, number in _rows(sql, *values)}


def _sample() -> Iterator[tuple[str, str, str, float, float | None]]:
    yield "sample", "", "tests", _one("SELECT count(*) FROM inspections_inspection WHERE half = %s AND state = 'done'", HALF), None
    distinct = (
        "SELECT count(DISTINCT package_sha256) FROM inspections_inspection WHERE half = %s AND state = 'done' AND package_sha256 <> ''"
    )
    yield "sample", "", "files", _one(distinct, HALF), None
    yield "sample", "", "stores", _one(f"SELECT count(DISTINCT i.store) FROM {SAMPLE} AND i.store <> ''", HALF), None
    failed = "SELECT count(*) FROM inspections_inspection WHERE state = 'failed' AND created_at >= %s AND created_at < %s"
    yield "sample", "", "failed", _one(failed, BEGINS, ENDS), None


def _grouped(table: str, group: str) -> Iterator[tuple[str, str, str, float, float | None]]:
    def apps(where: str) -> dict[str, int]:
        return _count(f"SELECT {group}, count(*) FROM {SAMPLE} AND {where} GROUP BY 1", HALF)

    def facts(kind: str, where: str) -> dict[str, int]:
        return _count(f"SELECT {group}, count(*) FROM inspections_fact f {IN_SAMPLE} AND f.kind = '{kind}' AND {where} GROUP BY 1", HALF)

    everything = apps("1 = 1")
    packages, watched = apps(WITH_PACKAGE), apps(WATCHED)
    weighed = apps(JUDGED.format(RELATED, DECIDED))
    asked = "i.id IN (SELECT u.inspection_id FROM inspections_fact u WHERE u.kind = 'unrelated')"
    unrelated = apps(f"{JUDGED.format(RELATED, DECIDED)} AND {asked}")
    parts = {
        "violated": apps(f"{VIOLATED} > 0"),
        "suspected": apps(f"{VIOLATED} = 0 AND {SUSPECTED} > 0"),
        "open": apps(f"{VIOLATED} = 0 AND {SUSPECTED} = 0 AND (i.inconclusive > 0 OR i.satisfied = 0)"),
        "clear": apps(f"{VIOLATED} = 0 AND {SUSPECTED} = 0 AND i.inconclusive = 0 AND i.satisfied > 0"),
    }
    early = {verdict: apps(JUDGED.format(EARLY, f"('{verdict}')")) for verdict in ("violated", "suspected", "satisfied", "inconclusive")}
    for row in everything:
        yield table, row, "apps", everything[row], None
        yield table, row, "packages", packages.get(row, 0), None
        yield table, row, "watched", watched.get(row, 0), None
        yield table, row, "weighed", weighed.get(row, 0), None
        yield table, row, "unweighed", apps(JUDGED.format(RELATED, "('inconclusive')")).get(row, 0), None
        for column, numbers in parts.items():
            yield table, row, column, numbers.get(row, 0), everything[row]
        yield table, row, "unrelated", unrelated.get(row, 0), weighed.get(row, 0)
        for kind in ("permission", "data"):
            yield table, row, kind, facts(kind, WITH_PACKAGE).get(row, 0), packages.get(row, 0)
        yield table, row, "abnormal", facts("abnormal", "1 = 1").get(row, 0), watched.get(row, 0)
        decided = sum(early[verdict].get(row, 0) for verdict in ("violated", "suspected", "satisfied"))
        for verdict in ("violated", "suspected", "satisfied"):
            yield table, row, f"early_{verdict}", early[verdict].get(row, 0), decided
        yield table, row, "early_inconclusive", early["inconclusive"].get(row, 0), None


def _clauses() -> Iterator[tuple[str, str, str, float, float | None]]:
    found: dict[str, dict[str, int]] = {}
    for clause, verdict, number in _rows(
        f"SELECT f.clause, f.verdict, count(*) FROM inspections_finding f {IN_SAMPLE} AND {STANDS.format('f')} GROUP BY 1, 2", HALF
    ):
        found.setdefault(clause, {})[verdict] = number
    for clause, verdicts in found.items():
        decided = sum(verdicts.get(verdict, 0) for verdict in ("violated", "suspected", "satisfied"))
        for verdict in ("violated", "suspected", "satisfied"):
            yield "clauses", clause, verdict, verdicts.get(verdict, 0), decided
        for verdict in ("inconclusive", "not_applicable"):
            yield "clauses", clause, verdict, verdicts.get(verdict, 0), None
    apps = _one(f"SELECT count(*) FROM {SAMPLE}", HALF)
    for number, times in _count(f"SELECT {VIOLATED}, count(*) FROM {SAMPLE} AND {VIOLATED} > 0 GROUP BY 1", HALF).items():
        yield "violated_clauses", number, "apps", times, apps


def _spreads() -> Iterator[tuple[str, str, str, float, float | None]]:
    per_app = "(SELECT count(*) FROM inspections_fact f WHERE f.inspection_id = i.id AND f.kind = '{}')"
    for kind, among in (("permission", WITH_PACKAGE), ("data", WITH_PACKAGE), ("early", JUDGED.format(EARLY, DECIDED))):
        numbers = [number for (number,) in _rows(f"SELECT {per_app.format(kind)} FROM {SAMPLE} AND {among}", HALF)]
        for number in set(numbers):
            yield f"{kind}_spread", str(number), "apps", numbers.count(number), len(numbers)
        yield from _places(f"{kind}_places", numbers)


def _places(table: str, numbers: list[int]) -> Iterator[tuple[str, str, str, float, float | None]]:
    first, median, third = quantiles(numbers, n=4, method="inclusive")
    told = {"lowest": min(numbers), "first_quarter": first, "median": median, "third_quarter": third, "highest": max(numbers)}
    for column, number in told.items():
        yield table, "", column, number, len(numbers)


def _rankings() -> Iterator[tuple[str, str, str, float, float | None]]:
    packages = _one(f"SELECT count(*) FROM {SAMPLE} AND {WITH_PACKAGE}", HALF)
    watched = _one(f"SELECT count(*) FROM {SAMPLE} AND {WATCHED}", HALF)
    weighed = JUDGED.format(RELATED, DECIDED)
    decided = JUDGED.format(EARLY, DECIDED)
    name = f"SELECT f.name, count(DISTINCT i.id) FROM inspections_fact f {IN_SAMPLE} AND f.kind = '{{}}' AND {{}} GROUP BY 1"
    for table, kind in (("permissions", "permission"), ("sdks", "sdk")):
        for row, number in _count(name.format(kind, WITH_PACKAGE), HALF).items():
            yield table, row, "apps", number, packages
    for row, number in _count(name.format("abnormal", "1 = 1"), HALF).items():
        yield "abnormal", row, "apps", number, watched
    for row, number in _count(name.format("unrelated", weighed), HALF).items():
        yield "unrelated", row, "apps", number, _one(f"SELECT count(*) FROM {SAMPLE} AND {weighed}", HALF)
    pairs = f"SELECT i.category, f.name, count(*) FROM inspections_fact f {IN_SAMPLE} AND f.kind = 'unrelated' AND {weighed} GROUP BY 1, 2"
    by_category = _count(f"SELECT i.category, count(*) FROM {SAMPLE} AND {weighed} GROUP BY 1", HALF)
    for category, permission, number in _rows(pairs, HALF):
        yield "unrelated_by_category", f"{category}|{permission}", "apps", number, by_category[category]
    collected, early = _count(name.format("data", WITH_PACKAGE), HALF), _count(name.format("early", decided), HALF)
    for row in {*collected, *early}:
        yield "data", row, "collected", collected.get(row, 0), packages
        yield "data", row, "early", early.get(row, 0), _one(f"SELECT count(*) FROM {SAMPLE} AND {decided}", HALF)


def _cases() -> Iterator[tuple[str, str, str, float, float | None]]:
    for column, field in (("opened", "opened_at"), ("ordered", "served_at"), ("closed", "closed_at")):
        yield "cases", "", column, _one(f"SELECT count(*) FROM cases_case WHERE {field} >= %s AND {field} < %s", BEGINS, ENDS), None
    noted = "SELECT count(DISTINCT case_id) FROM cases_event WHERE kind = 'overdue_noted' AND at >= %s AND at < %s"
    yield "cases", "", "overdue", _one(noted, BEGINS, ENDS), None
    for column, kind in (("named", "naming"), ("taken_down", "takedown"), ("restored", "restoration")):
        told = "SELECT count(DISTINCT case_id) FROM notices_publication WHERE kind = %s AND published_at >= %s AND published_at < %s"
        yield "cases", "", column, _one(f"{told} AND withdrawn_at IS NULL", kind, BEGINS, ENDS), None
    now = "CASE WHEN state = 'rectification_ordered' AND NOT provisional AND due_at <= %s THEN 'overdue' ELSE state END"
    for state, number in _count(
        f"SELECT {now}, count(*) FROM cases_case WHERE opened_at >= %s AND opened_at < %s GROUP BY 1", NOW, BEGINS, ENDS
    ).items():
        yield "case_states", state, "cases", number, None


RECTIFIED = """c.state = 'closed' AND EXISTS (SELECT 1 FROM cases_problem p WHERE p.case_id = c.id AND p.status = 'fixed')
    AND NOT EXISTS (SELECT 1 FROM cases_problem p WHERE p.case_id = c.id AND p.status NOT IN ('fixed', 'withdrawn'))"""


def _rectification() -> Iterator[tuple[str, str, str, float, float | None]]:
    withdrawn = """EXISTS (SELECT 1 FROM cases_problem p WHERE p.case_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM cases_problem p WHERE p.case_id = c.id AND p.status <> 'withdrawn')"""
    late = "c.state IN ('rectification_ordered', 'overdue', 'publicly_named') AND NOT c.provisional AND c.due_at <= %s"

    def ordered(where: str, *values: Any) -> int:
        return _one(f"SELECT count(*) FROM cases_case c WHERE c.served_at >= %s AND c.served_at < %s AND {where}", BEGINS, ENDS, *values)

    base = ordered(f"NOT ({withdrawn})")
    rectified, overdue = ordered(RECTIFIED), ordered(f"NOT ({withdrawn}) AND {late}", NOW)
    ended = ordered(f"NOT ({withdrawn}) AND NOT ({RECTIFIED}) AND c.state IN ('closed', 'escalated')")
    yield "rectification", "", "rectified", rectified, base
    yield "rectification", "", "ended", ended, base
    yield "rectification", "", "overdue", overdue, base
    yield "rectification", "", "running", base - rectified - ended - overdue, base
    yield "rectification", "", "withdrawn", ordered(withdrawn), None
    ends = f"SELECT c.served_at, c.closed_at FROM cases_case c WHERE {RECTIFIED} AND c.closed_at >= %s AND c.closed_at < %s"
    days = [_working_days(_day(served), _day(closed)) for served, closed in _rows(f"{ends} AND c.served_at IS NOT NULL", BEGINS, ENDS)]
    for number in set(days):
        yield "rectification_spread", str(number), "cases", days.count(number), None
    yield from _places("rectification_places", days)


def _day(told: Any) -> date:
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(told)
    return (
        (moment.replace(tzinfo=None) + timedelta(hours=8)).date()
        if moment.utcoffset() in (None, timedelta(0))
        else moment.astimezone(clock.PLACE).date()
    )


def _working_days(first: date, last: date) -> int:
    days = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    return sum(day in WORKED_2026 or (day.weekday() < 5 and day not in OFF_2026) for day in days)


def _complaints() -> Iterator[tuple[str, str, str, float, float | None]]:
    received = "SELECT count(*) FROM complaints_complaint WHERE half = %s"
    yield "complaints", "", "received", _one(received, HALF), None
    groups = "SELECT count(DISTINCT group_id) FROM complaints_complaint WHERE half = %s AND group_id IS NOT NULL"
    yield "complaints", "", "distinct", _one(f"{received} AND group_id IS NULL", HALF) + _one(groups, HALF), None
    yield "complaints", "", "with_case", _one(f"{received} AND case_id IS NOT NULL", HALF), None
    answered = _rows("SELECT replied_at, due_on FROM complaints_complaint WHERE half = %s AND replied_at IS NOT NULL", HALF)
    in_time = sum(_day(replied) <= date.fromisoformat(str(due)) for replied, due in answered)
    today = NOW.date().isoformat()
    open_ones = f"{received} AND replied_at IS NULL AND state NOT IN ('rejected', 'withdrawn')"
    overdue = _one(f"{open_ones} AND due_on < %s", HALF, today)
    base = len(answered) + overdue
    yield "complaints", "", "in_time", in_time, base
    yield "complaints", "", "late", len(answered) - in_time, base
    yield "complaints", "", "overdue", overdue, base
    yield "complaints", "", "waiting", _one(f"{open_ones} AND due_on >= %s", HALF, today), None
    for state in ("rejected", "withdrawn"):
        yield "complaints", "", state, _one(f"{received} AND replied_at IS NULL AND state = %s", HALF, state), None
    for table, field in (("complaint_clauses", "clause"), ("complaint_stores", "store")):
        for row, number in _count(f"SELECT {field}, count(*) FROM complaints_complaint WHERE half = %s GROUP BY 1", HALF).items():
            yield table, row, "complaints", number, None


def recount() -> Told:
    """Every figure of the half-year."""
    told: Told = {}
    parts = [_sample(), _clauses(), _spreads(), _rankings(), _cases(), _rectification(), _complaints()]
    parts += [_grouped(table, group) for table, group in GROUPS.items()]
    for part in parts:
        for table, row, column, value, base in part:
            told[table, row, column] = (float(value), None if base is None else float(base))
    return told


@pytest.fixture
def market(db: None) -> Iterator[None]:
    build()
    with clock.stopped_at(NOW):
        yield


def test_an_edition_is_number_by_number_a_recount_by_plain_sql(market: None) -> None:
    figures = editions.numbers(editions.compute(HALF))
    expected = recount()
    assert {
        place: (figures.get(place), expected.get(place)) for place in {*figures, *expected} if figures.get(place) != expected.get(place)
    } == {}
    assert len(expected) > 300


def test_a_recount_of_changed_data_differs_from_the_edition(market: None) -> None:
    before = editions.numbers(editions.compute(HALF))
    Finding.objects.filter(verdict="inconclusive", inspection__latest=True, inspection__half=HALF).first().delete()  # type: ignore[union-attr]
    assert recount() != before
    assert recount() == editions.numbers(editions.compute(HALF))
