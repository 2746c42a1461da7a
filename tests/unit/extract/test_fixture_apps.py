"""The whole way from smali to statements; what is expected stands in fixtures/apps/kuaichi/PLANTED.md and fixtures/README.md."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from fixtures.builder import build
from mingjian.extract import EXTRACTORS, Context, questions
from mingjian.model.line import format_line
from mingjian.model.types import Coverage, Observation
from mingjian.model.way import told
from mingjian.native import read_package

APPS = Path(__file__).parents[3] / "fixtures" / "apps"

pytestmark = pytest.mark.skipif(find_spec("mingjian._core") is None, reason="the core is not built: make setup builds it")


def extracted(app: str, folder: Path) -> tuple[list[Observation], list[Coverage]]:
    path = Path(build(APPS / app, folder / f"{app}.apk").path)
    reader = read_package((path,), questions())
    context = Context(reader.identity["sha256"])
    observations: list[Observation] = []
    coverage: list[Coverage] = []
    for extractor in EXTRACTORS:
        if extractor.reads == "package":
            seen, covered = extractor.extract(reader, context)
            observations += seen
            coverage += covered
    return observations, coverage


def stated(app: str, folder: Path) -> set[str]:
    return {format_line(each) for each in extracted(app, folder)[0]}


def test_the_planted_faults_of_package_and_code_are_stated(tmp_path: Path) -> None:
    planted = {
        "declared legible.small via layout count 8",
        "possible ask.together permission by app during app_start via code count 6",
        "possible collect device.android_id by sdk.umeng_analytics during app_start via code",
        "possible collect device.mac_wifi by sdk.umeng_analytics during app_start via code",
        "possible collect device.imei by sdk.umeng_analytics during app_start via code",
        "possible collect device.installed_apps by sdk.jpush during app_start via code",
        "declared tick.preset via layout",
        "possible collect contacts.address_book by app during unknown via code",
        "possible collect comms.sms by app during unknown via code",
        "declared declare permission.call_log.READ_CALL_LOG by app via manifest",
        "possible collect location.precise by sdk.amap during unknown via code count 1 period 2",
        "possible collect device.oaid by unknown during unknown via code",
        "declared start.self by sdk.jpush via manifest",
        "possible perhaps collect device.serial by unknown during unknown via code",
    }
    assert planted - stated("kuaichi", tmp_path) == set()


def test_the_chain_from_app_start_is_the_evidence(tmp_path: Path) -> None:
    observations, _ = extracted("kuaichi", tmp_path)
    (mac,) = (each for each in observations if each.data == "device.mac_wifi")
    way = told(mac.evidence[0].excerpt).way
    assert way is not None
    first, second, *_ = way.frames
    assert (first.owner, first.place.method.partition("(")[0]) == ("app", "Lcom/kuaichi/waimai/WaimaiApplication;->onCreate")
    assert (second.owner, second.place.method.partition("(")[0]) == ("sdk.umeng_analytics", "Lcom/umeng/commonsdk/UMConfigure;->init")
    assert (way.phase, way.initiators) == ("app_start", ("app",))


def test_the_innocent_twin_states_none_of_them(tmp_path: Path) -> None:
    found = stated("kuaichi-innocent", tmp_path)
    assert [line for line in found if "app_start" in line or "start.self" in line or "tick.preset" in line or "legible" in line] == []
    data = {line.split()[2] for line in found if line.startswith("possible collect")}
    assert data <= {"device.android_id", "location.precise"}


def test_harmless_arguments_collect_nothing(tmp_path: Path) -> None:
    assert [line for line in stated("settings-other-key", tmp_path) if " collect " in line] == []


def test_what_cannot_be_read_is_coverage_lost(tmp_path: Path) -> None:
    def lost(app: str) -> set[tuple[str, str, str]]:
        return {(row.extractor, row.channel, row.status) for row in extracted(app, tmp_path)[1] if row.status != "complete"}

    assert ("packer", "code", "failed") in lost("packed")
    assert {("hybrid", "code", "partial"), ("hybrid", "layout", "partial")} <= lost("flutter")
    assert ("hybrid", "layout", "partial") in lost("kuaichi")


def test_a_jar_among_the_assets_is_code(tmp_path: Path) -> None:
    observations, _ = extracted("hidden-payload", tmp_path)
    collected = {each.data: each.evidence[0].locator for each in observations if each.action == "collect"}
    assert set(collected) == {"device.imei", "device.installed_apps"}
    assert all(locator.startswith("dex:assets/plugin/adcube.jar!classes.dex!") for locator in collected.values())


def test_an_old_target_is_granted_everything_at_once(tmp_path: Path) -> None:
    found = stated("old-target", tmp_path)
    declared = [line for line in found if line.startswith("declared declare")]
    assert len(declared) == 4
    assert all("declare.install_time permission." in line for line in declared)
    assert "declared ask.together permission by app via manifest count 4" in found
