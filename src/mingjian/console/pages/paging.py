"""Pages of long lists by the last row seen, so that the thousandth page costs what the first does and nothing is counted."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

ROWS = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, and the queries of the first and of the next one, empty where there is none."""

    rows: list[Row]
    first: str
    next: str


def page(rows: QuerySet[Row], request: HttpRequest, order: str, size: int = ROWS) -> Page[Row]:
    """The page that the request asks for. `order` is one never-empty field, `-created_at`; rows that are equal in it follow by id."""
    field, falls = order.removeprefix("-"), order.startswith("-")
    sign = "lt" if falls else "gt"
    others = {name: value for name, value in request.GET.items() if name != "after"}
    # A mark holds for the list and the order that it was made for: elsewhere its value has another type.
    list_ = f"{rows.model._meta.label} {order}"
    after = _place(request.GET.get("after", ""), list_)
    if after is not None:
        value, pk = after
        rows = rows.filter(Q(**{f"{field}__{sign}": value}) | Q(**{field: value, f"pk__{sign}": pk}))
    found = list(rows.order_by(order, "-pk" if falls else "pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    mark = signing.dumps([_plain(getattr(found[-1], field)), found[-1].pk], salt=list_) if more else ""
    return Page(found, urlencode(others) if after else "", urlencode({**others, "after": mark}) if more else "")


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _place(mark: str, list_: str) -> tuple[Any, Any] | None:
    """The place behind a mark that we made for this list; none for anything else, which then shows the first page."""
    try:
        value, pk = signing.loads(mark, salt=list_)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return value, pk
