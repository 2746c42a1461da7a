"""Several apps at once: one inspection for each file."""

from collections.abc import Iterable, Sequence

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.inspections.file import About, receive
from mingjian.console.inspections.models import Batch, Inspection
from mingjian.console.refused import RefusedError

Sent = tuple[str, str, Iterable[bytes]]
"""One file: its kind, `package` or `dossier`, its name, its content piece by piece."""


def receive_batch(user: User, name: str, sent: Sequence[Sent], about: About, body: str = "") -> tuple[list[Inspection], list[RefusedError]]:
    """The inspections of all files that were taken, and why the others were not.

    Raises `RefusedError` when nothing was sent. A file that is refused costs no other."""
    if not sent:
        raise RefusedError("console.inspections.refused.no_files")
    batch = Batch.objects.create(name=name.strip()[:120], created_at=clock.now(), created_by=user)
    taken: list[Inspection] = []
    refused: list[RefusedError] = []
    for kind, sent_name, content in sent:
        try:
            taken.append(receive(user, {kind: [(sent_name, content)]}, about, body=body, source=Inspection.Source.BATCH, batch=batch))
        except RefusedError as error:
            refused.append(error)
    if not taken:
        batch.delete()
    return taken, refused
