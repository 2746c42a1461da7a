"""Keeping a sampling plan, so that what rests on it can be had again."""

from django.db import transaction

from mingjian.console import clock, vault
from mingjian.console.access import HANDLERS
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.fleet.asking import Asked
from mingjian.console.fleet.models import Sample
from mingjian.console.refused import RefusedError
from mingjian.lake.questions import read_plan
from mingjian.model.printable import printable


def keep(content: bytes, name: str, half: str, clause: str, confidence: float, by: User) -> Sample:
    """Keeps a plan, the clause that its apps were tested for, and the half-year. Raises `RefusedError` for a person who may not, and
    `InputError` for what is no plan."""
    if not by.roles & HANDLERS:
        raise RefusedError("console.lake.refused.role")
    shown = printable(name)[:200]
    read_plan(content, shown)
    sha256, _ = vault.put([content])
    with transaction.atomic():
        kept = Sample.objects.create(
            name=shown, plan=sha256, half=half, clause=clause, confidence=confidence, kept_at=clock.now(), kept_by=by
        )
        record("lake.sample_kept", f"sample:{kept.pk}", actor=by.get_username(), plan=sha256, half=half, clause=clause)
    return kept


def asked(sample: Sample, *, apps: bool = False, limit: int = 100, offset: int = 0) -> Asked:
    """The question that a kept plan answers: the share, or with `apps` the apps behind it."""
    given = {
        "plan": str(vault.path(sample.plan)),
        "clause": sample.clause,
        "confidence": sample.confidence,
        "period": sample.half,
        "limit": limit,
        "offset": offset,
    }
    return Asked("sampled_apps" if apps else "estimate", given)
