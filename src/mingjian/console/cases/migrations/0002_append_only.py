"""The database refuses to change or delete what was recorded."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from mingjian.console.audit.append_only import allow_changes, refuse_changes

TABLE = "cases_event"


def forwards(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    refuse_changes(editor, TABLE)


def backwards(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    allow_changes(editor, TABLE)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("audit", "0002_append_only")]

    operations = [migrations.RunPython(forwards, backwards)]
