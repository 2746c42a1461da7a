"""Work on cases that no page waits for."""

from mingjian.console.cases import documents, reminding
from mingjian.console.cases.models import Document
from mingjian.console.work.queue import daily, task


@task(documents.PRINT)
def print_document(document: int) -> None:
    """Prints one document; once printed, it stays as it is."""
    documents.print_out(Document.objects.get(pk=document))


@daily("cases.remind")
def remind() -> None:
    """Gives the reminders of the day, each once."""
    reminding.remind()
