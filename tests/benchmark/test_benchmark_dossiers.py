"""What the sources of a case become: packages that hold what they say, perturbations that hide it, and a few dossiers scored."""

import json
import zipfile
from pathlib import Path

import pytest

from benchmark.apps import sources
from benchmark.cases import Case, base, cases
from benchmark.dossiers import dossier
from benchmark.perturb import PERTURBATIONS, fits, perturbed
from benchmark.policies import pages
from benchmark.score import outcome
from benchmark.tools import camille, keywords, mingjian, tool
from mingjian.inputs import open_dossier

ALL = {case.id: case for case in cases()}
UMENG = ALL["3.1/umeng-at-app-start"]
SAMPLE = ("1.1/nothing-to-open", "1.3/fifth-tap", "2.1/clipboard-untold", "3.1/umeng-at-app-start", "3.4/box-ticked-already")
"""Pairs that are told apart without doubt; each costs a scan of about a second."""


def code(folder: Path) -> bytes:
    package = next(path for path in folder.rglob("*.apk") if "split_" not in path.name)
    with zipfile.ZipFile(package) as file:
        return b"".join(file.read(name) for name in file.namelist() if name.endswith(".dex"))


@pytest.mark.parametrize("name", ["market", "weather"])
def test_a_base_becomes_a_dossier_that_opens(name: str, tmp_path: Path) -> None:
    opened = open_dossier(dossier(base(name), tmp_path))
    assert opened.package
    assert opened.policy
    assert opened.runs
    assert opened.operator == base(name)["operator"]


def test_the_same_sources_are_built_once(tmp_path: Path) -> None:
    first = dossier(base("weather"), tmp_path)
    before = (first / "app.apk").stat().st_mtime_ns
    assert dossier(base("weather"), tmp_path) == first
    assert (first / "app.apk").stat().st_mtime_ns == before
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


@pytest.mark.parametrize("change", PERTURBATIONS)
def test_every_perturbation_makes_another_dossier_that_opens(change: str, tmp_path: Path) -> None:
    assert fits(UMENG, change)
    harder = perturbed(UMENG.sources, change)
    assert harder != UMENG.sources
    assert open_dossier(dossier(harder, tmp_path)).package


def test_renamed_packages_leave_no_name_of_the_sdk_in_code_or_recording(tmp_path: Path) -> None:
    plain, renamed = dossier(UMENG.sources, tmp_path), dossier(perturbed(UMENG.sources, "renamed"), tmp_path)
    assert b"com/umeng" in code(plain)
    assert b"com/umeng" not in code(renamed)
    assert b"com.umeng" in (plain / "run.jsonl").read_bytes()
    assert b"com.umeng" not in (renamed / "run.jsonl").read_bytes()
    assert b"cn/qinghe/market" in code(renamed)


def test_a_wrapper_stands_between_the_app_and_the_sdk_in_code_and_in_stacks() -> None:
    wrapped = perturbed(UMENG.sources, "wrapper")
    by = wrapped["run"]["events"]["umeng"]["by"]
    assert [frame.rpartition(".")[0] for frame in by] == [
        "com.umeng.commonsdk.statistics.DeviceConfig",
        "com.umeng.commonsdk.UMConfigure",
        "cn.bridgekit.hub.Hub",
        "cn.qinghe.market.MarketApp",
    ]
    smali = "\n".join(sources(wrapped["app"]).values())
    own = next(text for name, text in sources(wrapped["app"]).items() if name.endswith("app-MarketApp.smali"))
    assert "Lcom/umeng/commonsdk/UMConfigure;->init" not in own
    assert "Lcn/bridgekit/hub/Hub;->call0" in own
    assert "Lcom/umeng/commonsdk/UMConfigure;->init(Landroid/content/Context;)V" in smali


def test_packed_code_is_in_no_dex_file(tmp_path: Path) -> None:
    packed = dossier(perturbed(UMENG.sources, "packed"), tmp_path)
    assert b"com/stub/StubApp" in code(packed)
    assert b"com/umeng" not in code(packed)
    assert b"android_id" not in code(packed)


def test_reflection_replaces_the_call_where_there_is_such_a_form(tmp_path: Path) -> None:
    case = ALL["2.1/push-sdk-not-named"]
    plain, hidden = sources(case.sources["app"]), sources(perturbed(case.sources, "reflection")["app"])
    assert "WifiInfo;->getMacAddress" in "\n".join(plain.values())
    assert "WifiInfo;->getMacAddress" not in "\n".join(hidden.values())
    assert "Method;->invoke" in "\n".join(hidden.values())
    stack = perturbed(case.sources, "reflection")["run"]["events"]["getui"]["by"]
    assert stack[0] == "java.lang.reflect.Method.invoke"


def test_a_split_package_has_its_base_and_one_split(tmp_path: Path) -> None:
    opened = open_dossier(dossier(perturbed(UMENG.sources, "split"), tmp_path))
    assert sorted(path.name for path in opened.package) == ["base.apk", "split_config.arm64_v8a.apk"]


def test_the_forms_of_a_policy_hold_the_same_words_elsewhere() -> None:
    policy = base("market")["policy"]
    text = pages(policy)["policy.html"].decode()
    table = pages({**policy, "form": "table"})["policy.html"].decode()
    linked = {name: page.decode() for name, page in pages({**policy, "form": "linked"}).items()}
    picture = pages({**policy, "form": "picture"})
    traditional = pages({**policy, "script": "traditional"})["policy.html"].decode()
    assert "您注册账号时，我们收集您的手机号码" in text
    assert "<td>手机号码</td>" in table
    assert "您注册账号时，我们收集" not in table
    assert "友盟" not in linked["policy.html"]
    assert "友盟" in linked["sdks.html"]
    assert "手机号码" not in picture["policy.html"].decode()
    assert picture["policy.png"].startswith(b"\x89PNG")
    assert "手機號碼" in traditional
    assert "手机号码" not in traditional


def test_a_perturbation_that_would_change_the_label_does_not_fit() -> None:
    assert not fits(ALL["1.4/tiny-letters"], "traditional")
    assert not fits(ALL["1.1/nothing-to-open"], "table")
    assert not fits(ALL["3.1/permission-before-the-prompt"], "renamed")


@pytest.mark.parametrize("pair", SAMPLE)
def test_a_pair_is_told_apart(pair: str, tmp_path: Path) -> None:
    for case, kind in ((ALL[pair], "hit"), (ALL[f"{pair}~twin"], "quiet")):
        found = outcome(case, mingjian.answer(dossier(case.sources, tmp_path)))
        assert found.kind == kind, case.id
        assert found.owner in (None, "right"), case.id
        assert found.elsewhere == (), case.id


def answered(name: str, case: Case, folder: Path) -> str:
    return outcome(case, tool(name)(dossier(case.sources, folder))).kind


def test_the_rule_of_camille_names_the_sdk_that_stands_anywhere_in_the_stack(tmp_path: Path) -> None:
    case = ALL["3.1/push-called-by-analytics"]
    found = outcome(case, camille.answer(dossier(case.sources, tmp_path)))
    assert (found.kind, found.owner) == ("hit", "wrong")
    assert answered("camille", ALL[f"{case.id}~twin"], tmp_path) == "quiet"
    assert answered("camille", ALL["1.3/fifth-tap"], tmp_path) == "open"


def test_key_words_miss_what_is_said_in_other_words(tmp_path: Path) -> None:
    assert answered("keywords", ALL["2.1/clipboard-untold"], tmp_path) == "hit"
    # Nobody is prompted, but the words stand in the settings, and a script does not tell a prompt from an entry.
    assert answered("keywords", ALL["1.2/straight-to-the-main-page"], tmp_path) == "missed"
    said = keywords.answer(dossier(ALL["1.1/nothing-to-open"].sources, tmp_path))
    assert said.verdict("cac-2019/1.1") == "suspected"


def test_the_recording_of_a_dossier_is_a_run_file(tmp_path: Path) -> None:
    lines = (dossier(UMENG.sources, tmp_path) / "run.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["app"]["package"] == "cn.qinghe.market"
