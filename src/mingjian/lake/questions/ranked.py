"""Whom to look at first: downloads times what the findings weigh. The weights and their reasons stand in `rules/lake/questions.yml`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mingjian.errors import UsageError
from mingjian.lake.questions.asked import ALL_APPS, FIRST, LONGEST, Apps, Page, Result, asked, definitions

if TYPE_CHECKING:
    from mingjian.lake.ask import Lake

Purpose = Literal["test", "act"]
"""`test`: what a test on a phone would settle; `act`: what is found already."""


@dataclass(frozen=True, slots=True)
class RankedApp:
    """One app. Equal scores have one rank; `rank` and `score` are none where the downloads are not known.

    `violated_clauses`, `suspected_clauses` and `unrecorded_clauses` (not decided for want of a recording) gave the points; `recordings` is
    what the last of them lack, such as `api@before_consent`. `report` is the key of the report that says so."""

    rank: int | None
    score: int | None
    package: str
    label: str
    version: str
    operator: str | None
    category: str | None
    store: str | None
    downloads: int | None
    act_points: int
    test_points: int
    violated_clauses: tuple[str, ...]
    suspected_clauses: tuple[str, ...]
    unrecorded_clauses: tuple[str, ...]
    recordings: tuple[str, ...]
    report: str


@dataclass(frozen=True, slots=True)
class RankedApps:
    """How many apps are ranked, how many have points and unknown downloads, and how many have no points at all."""

    ranked: int
    unknown_downloads: int
    no_points: int


def ranking(
    lake: "Lake",
    apps: Apps = ALL_APPS,
    purpose: Purpose = "test",
    unknown_downloads: bool = False,
    pack: str | None = None,
    page: Page = FIRST,
) -> Result[RankedApp, RankedApps]:
    """Apps by score, then points, then package; with `unknown_downloads` those whose downloads nobody told, by points. `pack` counts the
    clauses of one pack of rules alone. Apps without points are none of either. Raises `UsageError`, and what `Lake.query` raises."""
    if purpose not in ("test", "act"):
        raise UsageError("lake.ask.wrong_choice", value=str(purpose)[:80], allowed="test, act")
    if pack is not None and len(pack) > LONGEST:
        raise UsageError("lake.ask.long_name", most=LONGEST)
    weights = definitions()["ranking"]
    parameters = apps.parameters(lake) | {"purpose": purpose, "known": not unknown_downloads, "pack": pack}
    values = {name: told["weight"] for group in ("severity", "act", "test") for name, told in weights[group].items()}
    paging = {"limit": page.limit, "offset": page.offset, "recordings": weights["recordings"]}
    rows = asked(lake, "ranking", parameters | values | paging)
    summary = RankedApps(*rows[0][:3])
    shown = tuple(RankedApp(*(*row[3:14], *map(tuple, row[14:18]), row[18])) for row in rows if row[-1] is not None)
    total = summary.unknown_downloads if unknown_downloads else summary.ranked
    return Result("ranking", parameters, lake.digest, summary, RankedApp, shown, total, page)
