import re

import pytest

from mingjian.model.line import parse
from mingjian.model.terms import vocabulary
from mingjian.model.types import Text
from mingjian.model.words import channel_in_words, label_in_words, missing_in_words, observation_in_words

NAMES = {"sdk.umeng": Text("友盟 SDK", "Umeng SDK"), "attest.misled": Text("是否误导？", "Is anybody misled?")}


@pytest.mark.parametrize(
    ("line", "zh", "en"),
    [
        (
            "possible collect device.android_id by sdk.umeng during app_start via code",
            "友盟 SDK 收集 Android ID · 应用启动时（无需任何点击） · 代码可以做到",
            "Umeng SDK collects Android ID · at app start, with no tap at all · possible (code)",
        ),
        (
            "claimed not share contacts to host for ads",
            "不向他人提供 联系人信息，接收方：远程主机，目的：广告 · 隐私政策中声明",
            "does not share contacts to a remote host for advertising · claimed (privacy policy)",
        ),
        (
            "claimed not collect contacts by app",
            "应用自身 不收集 联系人信息 · 隐私政策中声明",
            "the app does not collect contacts · claimed (privacy policy)",
        ),
        (
            "observed collect device.imei by unknown during unknown via network count 3 second 2",
            "未能确定的一方 收集 IMEI · 3次 · 一秒内最多2次 · 何时发生未能确定 · 网络流量中观察到",
            "an unknown party collects IMEI · 3 times · at most 2 in one second · at a time not known · observed (network traffic)",
        ),
        (
            "possible perhaps ask permission.camera.CAMERA by app",
            "应用自身 索取 相机权限（CAMERA） · 代码可以做到（不确定）",
            "the app asks for permission Camera (CAMERA) · perhaps possible (code)",
        ),
        (
            "possible ask.together permission by app during app_start count 6",
            "应用自身 一次索取多组 权限 · 一次6组 · 应用启动时（无需任何点击） · 代码可以做到",
            "the app asks at once for several groups of permissions · 6 groups in one request · at app start, with no tap at all",
        ),
        (
            "declared declare permission.normal.INTERNET by app",
            "应用自身 声明 INTERNET 权限 · 应用清单中可见",
            "the app declares permission INTERNET · found (manifest)",
        ),
        (
            "possible embed by sdk.umeng",
            "友盟 SDK 被集成在应用中 · 代码中可见",
            "Umeng SDK is embedded in the app · found (code)",
        ),
        (
            "possible collect location.precise by app via code count 1 period 2",
            "应用自身 收集 精准定位信息 · 每2秒一次 · 代码可以做到",
            "the app collects Precise location · every 2 s · possible (code)",
        ),
        ("shown ask during foreground", "索取 权限或信息 · ", "asks for a permission or information · "),
        ("shown block during after_refusal", "拒绝提供服务，理由是未给予 同意 · ", "refuses service without consent · "),
        ("declared tick.preset by app via layout", "应用自身：默认勾选同意 · ", "the app: a consent box ticked by default · "),
        (
            "declared legible.small via layout count 8",
            "文字过小 · 字号8sp · 界面布局文件中声明",
            "text too small · 8 sp · declared (layout files)",
        ),
        ("declared legible.small via layout count 1", "字号1sp", "1 sp"),
        ("claimed answer.rights count 15", "时限15个工作日", "15 working days"),
        ("shown publish.rules during foreground count 5", "点击5次可达", "5 taps away"),
        (
            "shown not attest.misled via review",
            "检查人员对“是否误导？”回答“否” · 人工核查中答复",
            "a reviewer answered “Is anybody misled?” with no · answered (a reviewer's answers)",
        ),
    ],
)
def test_an_observation_reads_as_a_sentence(line: str, zh: str, en: str) -> None:
    observation = parse(line)
    assert zh in observation_in_words(observation, "zh", NAMES)
    assert en in observation_in_words(observation, "en", NAMES)


LABELS = [
    ("all of", "all of these"),
    ("not", "this does not hold"),
    ("violated if", "it is violated if"),
    ("clause mini/1.1 violated", "clause mini/1.1: violated"),
    (
        "seen claimed not share personal to !(app|none) via policy",
        "does not share personal information to anything but the app or nobody named",
    ),
    ("seen claimed * device|contacts via policy", "does anything device information or contacts"),
    ("some $x: observed collect personal via api|network", "some fact X: collects personal information · observed"),
    ("case $x: device.imei by sdk.umeng during before_consent", "X: IMEI"),
    ("seen claimed collect $x.data by $x.actor via policy", "the actor of X collects the data of X"),
    ("tally minute over 3 of observed collect device.imei via api", "with a count in one minute over 3"),
    ("tally count under 10 of declared legible.small via layout", "under 10 sp"),
    ("seen declared declare via manifest", "declares permissions · found (manifest)"),
    ("seen observed collect|share personal for any via api", "collects or shares personal information for any purpose · observed"),
    ("seen declared tick|link by app via layout", "the app: a consent box or offer a link"),
    ("tally period under 3 of possible collect location via code", "with a regular period in seconds under 3"),
    ("attested misled", "“Is anybody misled?”"),
    ("denied misled", "“Is anybody misled?” with no"),
    ("ask low_relevance data=permission.camera.CAMERA", "permission Camera (CAMERA) is of low relevance"),
    ("signal no-such-signal", "“no-such-signal”"),
    ("signal ../terms/data", "“../terms/data”"),
]


@pytest.mark.parametrize(("label", "words"), LABELS)
def test_a_label_reads_as_words_in_both_languages(label: str, words: str) -> None:
    assert words in label_in_words(label, "en", NAMES)
    assert re.search("[㐀-鿿]", label_in_words(label, "zh", NAMES)) or label.startswith("signal")


@pytest.mark.parametrize(
    "label", ["", "seen", "seen x", "some $x", "case", "tally", "tally count over", "clause", "ask oracle", "seen claimed a b to", "?"]
)
def test_a_label_of_another_program_stays_as_it_is(label: str) -> None:
    assert label_in_words(label, "zh") == label


def test_what_is_missing_tells_what_to_do() -> None:
    assert "--policy" in missing_in_words("policy", "en")
    assert "同意隐私政策之前" in missing_in_words("api@before_consent", "zh")
    assert "--category" in missing_in_words("subject.category", "zh")
    assert missing_in_words("ether", "en") == "ether"
    for channel in vocabulary("channels"):
        for lang in ("zh", "en"):
            assert "{" not in missing_in_words(f"{channel}@foreground", lang)


def test_a_channel_is_named_with_its_phase() -> None:
    assert channel_in_words("api@before_consent", "en") == "API calls at run time (before consent)"
    assert channel_in_words("policy", "zh") == "隐私政策"
