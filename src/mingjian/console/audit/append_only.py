"""Tables that can only grow: the database itself refuses to change or delete a row, whoever asks.

It keeps faults of ours and of an administrator's hand from rewriting what happened. It does not stop the owner of the database, who can
drop the refusal: for that there is the chain, whose head is printed in every half-yearly report.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REFUSED = "rows of this table are only ever added"
"""What the database answers."""

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$
"""


def refuse_changes(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """From now on rows of `table` can be added and read."""
    if editor.connection.vendor == "postgresql":
        editor.execute(_FUNCTION)
        editor.execute(f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION only_added()")
        editor.execute(f"CREATE TRIGGER {table}_never_cleared BEFORE TRUNCATE ON {table} EXECUTE FUNCTION only_added()")
        return
    for act in ("UPDATE", "DELETE"):
        editor.execute(f"CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END")


def allow_changes(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Takes the refusal back, as a migration backwards or the clearing of a test's database needs it."""
    if editor.connection.vendor == "postgresql":
        for name in ("only_added", "never_cleared"):
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}")
        return
    for act in ("UPDATE", "DELETE"):
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
