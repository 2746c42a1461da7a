"""Every number of every question over a generated market, against a recount in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import pytest

from mingjian import lake
from mingjian.judge import compare_with_policy
from mingjian.lake import questions
from mingjian.lake.questions import Apps, Page
from tests.unit.lake.making import LATER, PERIOD
from tests.unit.lake.questions.market import SDKS, SEVERITIES, App, build, market

APPS = market(seed=6, apps=90)
WEIGHTS = {"critical": 8, "high": 4, "medium": 2, "low": 1}
ALL = Page(limit=1000)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lake.Lake]:
    with lake.open(build(tmp_path_factory.mktemp("market"), APPS)) as opened:
        yield opened


def of(period: str, category: str | None = None, store: str | None = None) -> list[App]:
    return [app for app in APPS if app.period == period and category in (None, app.category) and (store is None or app.store == store)]


def points(app: App, pack: str | None = None) -> tuple[int, int]:
    act = test = 0
    for each in app.report.findings:
        weight = WEIGHTS[SEVERITIES[each.clause]]
        if pack and not each.clause.startswith(pack + "/"):
            continue
        if each.verdict == "violated":
            act += weight
        elif each.verdict == "suspected":
            test += 4 * weight
        elif each.verdict == "inconclusive" and any(what.split("@")[0] in ("api", "network", "ui") for what in each.missing):
            test += weight
    return act, test


@pytest.mark.parametrize(("purpose", "pack"), [("test", None), ("act", None), ("test", "law"), ("act", "other")])
@pytest.mark.parametrize(("period", "category", "store"), [(PERIOD, None, None), (LATER, "online_shopping", None), (LATER, None, "a")])
def test_the_ranking_is_downloads_times_points_and_unknown_downloads_stand_apart(
    opened: lake.Lake, purpose: questions.Purpose, pack: str | None, period: str, category: str | None, store: str | None
) -> None:
    apps = of(period, category, store)
    weighed = {app.package: points(app, pack)[purpose == "test"] for app in apps}
    known = [app for app in apps if weighed[app.package] and app.downloads is not None]
    scores = {app.package: (app.downloads or 0) * weighed[app.package] for app in known}
    expected = sorted(known, key=lambda app: (-scores[app.package], -weighed[app.package], app.package))
    told = questions.ranking(opened, Apps(period, category, store), purpose, pack=pack, page=ALL)
    assert [(row.package, row.score, row.report) for row in told.rows] == [(app.package, scores[app.package], app.key) for app in expected]
    assert [row.rank for row in told.rows] == [1 + sum(1 for other in scores.values() if other > scores[app.package]) for app in expected]
    assert [(row.act_points, row.test_points) for row in told.rows] == [points(app, pack) for app in expected]
    unknown = {app.package for app in apps if weighed[app.package] and app.downloads is None}
    apart = questions.ranking(opened, Apps(period, category, store), purpose, unknown_downloads=True, pack=pack, page=ALL)
    assert {row.package for row in apart.rows} == unknown
    assert {(row.rank, row.score, row.downloads) for row in apart.rows} == {(None, None, None)}
    assert [weighed[row.package] for row in apart.rows] == sorted((weighed[name] for name in unknown), reverse=True)
    nothing = sum(1 for value in weighed.values() if not value)
    assert told.summary == apart.summary == questions.RankedApps(len(known), len(unknown), nothing)
    assert (told.total, apart.total) == (len(known), len(unknown))
    assert len({row.score for row in told.rows}) < len(told.rows), "the market should have ties"


def test_the_clauses_behind_the_points_are_named(opened: lake.Lake) -> None:
    by_package = {app.package: app for app in of(LATER)}
    for row in questions.ranking(opened, page=ALL).rows:
        findings = by_package[row.package].report.findings
        assert list(row.violated_clauses) == sorted(each.clause for each in findings if each.verdict == "violated")
        assert list(row.suspected_clauses) == sorted(each.clause for each in findings if each.verdict == "suspected")
        lacking = {each.clause: [what for what in each.missing if "@" in what] for each in findings if each.verdict == "inconclusive"}
        assert list(row.unrecorded_clauses) == sorted(clause for clause, missing in lacking.items() if missing)
        assert list(row.recordings) == sorted({what for missing in lacking.values() for what in missing})


def told_of(app: App, sdk: str) -> str:
    """What the report's own comparison says of an SDK, or why it says nothing."""
    made = app.report
    claims = [each for each in made.observations if each.extractor != "endpoint"]
    status = {row.status for row in made.coverage if row.channel == "policy" and row.status != "absent"}
    if not status:
        return "no_policy"
    if status == {"failed"}:
        return "unread"
    for each in compare_with_policy(claims, made.coverage):
        if claims[each.act].actor == sdk and claims[each.act].action == "embed":
            return {"clear": "named", "vague": "perhaps", "omitted": "not_named"}[each.agreement]
    return "part_read"


def carrying(app: App) -> set[str]:
    return {str(each.actor) for each in app.report.observations if each.mode == "possible" and each.action == "embed"}


def versions(app: App, sdk: str) -> tuple[str, ...]:
    return tuple(sorted({each.version for each in app.report.observations if each.actor == sdk and each.version}))


@pytest.mark.parametrize("version", ["1.0", "2.0", "1.0-beta", "3.0"])
def test_a_version_is_that_of_packages_that_state_it_and_policies_are_told_of_these(opened: lake.Lake, version: str) -> None:
    carriers = [app for app in of(PERIOD, None) if SDKS[0] in carrying(app)]
    expected = {app.package: versions(app, SDKS[0]) for app in carriers if version in versions(app, SDKS[0])}
    listed = questions.carriers(opened, SDKS[0], Apps(PERIOD), page=ALL, version=version)
    assert {row.package: row.sdk_versions for row in listed.rows} == expected
    assert listed.total == listed.summary.apps == listed.summary.version_stated == len(expected)
    named = Counter(told_of(app, SDKS[0]) for app in carriers if app.package in expected)
    assert (listed.summary.named, listed.summary.not_named) == (named["named"], named["not_named"])
    assert bool(expected) is (version != "3.0")
    told = questions.carriers(opened, SDKS[0], Apps(PERIOD), "named", ALL, version)
    assert told.total == len(told.rows) == named["named"]


@pytest.mark.parametrize(("period", "category"), [(PERIOD, None), (LATER, None), (LATER, "map_navigation")])
def test_exposure_tells_what_each_reports_own_comparison_tells(opened: lake.Lake, period: str, category: str | None) -> None:
    apps = of(period, category)
    rows = {row.sdk: row for row in questions.exposure(opened, Apps(period, category)).rows}
    assert set(rows) == set(SDKS)
    for sdk, row in rows.items():
        expected = {app.package: told_of(app, sdk) for app in apps if sdk in carrying(app)}
        counts = Counter(expected.values())
        assert row.apps == len(expected)
        assert all(getattr(row, told) == counts[told] for told in ("named", "perhaps", "not_named", "part_read", "unread", "no_policy"))
        assert row.share_named == counts["named"] / (counts["named"] + counts["not_named"])
        assert row.downloads == sum(app.downloads or 0 for app in apps if app.package in expected)
        listed = questions.carriers(opened, sdk, Apps(period, category), page=ALL)
        assert {each.package: each.told for each in listed.rows} == expected
        assert listed.summary == row
        stated = {app.package: versions(app, sdk) for app in apps if app.package in expected}
        assert {each.package: each.sdk_versions for each in listed.rows} == stated
        assert 0 < row.version_stated == sum(map(bool, stated.values())) < row.apps
        silent = questions.carriers(opened, sdk.removeprefix("sdk."), Apps(period, category), "not_named", ALL)
        assert silent.total == len(silent.rows) == counts["not_named"]
        keys = {app.package: app.key for app in apps}
        assert all(each.report == keys[each.package] for each in listed.rows)


def sides(kind: str, name: str, verdict: str = "violated") -> dict[tuple[str, str | None], tuple[bool | None, bool | None]]:
    found: dict[tuple[str, str | None], list[bool | None]] = defaultdict(lambda: [None, None])
    for app in APPS:
        at = app.period == LATER
        if kind == "clause":
            (each,) = (each for each in app.report.findings if each.clause == name)
            if each.verdict in ("violated", "suspected", "satisfied"):
                found[app.identity][at] = each.verdict == verdict
        elif all(row.status != "failed" for row in app.report.coverage if row.channel in ("manifest", "code")):
            found[app.identity][at] = any(name in (each.actor, each.data) and each.mode != "claimed" for each in app.report.observations)
    return {identity: (before, after) for identity, (before, after) in found.items()}


@pytest.mark.parametrize(
    ("kind", "verdict"), [("clause", "violated"), ("clause", "suspected"), ("permission", "violated"), ("sdk", "violated")]
)
def test_a_trend_counts_each_half_year_by_itself_and_the_same_apps_apart(
    opened: lake.Lake, kind: questions.Of, verdict: questions.Weighed
) -> None:
    told = questions.trend(opened, kind, PERIOD, verdict=verdict, page=ALL)
    assert len(told.rows) == {"clause": 4, "permission": 5, "sdk": 3}[kind]
    for row in told.rows:
        expected = sides(kind, row.name, verdict)
        pairs = Counter(side for side in expected.values() if None not in side)
        assert (row.earlier_apps, row.earlier_base) == counted([before for before, _ in expected.values()])
        assert (row.later_apps, row.later_base) == counted([after for _, after in expected.values()])
        assert (row.paired, row.kept, row.gained, row.lost) == (
            sum(pairs.values()),
            pairs[True, True],
            pairs[False, True],
            pairs[True, False],
        )
        assert row.paired > 10, "the market should have apps in both"
        listed = questions.trend_apps(opened, kind, row.name, PERIOD, verdict=verdict, page=ALL)
        assert len({each.app for each in listed.rows}) == len(listed.rows)
        signers = {app.key: app.identity for app in APPS}
        told_of = [(signers[each.earlier_report or each.later_report or ""], (each.had_earlier, each.has_later)) for each in listed.rows]
        assert sorted(told_of, key=str) == sorted(expected.items(), key=str)
        assert all(identity[0] == each.package for each, (identity, _) in zip(listed.rows, told_of, strict=True))
        assert listed.summary == row
        assert listed.total == len(expected)
        keys = {(app.package, app.period): app.key for app in APPS}
        for each in listed.rows:
            assert each.earlier_report == (None if each.had_earlier is None else keys[each.package, PERIOD])
            assert each.later_report == (None if each.has_later is None else keys[each.package, LATER])


def counted(side: list[bool | None]) -> tuple[int, int]:
    return sum(1 for each in side if each), sum(1 for each in side if each is not None)


def test_pages_join_to_the_whole(opened: lake.Lake) -> None:
    whole = questions.ranking(opened, page=ALL).rows
    pages = [questions.ranking(opened, page=Page(7, offset)).rows for offset in range(0, len(whole) + 7, 7)]
    assert tuple(row for page in pages for row in page) == whole
    assert pages[-1] == ()
    everything = questions.trend_apps(opened, "sdk", SDKS[0], PERIOD, page=ALL)
    cut = questions.trend_apps(opened, "sdk", SDKS[0], PERIOD, page=Page(5, 10))
    assert (cut.rows, cut.total) == (everything.rows[10:15], everything.total)


def test_a_plan_draws_each_stratum_as_allotted_and_the_same_again(opened: lake.Lake) -> None:
    design = questions.Design(size=30, least=2, seed="spring")
    told = questions.plan(opened, design=design, page=ALL)
    populations = Counter((app.category, app.store) for app in of(LATER))
    assert {(each.category, each.store): each.population for each in told.summary.strata} == populations
    drawn = Counter((row.category, row.store) for row in told.rows)
    assert sum(drawn.values()) == told.summary.size == 30
    assert {(each.category, each.store): each.drawn for each in told.summary.strata} == drawn
    in_lake = {app.package: app for app in of(LATER)}
    assert len({row.package for row in told.rows}) == 30
    for row in told.rows:
        assert (row.category, row.store, row.report) == (
            in_lake[row.package].category,
            in_lake[row.package].store,
            in_lake[row.package].key,
        )
        assert Fraction(row.weight).limit_denominator(1000) == Fraction(row.population, row.drawn)
    for place, population in populations.items():
        assert min(2, population) <= drawn[place] <= population
    assert questions.plan(opened, design=design, page=ALL) == told
    other = questions.plan(opened, design=questions.Design(size=30, least=2, seed="autumn"), page=ALL)
    assert {row.package for row in other.rows} != {row.package for row in told.rows}
    larger = questions.plan(opened, design=questions.Design(size=60, least=2, seed="spring"), page=ALL)
    assert {row.package for row in told.rows} <= {row.package for row in larger.rows}


def test_an_estimate_counts_the_drawn_apps_and_a_whole_market_is_known(opened: lake.Lake) -> None:
    census = questions.plan(opened, design=questions.Design(size=1000), page=ALL).rows
    drawn = [questions.Drawn(row.category, row.store, row.population, row.app) for row in census]
    told = questions.estimate(opened, drawn, "law/1.1")
    verdicts = {app.package: verdict(app, "law/1.1") for app in of(LATER)}
    for row in told.rows:
        here = [verdicts[app.package] for app in of(LATER) if (app.category, app.store) == (row.category, row.store)]
        decided = [each for each in here if each in ("violated", "satisfied", "not_applicable")]
        assert (row.population, row.drawn, row.answered, row.violated) == (
            len(here),
            len(here),
            len(decided),
            decided.count("violated"),
        )
    silent = sum(1 for each in verdicts.values() if each in ("suspected", "inconclusive"))
    violated = sum(1 for each in verdicts.values() if each == "violated")
    assert told.summary.least == pytest.approx(violated / len(verdicts))
    assert told.summary.most == pytest.approx((violated + silent) / len(verdicts))
    listed = questions.sampled_apps(opened, drawn, "law/1.1", page=ALL)
    assert {row.package: row.verdict for row in listed.rows} == verdicts


def verdict(app: App, clause: str) -> str:
    return next(each.verdict for each in app.report.findings if each.clause == clause)


def test_what_is_no_app_of_the_half_year_has_no_verdict(opened: lake.Lake) -> None:
    ((first,),) = opened.query("SELECT app FROM apps WHERE report = ?", [APPS[0].key]).rows
    drawn = [questions.Drawn(None, None, 5, name) for name in ("com.nobody", "x' OR '1'='1", first)]
    assert APPS[0].period == PERIOD
    later = questions.sampled_apps(opened, drawn, "law/1.1")
    assert [(row.verdict, row.report) for row in later.rows] == [(None, None)] * 3
    assert (later.summary.share, later.summary.low, later.summary.drawn, later.summary.answered) == (None, None, 3, 0)
    earlier = questions.sampled_apps(opened, drawn, "law/1.1", PERIOD)
    assert [row.report for row in earlier.rows] == [None, None, APPS[0].key]


def test_neyman_draws_more_where_the_verdicts_differ_more(opened: lake.Lake) -> None:
    told = questions.plan(opened, design=questions.Design(size=40, allocation="neyman", expected="law/1.1", least=0), page=ALL).summary
    answers: dict[tuple[str | None, str | None], list[bool]] = defaultdict(list)
    for app in of(LATER):
        if verdict(app, "law/1.1") in ("violated", "suspected", "satisfied"):
            answers[app.category, app.store].append(verdict(app, "law/1.1") == "violated")
    for each in told.strata:
        here = answers[each.category, each.store]
        assert each.expected == pytest.approx((sum(here) + 1) / (len(here) + 2))
    for one, other in product(told.strata, repeat=2):
        if one.population * (one.expected * (1 - one.expected)) ** 0.5 >= other.population * (other.expected * (1 - other.expected)) ** 0.5:
            assert one.drawn >= min(other.drawn, one.population) - 1
