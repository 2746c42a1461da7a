"""What changed from one half-year to another: per clause, permission or SDK."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mingjian.errors import UsageError
from mingjian.lake.questions.asked import ALL_APPS, FIRST, LONGEST, Apps, Page, Result, asked, check_period, definitions, period_of
from mingjian.lake.questions.shares import Judgement, between, share, turned

if TYPE_CHECKING:
    from mingjian.lake.ask import Lake

Of = Literal["clause", "permission", "sdk"]
Weighed = Literal["violated", "suspected"]

_CHANNELS: Mapping[str, str] = {"permission": "manifest", "sdk": "code"}
CHANCE = 0.05
"""How likely chance alone may make a change that is called beyond it."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One clause, permission or SDK in two half-years.

    A share is that of the apps which have it, of a base: for a clause the apps for which it was decided (violated, suspected, satisfied),
    for a permission those whose manifest was read, for an SDK those whose code was read, in part or as a whole. `low` and `high` are the
    ends of a share's interval; `change` and its interval take both half-years for independent samples, and with `few` there is no interval.

    `paired` apps are in both bases: of them `kept` had it both times, `gained` only later, `lost` only earlier, and `paired_chance` is how
    likely chance alone would turn so many of the same apps one way."""

    name: str
    earlier_apps: int
    earlier_base: int
    earlier_share: float | None
    earlier_low: float
    earlier_high: float
    later_apps: int
    later_base: int
    later_share: float | None
    later_low: float
    later_high: float
    change: float | None
    change_low: float | None
    change_high: float | None
    judgement: Judgement
    paired: int
    kept: int
    gained: int
    lost: int
    paired_chance: float
    paired_judgement: Judgement


@dataclass(frozen=True, slots=True)
class Trends:
    """`weighed` names of which a change could be weighed, of which `beyond` are beyond chance and
    `by_chance` would be by chance alone; `tools` that read the apps: where there is more than one tool, catalogue or set of rules, a change
    may be theirs."""

    earlier_period: str
    later_period: str
    weighed: int
    beyond: int
    by_chance: float
    tools: int


@dataclass(frozen=True, slots=True)
class TrendApp:
    """One app of a trend, by its `app`, which no other app of its package name shares: whether it had it, none where it is in no base of
    that half-year, and the keys of the reports that say so."""

    app: str
    package: str
    had_earlier: bool | None
    has_later: bool | None
    earlier_report: str | None
    later_report: str | None


def trend(
    lake: "Lake", of: Of, earlier: str, apps: Apps = ALL_APPS, verdict: Weighed = "violated", page: Page = FIRST
) -> Result[Trend, Trends]:
    """Every name, that of the largest change first; the later half-year is that of `apps`. Raises `UsageError`, and what `Lake.query`
    raises."""
    parameters = _parameters(lake, of, earlier, apps, verdict) | {"name": None}
    rows = [_trend(row) for row in asked(lake, "trend_clause" if of == "clause" else "trend_item", parameters)]
    rows.sort(key=lambda row: (-abs(row.change) if row.change is not None else 1.0, row.name))
    weighed = [row for row in rows if row.judgement != "few"]
    ((tools,),) = asked(lake, "tools", parameters)
    beyond = sum(1 for row in weighed if row.judgement == "beyond")
    summary = Trends(earlier, parameters["period"], len(weighed), beyond, round(len(weighed) * CHANCE, 2), tools)
    return Result("trend", parameters, lake.digest, summary, Trend, page.of(rows), len(rows), page)


def trend_apps(
    lake: "Lake", of: Of, name: str, earlier: str, apps: Apps = ALL_APPS, verdict: Weighed = "violated", page: Page = FIRST
) -> Result[TrendApp, Trend]:
    """The apps behind one name's numbers, by package. Raises `UsageError`, and what `Lake.query` raises."""
    if len(name) > LONGEST:
        raise UsageError("lake.ask.long_name", most=LONGEST)
    parameters = _parameters(lake, of, earlier, apps, verdict) | {"name": name}
    kind = "clause" if of == "clause" else "item"
    counted = asked(lake, f"trend_{kind}", parameters)
    summary = _trend(counted[0] if counted else (name, *[0] * 8))
    rows = asked(lake, f"trend_{kind}_apps", parameters | {"limit": page.limit, "offset": page.offset})
    whole = asked(lake, f"trend_{kind}_apps", parameters | {"limit": 1, "offset": 0})
    total = whole[0][6] if whole else 0
    return Result("trend_apps", parameters, lake.digest, summary, TrendApp, tuple(TrendApp(*row[:6]) for row in rows), total, page)


def _parameters(lake: "Lake", of: str, earlier: str, apps: Apps, verdict: str) -> dict[str, Any]:
    check_period(earlier)
    for value, allowed in ((of, ("clause", "permission", "sdk")), (verdict, ("violated", "suspected"))):
        if value not in allowed:
            raise UsageError("lake.ask.wrong_choice", value=str(value)[:80], allowed=", ".join(allowed))
    parameters = apps.parameters(lake)
    if earlier >= parameters["period"]:
        raise UsageError("lake.ask.not_earlier", earlier=earlier, later=parameters["period"])
    period_of(lake, earlier)
    return parameters | {
        "earlier": earlier,
        "of": of,
        "verdict": verdict,
        "channel": _CHANNELS.get(of),
        "least_apps": definitions()["trend"]["least_apps"],
    }


def _trend(row: tuple[Any, ...]) -> Trend:
    name, before, of_before, after, of_after, paired, kept, gained, lost = row
    first, second = share(before, of_before), share(after, of_after)
    bounds = definitions()["trend"]
    difference = between((before, of_before), (after, of_after), bounds["normal_quantile"], bounds["least_each_side"])
    judged = difference is not None and difference.judgement != "few"
    chance = turned(gained, lost)
    # With five that turned, all of them one way, the chance is still 2/32.
    paired_judgement: Judgement = "few" if gained + lost < 6 else "beyond" if chance < CHANCE else "within"
    return Trend(
        name,
        before,
        of_before,
        first.value,
        first.low,
        first.high,
        after,
        of_after,
        second.value,
        second.low,
        second.high,
        difference.points if difference else None,
        difference.low if difference and judged else None,
        difference.high if difference and judged else None,
        difference.judgement if difference else "few",
        paired,
        kept,
        gained,
        lost,
        chance,
        paired_judgement,
    )
