"""Fills an empty PostgreSQL console with many times the demo, for the load test: every row of the demo is copied with its references moved.

What the models promise holds of every copy. Three things are not copied: the audit chain, which tells of the first market only; the files,
so that copies of an inspection share one report, which has the name of the first; and jobs.
"""

import logging
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from django.db import connection, models, transaction

from mingjian.console.accounts.models import User
from mingjian.console.cases.models import Case, Document, Event, LinkedTest, Problem, Waiting
from mingjian.console.complaints.models import Complaint, Group, Message, Reply
from mingjian.console.complaints.seal import place_of, seal, unseal
from mingjian.console.demo.load import invent
from mingjian.console.demo.market import APPS, demo_data
from mingjian.console.figures import edition
from mingjian.console.figures.drawing import draw
from mingjian.console.inspections.models import Decision, Fact, Finding, Hit, Inspection
from mingjian.console.market.models import App, Operator
from mingjian.console.notices.models import Publication, PublishedProblem

logger = logging.getLogger(__name__)

COPIED: tuple[type[models.Model], ...] = (
    Operator,
    User,
    App,
    Inspection,
    Finding,
    Hit,
    Fact,
    Decision,
    Case,
    Event,
    Problem,
    LinkedTest,
    Waiting,
    Document,
    Group,
    Complaint,
    Message,
    Reply,
    Publication,
    PublishedProblem,
)
"""What is copied, each after everything that it refers to."""

_ROWS: dict[type[models.Model], str] = {
    User: "operator_id IS NOT NULL",
    Inspection: "half = '2026H1' OR id IN (SELECT inspection_id FROM cases_linkedtest)",
    **dict.fromkeys((Finding, Hit, Fact, Decision), "inspection_id IN (SELECT id FROM inspections_inspection WHERE {inspections})"),
}
"""Which rows are copied, where that is not all: of the inspections those that a case rests on, and one of every app."""
_UNIQUE: dict[tuple[type[models.Model], str], str] = {
    (Operator, "name"): "{column} || ' ' || n",
    (User, "username"): "{column} || '.' || n",
    (App, "package"): "{column} || '.n' || n",
    (App, "label"): "{column} || ' ' || n",
    (Inspection, "label"): "{column} || ' ' || n",
    (Case, "number"): "{column} || '-' || n",
    (Document, "number"): "{column} || '-' || n",
    (Complaint, "receipt"): "md5({column} || n) || md5(n || {column})",
    (Complaint, "app_name"): "{column} || ' ' || n",
    (Complaint, "package"): "{column} || '.n' || n",
    (Publication, "label"): "{column} || ' ' || n",
    (Publication, "package"): "{column} || '.n' || n",
}
"""What is different in every copy beside the references: what must be, and the names by which people search."""
_SEALED: tuple[tuple[type[models.Model], str], ...] = (
    (Complaint, "identity"),
    (Complaint, "statement"),
    (Message, "sealed"),
    (Reply, "sealed"),
)

_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename = %s AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)
"""
"""Name and definition of every index of a table that stands for no constraint."""

Strides = Mapping[type[models.Model], int]
"""The highest key of the first rows of each table, by which the keys of each copy lie further on."""


def fill(apps: int = 100_000, cases: int = 50_000, told: Callable[[str], None] = logger.info) -> dict[str, int]:
    """Fills an empty console with at least so many apps and about so many cases, and counts their figures. Returns how many rows there are
    of what lists show, by name. `told` is given lines of progress."""
    copies = ceil(apps / APPS)
    usual = sum(row["cases"] for row in demo_data("stories")["stories"].values())
    invent(told, more_cases=max(0, ceil(cases / copies) - usual))
    multiply(copies - 1, told)
    for half in ("2026H1", "2026H2"):
        draw(edition.compute(half))
    shown = {"apps": App, "inspections": Inspection, "findings": Finding, "cases": Case, "events": Event, "complaints": Complaint}
    return {name: model._default_manager.count() for name, model in shown.items()}


def multiply(copies: int, told: Callable[[str], None]) -> None:
    """Adds so many copies of everything that the console holds now. The role must be a superuser of PostgreSQL, since references are not
    checked row by row while they are copied. Raises `NotImplementedError` for another database."""
    if connection.vendor != "postgresql":
        raise NotImplementedError(connection.vendor)
    strides = {model: int(model._default_manager.aggregate(most=models.Max("pk"))["most"] or 0) for model in COPIED}
    for model in COPIED:
        with transaction.atomic(), connection.cursor() as cursor:
            # What a caller's transaction still had to check would keep the indexes from being put aside.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            # An index that is made anew costs a fraction of one that grows row by row.
            cursor.execute(_INDEXES, [model._meta.db_table])
            indexes = cursor.fetchall()
            for name, _ in indexes:
                cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
            cursor.execute(_insertion(model, strides), [copies, strides[model]])
            told(f"{model._meta.label}: {cursor.rowcount:,}")
            for _, definition in indexes:
                cursor.execute(definition)
            highest = f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {_table(model)}))"  # noqa: S608  a name of ours
            cursor.execute(highest, [model._meta.db_table])
    _give_roles(strides)
    _seal_anew(strides)
    with connection.cursor() as cursor:
        # What is measured is pages, not the printing of what the first market issued.
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
        cursor.execute("ANALYZE")


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _insertion(model: type[models.Model], strides: Strides) -> str:
    """One statement that copies the rows of a table; its parameters are the number of copies and the highest key of the first rows."""
    values = {str(field.column): _value(model, field, strides) for field in model._meta.concrete_fields}
    columns = ", ".join(map(connection.ops.quote_name, values))
    rows = _ROWS.get(model, "TRUE").format(inspections=_ROWS[Inspection])
    return (
        f"INSERT INTO {_table(model)} ({columns}) SELECT {', '.join(values.values())} "  # noqa: S608  all names are ours
        f"FROM {_table(model)} AS old, generate_series(1, %s) AS n WHERE id <= %s AND ({rows})"
    )


def _value(model: type[models.Model], field: "models.Field[Any, Any]", strides: Strides) -> str:
    column = f"old.{connection.ops.quote_name(str(field.column))}"
    target = model if field.primary_key else field.related_model
    if target is User and not field.primary_key:
        # The people of the house are there once, those of operators in every copy.
        copied = f"EXISTS (SELECT 1 FROM {_table(User)} AS u WHERE u.id = {column} AND u.operator_id IS NOT NULL)"  # noqa: S608  names of ours
        return f"{column} + n * CASE WHEN {copied} THEN {strides[User]} ELSE 0 END"
    if isinstance(target, type) and target in strides:
        return f"{column} + n * {strides[target]}"
    if model is Event and field.column == "data":
        return _event_data(column, strides)
    return _UNIQUE.get((model, str(field.column)), "{column}").format(column=column)


def _event_data(column: str, strides: Strides) -> str:
    """What an event says, with the inspection, complaint and document of the copy."""
    moved = column
    for name, model in (("inspection", Inspection), ("complaint", Complaint)):
        key = f"to_jsonb((({column} ->> '{name}')::bigint + n * {strides[model]})::text)"
        moved = f"CASE WHEN {column} ? '{name}' THEN jsonb_set({moved}, '{{{name}}}', {key}) ELSE {moved} END"
    number = f"to_jsonb(({column} ->> 'number') || '-' || n)"
    return f"CASE WHEN {column} ? 'number' THEN jsonb_set({moved}, '{{number}}', {number}) ELSE {moved} END"


def _give_roles(strides: Strides) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_user_groups (user_id, group_id) SELECT id, (SELECT id FROM auth_group WHERE name = 'operator') "
            "FROM accounts_user WHERE id > %s",
            [strides[User]],
        )


def _seal_anew(strides: Strides) -> None:
    """Seals what complainants told for the place of every copy, for which the seal of the first does not hold."""
    for model, field in _SEALED:
        complaint = "id" if model is Complaint else "complaint_id"
        part = field if model is Complaint else str(model._meta.model_name)
        rows = model._default_manager.exclude(**{field: b""})
        first = {
            key: unseal(sealed, _place(model, part, of, key))
            for key, of, sealed in rows.filter(pk__lte=strides[model]).values_list("pk", complaint, field)
        }
        copies = rows.filter(pk__gt=strides[model]).values_list("pk", complaint)
        sealed = [(seal(first[(key - 1) % strides[model] + 1], _place(model, part, of, key)), key) for key, of in copies]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {_table(model)} SET {field} = %s WHERE id = %s", sealed)  # noqa: S608  names of ours


def _place(model: type[models.Model], part: str, complaint: int, key: int) -> str:
    """The place that a value of a row is sealed for."""
    return place_of(Complaint(pk=complaint), part if model is Complaint else f"{part}:{key}")
