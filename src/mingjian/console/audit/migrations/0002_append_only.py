"""The database refuses to change or delete what was recorded."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from mingjian.console.audit.append_only import allow_changes, refuse_changes

TABLE = "audit_entry"


def forwards(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    refuse_changes(editor, TABLE)


def backwards(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    allow_changes(editor, TABLE)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
