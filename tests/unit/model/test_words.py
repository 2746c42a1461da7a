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
            "observed collect device.android_id by sdk.umeng during before_consent via api",
            "已观察到：同意隐私政策之前，友盟 SDK 收集 Android ID（运行时接口调用）",
            "observed: before consent, Umeng SDK: collect Android ID (API calls at run time)",
        ),
        (
            "claimed not share contacts to host for ads",
            "不向他人提供 联系人信息，提供给远程主机，目的为广告",
            "not share contacts, to a remote host, for advertising",
        ),
        ("observed collect device.imei by unknown via network count 3 second 2", "次数3，一秒内最多2次", "count 3, most in one second 2"),
        ("possible perhaps ask permission.camera.CAMERA", "代码可以（不确定）", "possible (not certain)"),
        (
            "observed share device.imei to host.a.example by unknown via network",
            "未能确定的一方 向他人提供 IMEI",
            "IMEI, to a.example",
        ),
        ("declared legible.small via layout count 8", "字号8sp", "8 sp"),
        ("claimed answer.rights count 15", "时限15个工作日", "15 working days"),
        ("shown publish.rules during foreground count 5", "点击5次可达", "5 taps away"),
        ("shown not attest.misled via review", "检查人员对“是否误导？”答复：否", "a reviewer answers “Is anybody misled?” with no"),
    ],
)
def test_an_observation_reads_as_a_sentence(line: str, zh: str, en: str) -> None:
    observation = parse(line)
    assert zh in observation_in_words(observation, "zh", NAMES)
    assert en in observation_in_words(observation, "en", NAMES)


LABELS = [
    ("all of", "all of these"),
    ("not", "not this"),
    ("violated if", "violated if"),
    ("clause mini/1.1 violated", "clause mini/1.1: violated"),
    ("seen claimed not share personal to !(app|none) via policy", "not share personal information, to anything but the app itself or none"),
    ("seen claimed * device|contacts via policy", "do anything device information or contacts"),
    ("some $x: observed collect personal via api|network", "for some fact of this kind ($x): observed: collect personal information"),
    ("case $x: device.imei by sdk.umeng during before_consent", "$x: IMEI"),
    ("seen claimed collect $x.data by $x.actor via policy", "the actor of $x: collect the data of $x"),
    ("tally minute over 3 of observed collect device.imei via api", "most in one minute over 3"),
    ("tally count under 10 of declared legible.small via layout", "under 10 sp"),
    ("attested misled", "“Is anybody misled?”"),
    ("denied misled", "“Is anybody misled?” with no"),
    ("ask low_relevance data=permission.camera.CAMERA", "(CAMERA) is of low relevance"),
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
