"""What came of a sampling plan: the verdicts that the lake has of the apps that were drawn, and what they say of all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mingjian.errors import UsageError
from mingjian.lake.questions.asked import FIRST, MOST_ROWS, Apps, Page, Result, asked, check_clause
from mingjian.lake.questions.estimates import Counted, Estimate, of_stratum, stratified

if TYPE_CHECKING:
    from mingjian.lake.ask import Lake

_Place = tuple[str | None, str | None]
_DECIDED = ("violated", "satisfied", "not_applicable")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One app of a plan: type and store of its stratum (none where nobody told them), how many apps that has, and which app it is
    (`app` of the lake's views), as two may bear one package name."""

    category: str | None
    store: str | None
    population: int
    app: str


@dataclass(frozen=True, slots=True)
class StratumResult:
    """What came of one stratum: of those `drawn`, `answered` could be decided and `violated` violate the clause; the share of those
    answered with its interval."""

    category: str | None
    store: str | None
    population: int
    drawn: int
    answered: int
    violated: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SampledApp:
    """One drawn app, its package and the clause's verdict (none: no report of it in that half-year), and the key of the report that says
    so."""

    category: str | None
    store: str | None
    app: str
    package: str | None
    verdict: str | None
    report: str | None


def estimate(
    lake: "Lake", drawn: Sequence[Drawn], clause: str, period: str | None = None, confidence: float = 0.95
) -> Result[StratumResult, Estimate]:
    """What the drawn apps say of all: the share that violates the clause, by their reports of a half-year (the newest of the lake).

    A clause that is satisfied or does not apply counts as not violated; suspected, inconclusive and missing ones are no answer. Raises
    `UsageError` for strata that contradict each other and for apps that are drawn twice, and what `Lake.query` raises."""
    strata, sampled, parameters = _sampled(lake, drawn, clause, period, confidence)
    verdicts: dict[_Place, Counter[str | None]] = {place: Counter() for place in strata}
    for each in sampled:
        verdicts[each.category, each.store][each.verdict] += 1
    counted = {place: _counted(population, verdicts[place]) for place, population in strata.items()}
    rows = tuple(_result(place, each, confidence) for place, each in counted.items())
    summary = stratified(list(counted.values()), confidence)
    return Result("estimate", parameters, lake.digest, summary, StratumResult, rows, len(rows), Page(limit=max(1, len(rows))))


def sampled_apps(
    lake: "Lake", drawn: Sequence[Drawn], clause: str, period: str | None = None, page: Page = FIRST
) -> Result[SampledApp, Estimate]:
    """The drawn apps behind an estimate, in the order of the plan. Raises what `estimate` raises."""
    _, sampled, parameters = _sampled(lake, drawn, clause, period, 0.95)
    summary = estimate(lake, drawn, clause, period).summary
    return Result("sampled_apps", parameters, lake.digest, summary, SampledApp, page.of(sampled), len(sampled), page)


def _sampled(
    lake: "Lake", drawn: Sequence[Drawn], clause: str, period: str | None, confidence: float
) -> tuple[dict[_Place, int], list[SampledApp], dict[str, object]]:
    if not 0.5 <= confidence <= 0.9999:
        raise UsageError("lake.ask.wrong_design")
    check_clause(lake, clause)
    strata = _strata(drawn)
    parameters = Apps(period).parameters(lake) | {"clause": clause}
    rows = asked(lake, "results", parameters | {"apps": [each.app for each in drawn]})
    told = {app: found for app, *found in rows}
    sampled = [SampledApp(each.category, each.store, each.app, *told.get(each.app, (None, None, None))) for each in drawn]
    return strata, sampled, parameters | {"confidence": confidence}


def _strata(drawn: Sequence[Drawn]) -> dict[_Place, int]:
    """The strata of a plan with their populations. Raises `UsageError` for a plan that cannot be one."""
    if not 0 < len(drawn) <= MOST_ROWS or len({each.app for each in drawn}) != len(drawn):
        raise UsageError("lake.ask.wrong_plan")
    strata: dict[_Place, int] = {}
    sizes: Counter[_Place] = Counter()
    for each in drawn:
        place = (each.category, each.store)
        sizes[place] += 1
        if strata.setdefault(place, each.population) != each.population:
            raise UsageError("lake.ask.wrong_plan")
    if any(sizes[place] > population for place, population in strata.items()):
        raise UsageError("lake.ask.wrong_plan")
    return strata


def _counted(population: int, verdicts: Counter[str | None]) -> Counted:
    answered = sum(verdicts[verdict] for verdict in _DECIDED)
    return Counted(population, sum(verdicts.values()), answered, verdicts["violated"])


def _result(place: _Place, counted: Counted, confidence: float) -> StratumResult:
    found = of_stratum(counted, confidence)
    return StratumResult(*place, counted.population, counted.drawn, counted.answered, counted.number, found.value, found.low, found.high)
