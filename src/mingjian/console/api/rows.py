"""What operations share: numbers and words of addresses, one row that the owner of a key may see, and lists in pages."""

from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Query

from mingjian.console.api.bearer import Bearer, owner
from mingjian.console.inspections.models import Inspection
from mingjian.console.pages.paging import page

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
After = Annotated[str, Query(max_length=400)]

READ_INSPECTIONS = Bearer("inspections:read", "inspections:list")


def paged(rows: QuerySet[Any], request: HttpRequest, order: str) -> dict[str, Any]:
    """One page of a list, and the address of the next."""
    found = page(rows, request, order)
    return {"items": found.rows, "next": f"{request.path}?{found.next}" if found.next else None}


def equal(rows: QuerySet[Any], **wanted: str) -> QuerySet[Any]:
    """The rows with these values; an empty one is not asked for."""
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def one(rows: QuerySet[Any], id: int) -> Any:
    """The row of that number among those that the program's owner may see; 404 for any other."""
    return get_object_or_404(rows, pk=id)


def inspection_of(request: HttpRequest, id: int) -> Inspection:
    """The inspection of that number, if the program's owner may see it; else 404."""
    found: Inspection = one(Inspection.objects.visible_to(owner(request)), id)
    return found
