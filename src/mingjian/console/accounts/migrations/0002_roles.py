"""The roles, as groups."""

from typing import Any

from django.db import migrations

ROLES = ("inspector", "reviewer", "publisher", "operator", "auditor", "administrator")


def _make(apps: Any, schema_editor: Any) -> None:
    group = apps.get_model("auth", "Group")
    for role in ROLES:
        group.objects.get_or_create(name=role)


class Migration(migrations.Migration):
    """Makes one group a role."""

    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(_make, migrations.RunPython.noop)]
