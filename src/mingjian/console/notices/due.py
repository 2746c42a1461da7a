"""Until when the operators on the public list have to correct, as it stands today: a deadline that was provisional when the notice was
published may have been counted again since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from mingjian.console.cases.deadlines import last_day
from mingjian.console.cases.models import Event
from mingjian.console.notices.models import Publication

_KINDS = ("published", "deadline_recomputed")


@dataclass(frozen=True, slots=True)
class Due:
    """The last day, and whether it is provisional: the holidays of its year have not been announced."""

    last_day: date
    provisional: bool


def of_all(publications: Iterable[Publication]) -> Mapping[int, Due]:
    """The deadlines that namings set, by the numbers of their publications; read at once."""
    named = {each.pk: each for each in publications if each.due_on is not None}
    rows = Event.objects.filter(case__in={each.case_id for each in named.values()}, kind__in=_KINDS) if named else Event.objects.none()
    begun: dict[str, tuple[int, int]] = {}
    counted: dict[tuple[int, int], Due] = {}
    for event in rows.order_by("case", "seq"):
        data = event.data
        origin, ends = (event.seq, data.get("ends")) if event.kind == "published" else (data["of"], data["new"])
        if event.kind == "published":
            begun[data["place"]] = (event.case_id, event.seq)
        if ends is not None:
            counted[event.case_id, origin] = Due(last_day(datetime.fromisoformat(ends)), data["provisional"])
    places = {pk: begun.get(reverse("notices:detail", args=[pk]), (0, 0)) for pk in named}
    return {pk: counted.get(places[pk]) or Due(each.due_on, provisional=False) for pk, each in named.items() if each.due_on}


def of(publication: Publication) -> Due | None:
    """The deadline that a naming set; none for any other notice."""
    return of_all([publication]).get(publication.pk)
