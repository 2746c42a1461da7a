"""The work of an inspection that no page waits for."""

from time import monotonic

from django.db import transaction

from mingjian.console import vault
from mingjian.console.inspections import ingest
from mingjian.console.inspections.answers import as_review
from mingjian.console.inspections.file import shown_name
from mingjian.console.inspections.models import Inspection, Material
from mingjian.console.inspections.public import refuse_private
from mingjian.console.inspections.scanning import ANSWERS, judged, scanned
from mingjian.console.work.queue import ATTEMPTS, task
from mingjian.errors import MingjianError, TryAgainError
from mingjian.inputs.fetch import fetch
from mingjian.model.printable import printable

_FETCH_SECONDS = 60
_OURS: dict[str, object] = {"key": "console.inspections.fault.ours", "values": {}}
_ENDING = {"html": ".html", "pdf": ".pdf", "docx": ".docx", "text": ".txt"}


@task("inspections.scan")
def scan(inspection: int) -> None:
    """Scans the files of an inspection and files the report. One that is done or has failed stays as it is.

    What is wrong with the files becomes the inspection's fault; what may work later and a fault of ours are raised, so that the queue tries
    again, and become the inspection's fault with the last attempt."""
    with transaction.atomic():
        found = Inspection.objects.select_for_update().filter(pk=inspection).first()
        if found is None or found.state in (Inspection.State.DONE, Inspection.State.FAILED):
            return
        found.state, found.attempts = Inspection.State.RUNNING, found.attempts + 1
        found.save()
    try:
        if found.policy_address:
            _step(found, Inspection.Step.FETCH)
            _fetch_policy(found)
        _step(found, Inspection.Step.SCAN)
        report = scanned(found, list(found.materials.order_by("pk")))
        _step(found, Inspection.Step.FILE)
        ingest.file_report(found, report)
    except MingjianError as error:
        if _tried_again(error, found):
            raise
        _fail(found, _told(error))
    except BaseException:
        if found.attempts >= ATTEMPTS:
            _fail(found, _OURS)
        raise


@task("inspections.judge")
def judge(inspection: int) -> None:
    """Judges the report again with the answers of people, which stand among the files afterwards as the report names them, and under the
    app type that they gave; the files of earlier answers stay."""
    with transaction.atomic():
        found = Inspection.objects.select_for_update().filter(pk=inspection, step=Inspection.Step.JUDGE).first()
        if found is None:
            return
        found.attempts += 1
        found.save()
        review, settled = as_review(found), found.settled
    try:
        report = judged(found, review)
        with transaction.atomic():
            # What somebody settled meanwhile stays written down.
            found.settled = Inspection.objects.select_for_update().get(pk=found.pk).settled
            ingest.file_report(found, report)
            if review:
                sha256, size = vault.put([review])
                found.materials.get_or_create(kind=Material.Kind.REVIEW, sha256=sha256, defaults={"name": ANSWERS, "size": size})
            # Somebody answered or gave a type meanwhile: the job of that is still to come.
            if as_review(found) != review or found.settled != settled:
                _step(found, Inspection.Step.JUDGE)
    except MingjianError as error:
        if _tried_again(error, found):
            raise
        Inspection.objects.filter(pk=found.pk).update(step="", fault=_told(error))
    except BaseException:
        if found.attempts >= ATTEMPTS:
            Inspection.objects.filter(pk=found.pk).update(step="", fault=_OURS)
        raise


def _tried_again(error: MingjianError, inspection: Inspection) -> bool:
    """Whether it may work later, and the queue begins the job once more."""
    return isinstance(error, TryAgainError) and inspection.attempts < ATTEMPTS


def _step(inspection: Inspection, step: Inspection.Step) -> None:
    inspection.step = step
    Inspection.objects.filter(pk=inspection.pk).update(step=step)


def _told(error: MingjianError) -> dict[str, object]:
    """A fault as the inspection keeps it."""
    values = {name: value if isinstance(value, int | float) else printable(str(value))[:500] for name, value in error.values.items()}
    return {"key": error.key, "values": values}


def _fail(inspection: Inspection, fault: dict[str, object]) -> None:
    Inspection.objects.filter(pk=inspection.pk).update(state=Inspection.State.FAILED, step="", fault=fault)


def _fetch_policy(inspection: Inspection) -> None:
    """Stores the page of the policy among the files, once: what was judged must stay what it was."""
    address = inspection.policy_address
    policies = inspection.materials.filter(kind=Material.Kind.POLICY)
    if policies.exclude(fetched_from="").exists():
        return
    refuse_private(address)
    page = fetch(address, monotonic() + _FETCH_SECONDS, public=True)
    sha256, size = vault.put([page.content])
    name = shown_name(address.partition("://")[2].partition("?")[0].replace("/", "_"))[:180] + _ENDING[page.kind]
    Material.objects.create(
        inspection=inspection, kind=Material.Kind.POLICY, name=name, sha256=sha256, size=size, fetched_from=page.address[:2000]
    )
