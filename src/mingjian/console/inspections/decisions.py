"""What people decide of findings: one confirms or dismisses, a second confirms each dismissal; one concludes, another countersigns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q

from mingjian.console import clock
from mingjian.console.access import INSPECTOR, REVIEWER
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.inspections.dismissals import bears_on, lock_app, mark
from mingjian.console.inspections.models import BAD, Decision, Inspection
from mingjian.console.refused import RefusedError
from mingjian.model.printable import printable_lines

LONGEST_REASON = 2000
LONGEST_DISMISSAL = timedelta(days=366)
"""For how long something may be dismissed: what was right of one version need not be right for ever."""

Key = tuple[str, str]
"""A clause and a fingerprint, which is empty for the clause as a whole."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody decides: of one hit of a clause, or of the whole clause without a fingerprint. A dismissal needs its reason and the
    last day on which it holds."""

    clause: str
    kind: Decision.Kind
    fingerprint: str = ""
    reason: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What people have decided of one hit or clause. `counts` is the newest decision that counts today, `waiting` a newer dismissal that
    no second person has confirmed, `ended` a dismissal that counted until its last day, when nothing newer does."""

    counts: Decision | None = None
    waiting: Decision | None = None
    ended: Decision | None = None

    @property
    def kind(self) -> str:
        """What counts today; empty where nothing does."""
        return self.counts.kind if self.counts else ""

    @property
    def undecided(self) -> bool:
        """Whether somebody still has to decide: who wants another recording has not decided, nor who waits for a second person."""
        return self.waiting is not None or self.kind in ("", Decision.Kind.RECORD)


def decide(inspection: Inspection, wish: Wish, by: User) -> Decision:
    """Writes down what a person decided. Raises `RefusedError` for what the rules of the house forbid."""
    _needs(by, INSPECTOR)
    if len(wish.reason) > LONGEST_REASON:
        raise RefusedError("console.inspections.refused.long", most=LONGEST_REASON, what=wish.reason[:20])
    if wish.kind == Decision.Kind.DISMISSED:
        _check_dismissal(wish)
    with transaction.atomic():
        found = _open_for_decisions(inspection)
        _check_subject(found, wish)
        return _write(found, wish, by)


def check(decision: Decision, upheld: bool, by: User, reason: str = "") -> None:
    """The answer of a second person to a dismissal: it counts from now on, or the finding is confirmed after all.

    Raises `RefusedError` for its author, for one that was answered, and for one that a newer decision replaced."""
    _needs(by, REVIEWER)
    with transaction.atomic():
        found = _open_for_decisions(decision.inspection)
        waiting = Decision.objects.select_for_update().get(pk=decision.pk)
        key = (waiting.clause, waiting.fingerprint)
        newest = standing(found).get(key, Standing()).waiting
        if newest is None or newest.pk != waiting.pk:
            raise RefusedError("console.inspections.refused.answered", conflict=True)
        if waiting.by_id == by.pk:
            raise RefusedError("console.inspections.refused.same_person")
        if not upheld:
            _write(found, Wish(waiting.clause, Decision.Kind.CONFIRMED, waiting.fingerprint, reason[:LONGEST_REASON]), by)
            return
        waiting.checked_by, waiting.checked_at = by, clock.now()
        waiting.save()
        mark(found, waiting.clause)
        record("decision.checked", f"inspection:{found.pk}", actor=by.get_username(), decision=waiting.pk)


def conclude(inspection: Inspection, by: User) -> None:
    """The inspector's word that all is decided; no decision changes after it. Raises `RefusedError` while something is undecided."""
    _needs(by, INSPECTOR)
    with transaction.atomic():
        found = _open_for_decisions(inspection)
        undecided = still_undecided(found)
        if undecided:
            raise RefusedError("console.inspections.refused.undecided", n=len(undecided), clause=undecided[0][0].rpartition("/")[2])
        found.concluded_at, found.concluded_by = clock.now(), by
        found.save()
        record("inspection.concluded", f"inspection:{found.pk}", actor=by.get_username(), report=found.report_sha256)


def countersign(inspection: Inspection, agreed: bool, by: User) -> None:
    """The word of a second person, with which a case can be opened; or the inspection goes back to be decided again.

    Raises `RefusedError` for who concluded it, and for one that is not concluded."""
    _needs(by, REVIEWER)
    with transaction.atomic():
        found = _locked(inspection)
        if found.concluded_at is None or found.countersigned_at is not None:
            raise RefusedError("console.inspections.refused.not_concluded", conflict=True)
        if found.concluded_by_id == by.pk:
            raise RefusedError("console.inspections.refused.same_person")
        if agreed:
            found.countersigned_at, found.countersigned_by = clock.now(), by
        else:
            found.concluded_at = found.concluded_by = None
        found.save()
        action = "inspection.countersigned" if agreed else "inspection.returned"
        record(action, f"inspection:{found.pk}", actor=by.get_username(), report=found.report_sha256)


def standing(inspection: Inspection) -> dict[Key, Standing]:
    """What was decided of each hit, and of each clause as a whole, as it counts today.

    Every reader of decisions starts from here or from `dismissals`: which ones bear on an inspection (`bears_on`), which of them hold
    (`holding`), and that the newest counts."""
    rows = Decision.objects.filter(app=inspection.app_id, inspection__body=inspection.body).select_related("by", "checked_by")
    found: dict[Key, Standing] = {}
    for each in rows.annotate(holds=ExpressionWrapper(holding(clock.today()), BooleanField())).order_by("at", "pk"):
        if not bears_on(each, inspection.pk):
            continue
        key = (each.clause, each.fingerprint)
        before = found.get(key, Standing())
        if each.holds:
            found[key] = Standing(counts=each)
        elif each.checked_at is not None:
            found[key] = Standing(before.counts, before.waiting, each)
        elif each.inspection_id == inspection.pk:
            found[key] = Standing(before.counts, each, before.ended)
    return found


def decided(known: Mapping[Key, Standing], clause: str, fingerprint: str) -> Standing:
    """What was decided of a hit: by itself or with its clause, whichever is newer."""
    own, whole = known.get((clause, fingerprint), Standing()), known.get((clause, ""), Standing())
    counts = _newer(own.counts, whole.counts)
    waiting, ended = _newer(own.waiting, whole.waiting), _newer(own.ended, whole.ended)
    return Standing(counts, *(None if each is None or _newer(each, counts) is counts else each for each in (waiting, ended)))


def of_everything_found(inspection: Inspection) -> dict[Key, Standing]:
    """Everything that an inspection found, with what was decided of it: each hit, and without a fingerprint each clause that is broken by
    an absence alone."""
    known = standing(inspection)
    hits = list(inspection.hits.order_by("pk").values_list("clause", "fingerprint"))
    with_hits = {clause for clause, _ in hits}
    bad = inspection.findings.filter(verdict__in=BAD).order_by("pk").values_list("clause", flat=True)
    return {key: decided(known, *key) for key in [*hits, *((clause, "") for clause in bad if clause not in with_hits)]}


def still_undecided(inspection: Inspection) -> list[Key]:
    """What an inspection found and nobody has decided yet."""
    return [key for key, said in of_everything_found(inspection).items() if said.undecided]


def holding(today: date) -> Q:
    """The decisions that hold on a day: all but dismissals without a second person or past their last day."""
    dismissal = Q(checked_at__isnull=False) & (Q(expires_on__isnull=True) | Q(expires_on__gte=today))
    return ~Q(kind=Decision.Kind.DISMISSED) | dismissal


def _newer(one: Decision | None, other: Decision | None) -> Decision | None:
    given = [each for each in (one, other) if each is not None]
    return max(given, key=lambda each: (each.at, each.pk)) if given else None


def _check_dismissal(wish: Wish) -> None:
    if not wish.reason.strip():
        raise RefusedError("console.inspections.refused.reason")
    today = clock.today()
    if wish.expires_on is None or not today <= wish.expires_on <= today + LONGEST_DISMISSAL:
        raise RefusedError("console.inspections.refused.expiry", days=LONGEST_DISMISSAL.days)


def _check_subject(inspection: Inspection, wish: Wish) -> None:
    """Raises `RefusedError` for what the inspection did not find. Another recording may be asked for whatever the verdict is."""
    if wish.fingerprint:
        known = inspection.hits.filter(clause=wish.clause, fingerprint=wish.fingerprint).exists()
    else:
        findings = inspection.findings.filter(clause=wish.clause)
        known = (findings if wish.kind == Decision.Kind.RECORD else findings.filter(verdict__in=BAD)).exists()
    if not known:
        raise RefusedError("console.inspections.refused.nothing_found")


def _write(inspection: Inspection, wish: Wish, by: User) -> Decision:
    app = inspection.app
    if app is None:
        raise RefusedError("console.inspections.refused.not_done", conflict=True)
    decision = Decision.objects.create(
        inspection=inspection,
        app=app,
        clause=wish.clause,
        fingerprint=wish.fingerprint,
        kind=wish.kind,
        reason=printable_lines(wish.reason.strip()),
        expires_on=wish.expires_on if wish.kind == Decision.Kind.DISMISSED else None,
        by=by,
        at=clock.now(),
    )
    mark(inspection, wish.clause)
    record(
        "decision.made",
        f"inspection:{inspection.pk}",
        actor=by.get_username(),
        decision=decision.pk,
        clause=wish.clause,
        fingerprint=wish.fingerprint,
        kind=str(wish.kind),
        expires=str(decision.expires_on or ""),
    )
    return decision


def _locked(inspection: Inspection) -> Inspection:
    """The inspection, so that two people cannot act on it at once, and its app. Raises `RefusedError` for one that is not done."""
    lock_app(inspection)
    found = Inspection.objects.select_for_update().get(pk=inspection.pk)
    if found.state != Inspection.State.DONE or found.step:
        raise RefusedError("console.inspections.refused.not_done", conflict=True)
    return found


def _open_for_decisions(inspection: Inspection) -> Inspection:
    found = _locked(inspection)
    if found.concluded_at is not None:
        raise RefusedError("console.inspections.refused.concluded", conflict=True)
    return found


def _needs(by: User, role: str) -> None:
    if role not in by.roles:
        raise RefusedError("console.inspections.refused.role")
