"""Every planted fault of the demo app about personal data that code can show is a fact with an owner, a phase and a drawn path."""

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

import mingjian
from fixtures.builder import build
from mingjian.model.types import Observation, Report
from mingjian.render.html import render
from mingjian.render.way import drawn

APPS = Path(__file__).parents[2] / "fixtures" / "apps"
UMENG = "sdk.umeng_analytics"
IDENTIFIERS = ("device.android_id", "device.mac_wifi", "device.imei")


@dataclass(frozen=True)
class Planted:
    """A fact that a row of PLANTED.md leads to: what it states, and the methods that its path has to pass, by class and name."""

    row: int
    action: str
    data: str | None
    owner: str
    phase: str
    through: tuple[str, ...]
    period: float | None = None
    flows: bool = False

    def states(self, fact: Observation) -> bool:
        """Whether a fact says just this."""
        period = fact.tally.period if fact.tally else None
        said = (fact.mode, fact.action, fact.data, fact.actor, fact.phase, period, fact.certain)
        return said == ("possible", self.action, self.data, self.owner, self.phase, self.period, True)


START = "WaimaiApplication;->onCreate("
PLANTED = (
    Planted(5, "ask", "permission.contacts.READ_CONTACTS", "app", "app_start", ("SplashActivity;->onCreate(",)),
    *(Planted(6, "collect", each, UMENG, "app_start", (START, "UMConfigure;->init(", "DeviceInfo;->collect(")) for each in IDENTIFIERS),
    Planted(7, "collect", "device.installed_apps", "sdk.jpush", "app_start", ("DataProvider;->onCreate(", "AppList;->read(")),
    Planted(12, "collect", "contacts.address_book", "app", "ui", ("InviteActivity;->onCreate(",)),
    Planted(12, "collect", "comms.sms", "app", "ui", ("MainActivity;->onCreate(",)),
    Planted(16, "collect", "location.precise", "sdk.amap", "ui", ("MainActivity;->onCreate(", "AMapLocationClient;->startLocation("), 2.0),
    Planted(18, "ask.together", "permission", "app", "app_start", ("SplashActivity;->onCreate(",)),
    *(Planted(19, "share", each, UMENG, "app_start", (START, "DeviceInfo;->", "Sender;->run("), flows=True) for each in IDENTIFIERS),
    Planted(26, "share", "contacts.address_book", "app", "ui", ("InviteActivity;->invite(", "Uploader;->send("), flows=True),
    Planted(26, "log", "contacts.address_book", "app", "ui", ("InviteActivity;->",), flows=True),
)


@pytest.fixture(scope="module")
def guilty(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return mingjian.scan(build(APPS / "kuaichi", tmp_path_factory.mktemp("app") / "app.apk").path)


@pytest.fixture(scope="module")
def page(guilty: Report) -> str:
    return render(guilty, "en", False).decode()


@pytest.fixture(scope="module")
def innocent(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return mingjian.scan(build(APPS / "kuaichi-innocent", tmp_path_factory.mktemp("app") / "app.apk").path)


def named(planted: Planted) -> str:
    return f"{planted.row}-{planted.action}-{planted.data}"


@pytest.mark.parametrize("planted", PLANTED, ids=named)
def test_a_planted_fault_has_owner_phase_and_a_drawn_path(planted: Planted, guilty: Report, page: str) -> None:
    index, fact = next((index, fact) for index, fact in enumerate(guilty.observations) if planted.states(fact))
    shown = [drawn(fact, evidence) for evidence in fact.evidence]
    ways = [each.way for each in shown if each.way]
    assert ways
    assert all(way.phase == planted.phase and way.initiators for way in ways)
    assert {frame.owner for way in ways for frame in way.frames} >= {planted.owner}
    if planted.flows:
        passages = [each.passage for each in shown if each.passage]
        assert passages
        assert all((each.steps[0].what, each.steps[-1].what) == ("source", "sink") for each in passages)
    found = re.search(rf'<details class="fact" id="fact-{index}">.*?</details>', page, re.DOTALL)
    assert found is not None
    paths = unescape("".join(re.findall(r'<div class="path">.*?</div>', found[0], re.DOTALL)))
    assert [step for step in planted.through if step not in paths] == []


@pytest.mark.parametrize("planted", PLANTED, ids=named)
def test_the_innocent_twin_has_no_fact_of_the_kind(planted: Planted, innocent: Report) -> None:
    assert [fact for fact in innocent.observations if planted.states(fact)] == []


def test_code_that_is_loaded_at_run_time_is_drawn_no_path(guilty: Report) -> None:
    """Row 20: nothing in the package names what calls the jar, so neither phase nor way is made up."""
    facts = [fact for fact in guilty.observations if fact.channel == "code" and fact.data == "device.oaid"]
    assert facts
    assert {fact.phase for fact in facts} == {"unknown"}
    assert all(drawn(fact, evidence).way is None for fact in facts for evidence in fact.evidence)
