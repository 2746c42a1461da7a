"""Which apps to test so that the market can be told of: strata, how many of each, and the draw."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from mingjian.errors import UsageError
from mingjian.lake.questions.allocation import Allocation, allocate, size_simple, size_stratified
from mingjian.lake.questions.asked import ALL_APPS, FIRST, MOST_ROWS, Apps, Page, Result, asked, check_clause, definitions, streamed

if TYPE_CHECKING:
    from mingjian.lake.ask import Lake


@dataclass(frozen=True, slots=True)
class Design:
    """What a plan is to reach. The interval of a share over all apps shall be no wider than `half_width` on each side, with `confidence`;
    `size` sets the number of apps instead. `expected` names a clause whose verdicts in the lake tell how much the strata differ; without
    it each is taken for one half, which needs the most. `seed` decides the draw. Raises `UsageError` for what is no design."""

    half_width: float = 0.05
    confidence: float = 0.95
    size: int | None = None
    allocation: Allocation = "proportional"
    least: int = 2
    expected: str | None = None
    seed: str = "1"

    def __post_init__(self) -> None:
        if not 0.001 <= self.half_width <= 0.5 or not 0.5 <= self.confidence <= 0.9999:
            raise UsageError("lake.ask.wrong_design")
        if not (self.size is None or 1 <= self.size <= MOST_ROWS) or not 0 <= self.least <= 1000 or not 1 <= len(self.seed) <= 64:
            raise UsageError("lake.ask.wrong_design")
        if self.allocation not in get_args(Allocation):
            raise UsageError("lake.ask.wrong_choice", value=str(self.allocation)[:80], allowed=", ".join(get_args(Allocation)))


DESIGN = Design()


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum of a plan: the apps it has, the share that is expected, and how many are drawn."""

    category: str | None
    store: str | None
    population: int
    expected: float
    drawn: int


@dataclass(frozen=True, slots=True)
class Planned:
    """One app that was drawn, as number `nth` of `drawn` of its stratum, which has `population` apps: it stands for `weight` of them."""

    category: str | None
    store: str | None
    population: int
    drawn: int
    nth: int
    weight: float
    app: str
    package: str
    label: str
    version: str
    downloads: int | None
    location: str | None
    report: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`size` apps are drawn of `population`; a simple random sample would need `simple`."""

    period: str
    population: int
    simple: int
    size: int
    confidence: float
    seed: str
    strata: tuple[Stratum, ...]


def plan(lake: "Lake", apps: Apps = ALL_APPS, design: Design = DESIGN, page: Page = FIRST) -> Result[Planned, Plan]:
    """The apps to test, by stratum and in the order of the draw. The same lake, apps and design draw the same apps; a larger size draws
    these and more. Raises `UsageError`, also for more strata or a larger sample than are planned, and what `Lake.query` raises."""
    parameters = apps.parameters(lake)
    strata = _strata(lake, parameters, design)
    population = sum(each.population for each in strata)
    size = sum(each.drawn for each in strata)
    simple = size_simple(population, design.half_width, design.confidence)
    summary = Plan(parameters["period"], population, simple, size, design.confidence, design.seed, tuple(strata))
    given = {
        **parameters,
        "seed": design.seed,
        "categories": [each.category for each in strata],
        "stores": [each.store for each in strata],
        "sizes": [each.drawn for each in strata],
    }
    of = {(each.category, each.store): each for each in strata}
    rows = [_planned(of[row[0], row[1]], row) for row in streamed(lake, "draw", given)] if strata else []
    asked_for = parameters | {"half_width": design.half_width, "allocation": design.allocation, "least": design.least}
    return Result("plan", asked_for, lake.digest, summary, Planned, page.of(rows), len(rows), page)


def _strata(lake: "Lake", parameters: Mapping[str, Any], design: Design) -> list[Stratum]:
    if design.expected is not None:
        check_clause(lake, design.expected)
    rows = asked(lake, "strata", {**parameters, "clause": design.expected})
    bounds = definitions()["sampling"]
    if len(rows) > bounds["most_strata"]:
        raise UsageError("lake.ask.too_many_strata", most=bounds["most_strata"])
    populations = [row[2] for row in rows]
    shares = [_expected(row[3], row[4]) if design.expected else bounds["without_knowledge"] for row in rows]
    size = design.size or size_stratified(populations, shares, design.half_width, design.confidence, design.allocation)
    numbers = allocate(size, populations, shares, design.allocation, design.least)
    if sum(numbers) > MOST_ROWS:
        raise UsageError("lake.ask.large_sample", size=sum(numbers), most=MOST_ROWS)
    return [Stratum(row[0], row[1], row[2], p, number) for row, p, number in zip(rows, shares, numbers, strict=True)]


def _expected(answered: int, number: int) -> float:
    """What a stratum's share may be: never 0 or 1, from which no sample at all would seem to be needed."""
    return (number + 1) / (answered + 2)


def _planned(stratum: Stratum, row: tuple[Any, ...]) -> Planned:
    category, store, nth, *told = row
    return Planned(category, store, stratum.population, stratum.drawn, nth, stratum.population / stratum.drawn, *told)
