"""What the lake says of a half-year, kept with its edition: the answers, and by what they can be had again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from mingjian.console.figures.definitions import figures
from mingjian.console.fleet import keeping
from mingjian.console.fleet.asking import Asked, WrongError, documents
from mingjian.console.fleet.models import Sample
from mingjian.model.periods import half_year_before

Market = dict[str, Any]
"""As an edition keeps it: `lake`, the digest; `answers`, documents of questions with `name`, what was `given`, and of the ranking `types`;
or `wrong`, why there are none. Empty where no lake is set."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One answer of the report. `name` is its alone; `plan` tells of which kept plan it is."""

    name: str
    asked: Asked
    plan: Mapping[str, Any] | None = None


def ask(half: str) -> Market:
    """What the lake says now. One that cannot be asked is told of, and keeps no figure from being counted."""
    if settings.LAKE is None:
        return {}
    wanted = _wanted(half)
    try:
        told = documents([each.asked for each in wanted])
    except WrongError as error:
        return {"wrong": {"key": error.key, "values": {name: value for name, value in error.values.items() if name != "path"}}}
    answers = [_kept(each, document) for each, document in zip(wanted, told, strict=True)]
    digests = {answer["lake"] for answer in answers if "lake" in answer}
    return {"lake": min(digests, default=""), "answers": answers}


def counted(market: Market) -> Market:
    """What of it is a figure, so that an edition in which it differs is another: no reason why the lake could not be asked."""
    return market if "answers" in market else {}


def _wanted(half: str) -> list[_Wanted]:
    bounds = figures().market
    period = {"period": half, "offset": 0}
    head = {**period, "limit": bounds["rows"]}
    ranked = {**period, "limit": bounds["ranked"]}
    found = [_Wanted(f"ranking_{purpose}", Asked("ranking", {**ranked, "purpose": purpose})) for purpose in ("test", "act")]
    found += [_Wanted("exposure", Asked("exposure", head)), _Wanted("clusters", Asked("clusters", head))]
    for of in ("clause", "permission", "sdk"):
        given = {**head, "of": of, "earlier": half_year_before(half), "verdict": "violated"}
        found.append(_Wanted(f"trend_{of}", Asked("trend", given)))
    for sample in Sample.objects.filter(half=half).order_by("-pk")[: bounds["samples"]]:
        plan = {"name": sample.name, "plan": sample.plan, "clause": sample.clause, "confidence": sample.confidence, "pk": sample.pk}
        found.append(_Wanted(f"estimate_{sample.pk}", keeping.asked(sample), plan))
    return found


def _kept(wanted: _Wanted, told: Mapping[str, Any]) -> dict[str, Any]:
    """What an edition keeps of an answer. It names no app: a rank is an order of work, a cluster a lead, and anybody may read it."""
    given = {name: value for name, value in wanted.asked.given.items() if name not in ("plan", "limit", "offset")}
    kept = {
        "name": wanted.name,
        "question": wanted.asked.question,
        "given": given,
        **({"plan": wanted.plan} if wanted.plan else {}),
        **told,
    }
    if wanted.asked.question == "ranking" and "rows" in kept:
        types = Counter(row["category"] or "" for row in kept.pop("rows"))
        kept["types"] = sorted(types.items(), key=lambda each: (-each[1], each[0]))
    for row in kept.get("rows", ()) if wanted.asked.question == "clusters" else ():
        row["kinds"] = sorted({key["kind"] for key in row.pop("evidence")})
    return kept
