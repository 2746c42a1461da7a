"""`why` as a user meets it, through the whole boundary."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.builder import build

APPS = Path(__file__).parents[2] / "fixtures" / "apps"
MAC = "android.net.wifi.WifiInfo.getMacAddress"


def why(*arguments: object, lang: str = "en") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mingjian.cli", "why", *map(str, arguments), "--lang", lang]
    return subprocess.run(command, capture_output=True, env=os.environ | {"MINGJIAN_LANG": lang}, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(APPS / "kuaichi", tmp_path_factory.mktemp("app") / "kuaichi.apk").path


@pytest.fixture(scope="module")
def tapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(APPS / "tap-reads-id", tmp_path_factory.mktemp("app") / "tap.apk").path


def test_a_call_of_the_platform_is_told_from_the_start_of_the_app_on(app: Path) -> None:
    found = why(app, MAC, "--json")
    assert found.returncode == 0, found.stderr
    (site,) = json.loads(found.stdout)["sites"]
    assert (site["kind"], site["owner"]) == ("call", "sdk.umeng_analytics")
    (way,) = site["ways"]
    assert (way["phase"], way["initiator"], way["certain"], way["guard"]) == ("app_start", "app", True, None)
    assert way["component"] == "Lcom/kuaichi/waimai/WaimaiApplication;"
    assert way["chain"][0]["owner"] == "app"
    assert way["chain"][-1] == {"method": site["method"], "unit": site["unit"], "owner": site["owner"]}


@pytest.mark.parametrize(
    "method",
    ["Lcom/umeng/commonsdk/UMConfigure;->init", "com.umeng.commonsdk.UMConfigure.init", "com.umeng.commonsdk.UMConfigure#init"],
)
def test_a_method_of_the_package_is_told_in_every_form(app: Path, method: str) -> None:
    found = why(app, method, lang="zh")
    assert found.returncode == 0, found.stderr
    assert "应用启动时" in found.stdout
    assert "Lcom/kuaichi/waimai/WaimaiApplication;->onCreate()V+0x" in found.stdout


def test_what_nothing_reaches_is_unknown_and_never_called_dead(tapped: Path) -> None:
    found = why(tapped, "android.provider.Settings$Secure.getString")
    assert found.returncode == 3
    assert "PocketActivity;->onTap" in found.stdout
    assert "unknown" in found.stdout
    assert "dead" not in found.stdout


@pytest.mark.parametrize(
    ("method", "near"),
    [
        ("com.kuaichi.waimai.SplashActivty.onCreate", "SplashActivity;->onCreate"),
        ("com.kuaichi.waimai.SplashActivity.onCraete", "SplashActivity;->onCreate"),
        ("z.z.Zz.zz", None),
    ],
)
def test_what_is_not_there_is_one_line_with_what_may_be_meant(app: Path, method: str, near: str | None) -> None:
    found = why(app, method)
    assert found.returncode == 65
    assert len(found.stderr.strip().splitlines()) == 1
    assert near is None or near in found.stderr


def test_what_is_no_package_is_said(tmp_path: Path) -> None:
    file = tmp_path / "notes.apk"
    file.write_text("no archive", encoding="utf-8")
    found = why(file, MAC)
    assert found.returncode == 65
    assert len(found.stderr.strip().splitlines()) == 1
