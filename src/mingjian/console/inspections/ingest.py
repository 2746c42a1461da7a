"""A report into the vault and the tables that index it."""

from collections.abc import Iterator

from django.db import transaction

from mingjian.console import clock, vault
from mingjian.console.audit.chain import SYSTEM, record
from mingjian.console.inspections.dismissals import lock_app, mark
from mingjian.console.inspections.facts import facts_of
from mingjian.console.inspections.models import BAD, Fact, Finding, Hit, Inspection
from mingjian.console.market.models import App, Operator
from mingjian.model.citations import counted
from mingjian.model.codec import dump_report
from mingjian.model.line import format_line
from mingjian.model.periods import half_year
from mingjian.model.printable import printable
from mingjian.model.types import VERDICTS, Report

_ROWS = 500
_MOST_NAMES = 20
_OUTSIDE = (Inspection.Source.PORTAL, Inspection.Source.RETEST)
"""What is in no sample: chosen by the operator, or by what was found before."""


def file_report(inspection: Inspection, report: Report, *, actor: str = SYSTEM) -> None:
    """Stores the report and makes the tables say what it says: the inspection's columns, its app, findings, hits and facts.

    The inspection is done afterwards. A report on an inspection that has one replaces it, and the day on which the inspection was finished
    stays; the same report again changes nothing. What people decided and answered is not touched."""
    sha256, _ = vault.put([dump_report(report)])
    with transaction.atomic():
        app = _locked_app(report)
        before = Inspection.objects.select_for_update().get(pk=inspection.pk)
        inspection.source = before.source
        inspection.finished_at = inspection.finished_at or clock.now()
        inspection.half = half_year(inspection.finished_at)
        inspection.report_sha256 = sha256
        inspection.state, inspection.step, inspection.fault = Inspection.State.DONE, "", None
        _describe(inspection, report)
        inspection.app = app
        _tell_of(app, inspection)
        inspection.save()
        _index(inspection, report)
        mark(inspection)
        _mark_latest(inspection)
        if before.report_sha256 != sha256:
            law = [[pack.id, pack.digest] for pack in report.packs]
            record("inspection.judged", f"inspection:{inspection.pk}", actor=actor, report=sha256, law=law)


def take_as_retest(inspection: Inspection) -> None:
    """Marks an inspection as the re-test of a case: it is in the sample of its half-year no more, and what was the newest before it is in
    its place. What an operator handed in stays marked as that."""
    with transaction.atomic():
        lock_app(inspection)
        held = Inspection.objects.select_for_update().get(pk=inspection.pk)
        if held.app_id is None or held.source in _OUTSIDE:
            return
        held.source = inspection.source = Inspection.Source.RETEST
        held.save(update_fields=["source"])
        if held.latest:
            _mark_latest(held)


def _describe(inspection: Inspection, report: Report) -> None:
    """The columns that repeat the report. What was told with the upload stands where the report says nothing."""
    subject = report.subject
    inspection.label = _short(subject.label, 200)
    inspection.version = _short(subject.version, 100)
    inspection.package_sha256 = subject.id[:64]
    inspection.category = subject.category or ""
    inspection.store = _short(subject.store or inspection.store, 80)
    inspection.operator = _short(subject.operator or inspection.operator, 200)
    inspection.downloads = inspection.downloads if subject.downloads is None else subject.downloads
    for verdict in VERDICTS:
        setattr(inspection, verdict, sum(finding.verdict == verdict for finding in counted(report)))


def _locked_app(report: Report) -> App:
    """The app of the report, locked until the transaction ends."""
    subject = report.subject
    package = _short(subject.package, 255)
    App.objects.get_or_create(platform=subject.platform, package=package, defaults={"updated_at": clock.now()})
    return App.objects.select_for_update().get(platform=subject.platform, package=package)


def _tell_of(app: App, inspection: Inspection) -> None:
    """An app's newest inspection says what is known of it, but for those that an operator handed in: a package names its app, and proves
    neither whose it is nor what it is for."""
    if inspection.source == Inspection.Source.PORTAL:
        return
    of_house = Inspection.objects.filter(app=app).exclude(source=Inspection.Source.PORTAL)
    newer = of_house.filter(finished_at__gt=inspection.finished_at).exclude(pk=inspection.pk)
    if newer.exists():
        _remember(app, inspection.label)
        return
    if inspection.operator:
        app.operator, _ = Operator.objects.get_or_create(name=inspection.operator, defaults={"region": inspection.region})
    former = app.label
    for field in ("label", "category", "region", "store", "downloads"):
        value = getattr(inspection, field)
        if value not in ("", None):
            setattr(app, field, value)
    app.updated_at = clock.now()
    app.save()
    _remember(app, former)


def _remember(app: App, label: str) -> None:
    """Keeps a name that the app had before, so that it is found by it; of many the last told."""
    known = app.former_labels.splitlines()
    if label not in ("", app.label, *known):
        app.former_labels = "\n".join([*known, label][-_MOST_NAMES:])
        app.save(update_fields=["former_labels"])


def _index(inspection: Inspection, report: Report) -> None:
    """The findings that count. Those of drafts, which nobody decides and no case rests on, stand in the report alone."""
    severity = {clause.id: clause.severity for clause in report.clauses}
    inspection.findings.all().delete()
    inspection.hits.all().delete()
    inspection.facts.all().delete()
    Finding.objects.bulk_create(
        Finding(
            inspection=inspection,
            clause=found.clause,
            verdict=found.verdict,
            severity=severity[found.clause],
            hits=len(found.hits) if found.verdict in BAD else 0,
        )
        for found in counted(report)
    )
    Hit.objects.bulk_create(_hits(inspection, report), batch_size=_ROWS)
    facts = sorted({(kind, _short(name, 120)) for kind, name in facts_of(report)})
    Fact.objects.bulk_create((Fact(inspection=inspection, kind=kind, name=name) for kind, name in facts), batch_size=_ROWS)


def _hits(inspection: Inspection, report: Report) -> Iterator[Hit]:
    """One row a hit; a fault that is an absence has an empty line."""
    seen: set[tuple[str, str]] = set()
    for finding in counted(report):
        for hit in finding.hits if finding.verdict in BAD else ():
            if (finding.clause, hit.fingerprint) not in seen:
                seen.add((finding.clause, hit.fingerprint))
                line = format_line(report.observations[hit.observations[0]]) if hit.observations else ""
                yield Hit(inspection=inspection, clause=finding.clause, fingerprint=hit.fingerprint, line=_short(line, 400))


def _mark_latest(inspection: Inspection) -> None:
    """Of the app's finished inspections of this half-year that can be in its sample the newest is marked, and no other. The app's row is
    locked by now."""
    of_half = Inspection.objects.filter(app=inspection.app, half=inspection.half, state=Inspection.State.DONE)
    newest = list(of_half.exclude(source__in=_OUTSIDE).order_by("-finished_at", "-pk").values_list("pk", flat=True)[:1])
    of_half.filter(latest=True).exclude(pk__in=newest).update(latest=False)
    of_half.filter(pk__in=newest).update(latest=True)
    inspection.latest = inspection.pk in newest


def _short(text: str, most: int) -> str:
    """Words of a package as a column holds them: without what no database or reader takes, and no longer than it may be."""
    return printable(text)[:most]
