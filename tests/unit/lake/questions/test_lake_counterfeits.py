"""Two apps of one package name and different certificates, as an app and its counterfeit: no question takes one for the other."""

from collections.abc import Iterator

import pytest

from mingjian import lake
from mingjian.lake import questions
from mingjian.model.types import Verdict
from tests.unit.lake.making import LATER, PERIOD
from tests.unit.lake.questions.market import App, asks, build, finding, report, with_

NAME = "com.bank.app"
TRUE, FALSE = "1" * 64, "2" * 64
CAMERA = "permission.camera.CAMERA"


def app(number: int, period: str, signer: str, verdict: Verdict, *, camera: bool) -> App:
    made = report(NAME, signer=signer, operator="Bank" if signer == TRUE else "Nobody Ltd")
    return App(number, period, with_(made, finding("law/1.1", verdict), *([asks(CAMERA)] if camera else [])), "a", 10)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lake.Lake]:
    """The app gets better, its counterfeit gets worse; a second app of the true signer is there to make a cluster."""
    other = App(5, LATER, with_(report("com.bank.other", signer=TRUE), finding("law/1.1", "satisfied")), "a", 10)
    apps = [
        app(1, PERIOD, TRUE, "violated", camera=True),
        app(2, PERIOD, FALSE, "satisfied", camera=False),
        app(3, LATER, TRUE, "satisfied", camera=False),
        app(4, LATER, FALSE, "violated", camera=True),
        other,
    ]
    with lake.open(build(tmp_path_factory.mktemp("counterfeits"), apps)) as opened:
        yield opened


@pytest.mark.parametrize(("of", "name"), [("clause", "law/1.1"), ("permission", CAMERA)])
def test_each_is_compared_with_itself_of_the_earlier_half_year(opened: lake.Lake, of: questions.Of, name: str) -> None:
    told = questions.trend_apps(opened, of, name, PERIOD)
    pairs = [(row.had_earlier, row.has_later) for row in told.rows if row.package == NAME]
    assert sorted(pairs) == [(False, True), (True, False)]
    assert (told.summary.paired, told.summary.kept, told.summary.gained, told.summary.lost) == (2, 0, 1, 1)


def test_a_counterfeit_is_no_member_of_the_apps_cluster(opened: lake.Lake) -> None:
    (cluster,) = questions.clusters(opened).rows
    assert cluster.apps == 2
    assert [(row.package, row.signer) for row in questions.members(opened, cluster.cluster).rows] == [
        (NAME, TRUE),
        ("com.bank.other", TRUE),
    ]


def test_each_is_drawn_and_answers_for_itself(opened: lake.Lake) -> None:
    census = questions.plan(opened, design=questions.Design(size=3)).rows
    drawn = [questions.Drawn(row.category, row.store, row.population, row.app) for row in census]
    told = questions.sampled_apps(opened, drawn, "law/1.1").rows
    assert {row.app: row.report for row in told} == {row.app: row.report for row in census}
    assert sorted((row.package, row.verdict) for row in told) == [
        (NAME, "satisfied"),
        (NAME, "violated"),
        ("com.bank.other", "satisfied"),
    ]
    # One of three apps; one of two, were the counterfeit taken for the app.
    assert questions.estimate(opened, drawn, "law/1.1").summary.share == pytest.approx(1 / 3)
