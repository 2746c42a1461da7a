"""Work on cases that no page waits for."""

from mingjian.console.cases import documents
from mingjian.console.cases.models import Document
from mingjian.console.work.queue import task


@task(documents.PRINT)
def print_document(document: int) -> None:
    """Prints one document; once printed, it stays as it is."""
    documents.print_out(Document.objects.get(pk=document))
