"""Editions of a half-year's figures: counted in one snapshot, proposed by one person, published by another."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count

from mingjian.console import clock
from mingjian.console.access import HANDLERS, PUBLISHER
from mingjian.console.accounts.models import User
from mingjian.console.audit import chain
from mingjian.console.audit.models import Entry
from mingjian.console.figures import market
from mingjian.console.figures.counting import Period, period
from mingjian.console.figures.definitions import BETWEEN, Column, Table, figures
from mingjian.console.figures.enforcement import CASES, COMPLAINTS
from mingjian.console.figures.models import Edition, Figure
from mingjian.console.figures.spread import places
from mingjian.console.figures.tallies import INSPECTIONS
from mingjian.console.refused import RefusedError
from mingjian.console.snapshot import snapshot
from mingjian.console.work.queue import defer
from mingjian.model.periods import half_year_before

TALLIES = {**INSPECTIONS, **CASES, **COMPLAINTS}
"""What every table counts; tables of places count nothing of their own."""

Place = tuple[str, str, str]
Numbers = dict[Place, tuple[float, float | None]]
"""Value and base by table, row and column."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs from that of an earlier edition; none where it did not exist."""

    place: Place
    was: float | None
    now: float | None


def compute(half: str, by: User | None = None) -> Edition:
    """Counts the figures of a half-year anew and returns their edition.

    When nothing has changed since the newest edition, that is the one, a draft with the new time. A draft that nobody has proposed makes
    way for the new one. Raises `RefusedError` for what names no half-year, and for one to come."""
    try:
        of = period(half, clock.now())
    except ValueError as error:
        raise RefusedError("console.figures.refused.half") from error
    if of.begins > of.at:
        raise RefusedError("console.figures.refused.future")
    told = market.ask(half)
    with snapshot():
        head = chain.head()
        counted = count(of)
    digest = _digest(counted, market.counted(told))
    with transaction.atomic():
        chain.record("figures.computed", f"figures:{half}", actor=_name(by), figures=digest, head=head[0])
        newest = Edition.objects.select_for_update(of=("self",)).filter(half=half).order_by("-pk").first()
        if newest is not None and newest.digest == digest and newest.before == _compared(half):
            if newest.published_at is None and newest.proposed_at is None:
                newest.computed_at, newest.audit_seq, newest.audit_digest = of.at, *head
                newest.market = told
                newest.save()
            defer("figures.draw", edition=newest.pk)
            return newest
        Edition.objects.filter(half=half, proposed_at=None, published_at=None, after=None).delete()
        edition = Edition.objects.create(
            half=half,
            computed_at=of.at,
            before=_compared(half),
            corrects=Edition.objects.filter(half=half, published_at__isnull=False).order_by("-published_at").first(),
            digest=digest,
            market=told,
            audit_seq=head[0],
            audit_digest=head[1],
        )
        Figure.objects.bulk_create(
            (
                Figure(edition=edition, table=table, row=row, column=column, value=value, base=base)
                for (table, row, column), (value, base) in counted.items()
            ),
            batch_size=2000,
        )
        defer("figures.draw", edition=edition.pk)
    return edition


def propose(edition: Edition, by: User) -> None:
    """Proposes the newest edition of its half-year for publication and has its files printed, so that who publishes can read them.

    Raises `RefusedError`."""
    with transaction.atomic():
        held = _newest(edition)
        if not by.roles & HANDLERS:
            raise RefusedError("console.figures.refused.role")
        if held.proposed_at is not None:
            raise RefusedError("console.figures.refused.proposed", conflict=True)
        held.proposed_at, held.proposed_by = clock.now(), by
        held.save()
        chain.record("figures.proposed", f"edition:{held.pk}", actor=by.get_username(), half=held.half)
        defer("figures.print", edition=held.pk)


def turn_back(edition: Edition, by: User) -> None:
    """Takes a proposal back: the edition is a draft again. Raises `RefusedError`."""
    with transaction.atomic():
        held = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        if not by.roles & HANDLERS:
            raise RefusedError("console.figures.refused.role")
        if held.published_at is not None:
            raise RefusedError("console.figures.refused.published", conflict=True)
        if held.proposed_at is None:
            raise RefusedError("console.figures.refused.not_proposed", conflict=True)
        held.proposed_at, held.proposed_by = None, None
        held.save()
        chain.record("figures.turned_back", f"edition:{held.pk}", actor=by.get_username(), half=held.half)


def publish(edition: Edition, by: User) -> None:
    """Publishes what another person proposed, and has its files printed. Raises `RefusedError`."""
    with transaction.atomic():
        held = _newest(edition)
        if PUBLISHER not in by.roles:
            raise RefusedError("console.figures.refused.role")
        if held.proposed_at is None:
            raise RefusedError("console.figures.refused.not_proposed")
        if held.proposed_by_id == by.pk:
            raise RefusedError("console.figures.refused.second_person")
        held.published_at, held.published_by = clock.now(), by
        held.save()
        chain.record("figures.published", f"edition:{held.pk}", actor=by.get_username(), half=held.half, head=held.audit_seq)


def newest(half: str, user: User) -> Edition | None:
    """The newest edition of a half-year that a person may see."""
    return Edition.objects.visible_to(user).filter(half=half).order_by("-pk").first()


def numbers(edition: Edition) -> Numbers:
    """All figures of an edition, in one query."""
    rows = edition.figures.values_list("table", "row", "column", "value", "base")
    return {(table, row, column): (value, base) for table, row, column, value, base in rows}


def changes(earlier: Edition, later: Edition) -> Iterator[Change]:
    """Every figure that differs between two editions, in the order of the tables."""
    was, now = numbers(earlier), numbers(later)
    order = {name: place for place, name in enumerate(figures().tables)}
    for place in sorted({*was, *now}, key=lambda each: (order.get(each[0], len(order)), *each)):
        if was.get(place) != now.get(place):
            yield Change(place, was.get(place, (None,))[0], now.get(place, (None,))[0])


def reasons(earlier: Edition, later: Edition) -> Iterator[tuple[str, int]]:
    """What was recorded in the audit chain between the countings of two editions: the acts and how often each, the most frequent first."""
    between = Entry.objects.filter(seq__gt=earlier.audit_seq, seq__lte=later.audit_seq)
    acts = between.order_by().values("action").annotate(times=Count("seq")).order_by("-times", "action")
    return ((action, times) for action, times in acts.values_list("action", "times"))


def count(of: Period) -> Numbers:
    """All figures of a half-year from the tables as they stand, in a number of queries that is always the same."""
    counted = {place: number for name in TALLIES for place, number in _counted(name, of)}
    found: Numbers = {}
    for table in figures().tables.values():
        found.update(_told_places(table, counted) if table.of else _told(table, counted))
    return found


def _counted(name: str, of: Period) -> Iterator[tuple[Place, int]]:
    for tally in TALLIES[name]:
        for row, column, number in tally.count(of):
            if column in tally.columns:
                yield (name, row, column), number


def _told(table: Table, counted: Mapping[Place, int]) -> Iterator[tuple[Place, tuple[float, float | None]]]:
    """The figures of a table: 0 where nothing was counted in a row that is there, since that is a finding, too."""
    rows = [""] if not table.rows else _rows(table, counted)
    for row in rows:
        for column in table.columns.values():
            value = counted.get((table.name, row, column.name), 0)
            yield (table.name, row, column.name), (value, _base(table.name, row, column, counted))


def _rows(table: Table, counted: Mapping[Place, int]) -> list[str]:
    """The rows, the most frequent first by the first column, then by the next ones and by name."""
    rows = {row for name, row, _ in counted if name == table.name}
    falling = sorted(rows, key=lambda row: (*(-counted.get((table.name, row, column), 0) for column in table.columns), row))
    return falling[: figures().most_rows] if table.ranked else falling


def _base(name: str, row: str, column: Column, counted: Mapping[Place, int]) -> float | None:
    if not column.base:
        return None
    ((source, columns),) = column.base.items()
    match source:
        case "own":
            place = (name, row)
        case "overall":
            place = ("overall", "")
        case "by_category":
            place = ("by_category", row.partition(BETWEEN)[0])
    return sum(counted.get((*place, each), 0) for each in columns)


def _told_places(table: Table, counted: Mapping[Place, int]) -> Iterator[tuple[Place, tuple[float, float | None]]]:
    spread = {int(row): number for (name, row, _), number in counted.items() if name == table.of}
    told = places(spread)
    for column in table.columns:
        if column in told:
            yield (table.name, "", column), (told[column], sum(spread.values()))


def _compared(half: str) -> Edition | None:
    """The edition of the half-year before that figures are compared with: the published one, else the newest."""
    try:
        earlier = Edition.objects.filter(half=half_year_before(half))
    except ValueError:
        return None
    return earlier.filter(published_at__isnull=False).order_by("-published_at", "-pk").first() or earlier.order_by("-pk").first()


def _newest(edition: Edition) -> Edition:
    """The edition locked. Raises `RefusedError` when it is published or a newer one of the same half-year is there."""
    held = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    if held.published_at is not None:
        raise RefusedError("console.figures.refused.published", conflict=True)
    if Edition.objects.filter(half=held.half, pk__gt=held.pk).exists():
        raise RefusedError("console.figures.refused.newer", conflict=True)
    return held


def _digest(counted: Numbers, told: market.Market) -> str:
    """The SHA-256 of all figures, in the order of their places, and of what the lake told where there was one."""
    rows: list[Any] = sorted([*place, float(value), None if base is None else float(base)] for place, (value, base) in counted.items())
    if told:
        rows.append(told)
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()).hexdigest()


def _name(by: User | None) -> str:
    return chain.SYSTEM if by is None else by.get_username()
