"""A report in the tables: every column, finding, hit and fact, and the same again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mingjian.console import clock, vault
from mingjian.console.audit.models import Entry
from mingjian.console.inspections.facts import facts_of
from mingjian.console.inspections.file import About, receive
from mingjian.console.inspections.ingest import file_report, take_as_retest
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App, Operator
from mingjian.model.codec import load_report
from mingjian.model.line import parse
from mingjian.model.types import Report

Made = Callable[..., Inspection]


def test_the_tables_say_what_the_report_says(inspected: Made, demo_report: Report) -> None:
    found = inspected()
    assert load_report(vault.read(found.report_sha256)) == demo_report
    assert (found.state, found.half, found.latest) == ("done", "2026H2", True)
    assert (found.label, found.category, found.package_sha256) == (
        demo_report.subject.label,
        demo_report.subject.category,
        demo_report.subject.id,
    )
    verdicts = {row.clause: row.verdict for row in found.findings.all()}
    assert verdicts == {row.clause: row.verdict for row in demo_report.findings}
    assert found.violated + found.suspected + found.inconclusive + found.satisfied + found.not_applicable == 31
    bad = [row for row in demo_report.findings if row.verdict in ("violated", "suspected")]
    assert set(found.hits.values_list("clause", "fingerprint")) == {(row.clause, hit.fingerprint) for row in bad for hit in row.hits}
    assert found.app is not None
    assert found.app.package == demo_report.subject.package


def test_a_hit_tells_its_deciding_observation_as_a_line(inspected: Made, demo_report: Report) -> None:
    found = inspected()
    clause = next(row for row in demo_report.findings if row.clause == "cac-2019/3.1")
    hit = clause.hits[0]
    line = found.hits.get(clause="cac-2019/3.1", fingerprint=hit.fingerprint).line
    told, decided = parse(line), demo_report.observations[hit.observations[0]]
    assert (told.mode, told.action, told.data, told.phase) == (decided.mode, decided.action, decided.data, decided.phase)


def test_the_same_report_again_changes_nothing(inspected: Made, demo_report: Report) -> None:
    found = inspected()
    tables = [found.findings, found.hits, found.facts]
    before = [sorted(table.values_list(*[f.name for f in table.model._meta.fields if f.name != "id"])) for table in tables]
    entries = Entry.objects.count()
    with clock.stopped_at(clock.now() + timedelta(days=200)):
        file_report(found, demo_report)
    found.refresh_from_db()
    assert [sorted(table.values_list(*[f.name for f in table.model._meta.fields if f.name != "id"])) for table in tables] == before
    assert found.half == "2026H2"
    assert Entry.objects.count() == entries


def test_a_new_judgement_replaces_the_index(inspected: Made, demo_report: Report) -> None:
    found = inspected()
    findings = tuple(replace(row, verdict="satisfied", hits=()) for row in demo_report.findings)
    file_report(found, replace(demo_report, findings=findings))
    found.refresh_from_db()
    assert (found.violated, found.satisfied, found.hits.count()) == (0, 31, 0)


LINES = {
    "declared declare permission.camera.CAMERA by app": {("permission", "permission.camera.CAMERA")},
    "possible embed by sdk.umeng": {("sdk", "sdk.umeng")},
    "claimed embed by sdk.umeng": set(),
    "possible collect device.imei by app during app_start": {("data", "device.imei")},
    "observed collect device.imei by app during foreground": {("data", "device.imei"), ("observed", "device.imei")},
    "observed not collect device.imei by app during foreground": set(),
    "possible perhaps collect device.imei by app": set(),
    "claimed collect device.imei": set(),
    "observed probe device.installed_apps by app during foreground": {("abnormal", "probe_apps")},
    "possible probe device.installed_apps by app": set(),
    "observed store.outside device.identifier by app during foreground": {("abnormal", "write_outside")},
    "observed start.self by app during closed": {("abnormal", "start_self")},
    "observed start.other by app during background": {("abnormal", "start_other")},
    "observed collect device.model by app during background": {("data", "device.model"), ("observed", "device.model")},
    "observed collect device.oaid by app during background": {
        ("data", "device.oaid"),
        ("observed", "device.oaid"),
        ("abnormal", "silent_read"),
    },
}


@pytest.mark.parametrize("line", LINES)
def test_a_fact_is_counted_by_its_definition(line: str, demo_report: Report) -> None:
    assert facts_of(replace(demo_report, observations=(parse(line),), findings=())) == LINES[line]


def test_facts_of_hits_come_from_the_two_clauses(inspected: Made) -> None:
    # The demo app reads the Android ID and its SDK the installed apps before anybody agrees: fixtures/apps/kuaichi/PLANTED.md.
    early = set(inspected().facts.filter(kind="early").values_list("name", flat=True))
    assert "device.android_id" in early
    assert not any(name.startswith("permission.") for name in early)


def test_the_newest_of_a_half_year_is_marked_and_no_other(inspected: Made, demo_report: Report) -> None:
    first = inspected()
    with clock.stopped_at(clock.now() + timedelta(days=1)):
        second = inspected()
    with clock.stopped_at(clock.now() + timedelta(days=150)):
        later = inspected()
    file_report(first, demo_report)
    marks = dict(Inspection.objects.values_list("pk", "latest"))
    assert marks == {first.pk: False, second.pk: True, later.pk: True}
    assert later.half == "2027H1"


def test_the_app_is_told_by_its_newest_inspection(inspected: Made, demo_report: Report) -> None:
    old = inspected(about=About(store="Store A", operator="Company A", downloads=10))
    with clock.stopped_at(clock.now() + timedelta(days=1)):
        inspected(about=About(store="Store B", operator="Company B", downloads=20))
    file_report(old, demo_report)
    app = App.objects.get()
    assert (app.store, app.operator, app.downloads) == ("Store B", Operator.objects.get(name="Company B"), 20)


def test_hostile_words_fit_the_columns(inspected: Made, demo_report: Report) -> None:
    subject = replace(demo_report.subject, label="\x00\u202e<script>" * 80, version="9" * 500, package="a" * 999 + "\x00")
    found = inspected(replace(demo_report, subject=subject))
    assert len(found.label) == 200
    assert "\x00" not in found.label
    assert found.app is not None
    assert len(found.app.package) == 255


def test_what_an_operator_hands_in_tells_nothing_of_the_app(inspected: Made, demo_report: Report) -> None:
    told = replace(demo_report, subject=replace(demo_report.subject, operator="甲公司", category="news"))
    before = inspected(told)
    claimed = replace(demo_report, subject=replace(demo_report.subject, operator="乙公司", category="utility", label="Other"))
    with clock.stopped_at(clock.now() + timedelta(hours=1)):
        handed_in = receive(before.created_by, {"package": [("a.apk", [b"PK\x03\x04" + b"\0" * 26])]})  # type: ignore[arg-type]
        Inspection.objects.filter(pk=handed_in.pk).update(source=Inspection.Source.PORTAL)
        file_report(handed_in, claimed)
    app = App.objects.get()
    assert app.operator is not None
    assert (app.operator.name, app.category, app.label) == ("甲公司", "news", told.subject.label)
    before.refresh_from_db()
    handed_in.refresh_from_db()
    assert (before.latest, handed_in.latest) == (True, False)
    assert (handed_in.source, handed_in.app) == (Inspection.Source.PORTAL, app)
    # It does not keep the house from telling what it sees, either.
    file_report(before, replace(told, subject=replace(told.subject, label="Renamed")))
    app.refresh_from_db()
    assert app.label == "Renamed"


def test_a_sample_is_the_newest_inspection_that_is_no_retest(inspected: Made, demo_report: Report) -> None:
    start = clock.now()
    made = []
    for days in range(3):
        with clock.stopped_at(start + timedelta(days=days)):
            made.append(inspected(demo_report))

    def sampled() -> list[int]:
        return list(Inspection.objects.filter(latest=True).values_list("pk", flat=True))

    assert sampled() == [made[2].pk]
    take_as_retest(made[2])
    assert sampled() == [made[1].pk]
    # Judged again, by a process that read it before it became a re-test.
    made[2].source = Inspection.Source.UPLOAD
    file_report(made[2], demo_report)
    assert sampled() == [made[1].pk]
    assert Inspection.objects.get(pk=made[2].pk).source == Inspection.Source.RETEST
    for each in made:
        take_as_retest(each)
    assert sampled() == []


def test_an_app_is_found_by_the_names_that_it_had_before(inspected: Made, demo_report: Report) -> None:
    def named(label: str) -> Report:
        return replace(demo_report, subject=replace(demo_report.subject, label=label))

    for label in ("旧名", "新名", "旧名", "今名"):
        found = inspected(named(label))
    Inspection.objects.filter(pk=found.pk).update(source=Inspection.Source.PORTAL)
    file_report(found, named("他人所称"))
    app = App.objects.get()
    assert app.label == "今名"
    assert app.former_labels.splitlines() == ["旧名", "新名"]
    assert [bool(App.objects.called(text)) for text in ("今", "旧", "新", "他人", app.package[2:9].upper())] == [
        True,
        True,
        True,
        False,
        True,
    ]
    assert found.app == app
