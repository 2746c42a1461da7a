import pytest
from package_samples import element, reader

from mingjian.extract import Context, layout
from mingjian.extract.layout import contrast, text_size
from mingjian.model.line import format_line


def stated(*elements: object) -> list[str]:
    observations, _ = layout.extract(reader(elements={"elements": list(elements)}), Context("a" * 64))
    return [format_line(each) for each in observations]


def test_a_ticked_box_beside_words_of_consent_is_a_preset_tick() -> None:
    box = element("CheckBox", "/LinearLayout/LinearLayout[1]/CheckBox[1]", checked="true")
    words = element("TextView", "/LinearLayout/LinearLayout[1]/TextView[1]", text="我已阅读并同意《用户协议》")
    assert stated(box, words) == ["declared tick.preset via layout"]
    unticked = box | {"attributes": {}}
    assert stated(unticked, words) == ["declared tick via layout"]


def test_the_terms_may_be_a_link_beside_the_words_of_the_box() -> None:
    box = element("CheckBox", "/LinearLayout/LinearLayout[1]/CheckBox[1]", checked="true", text="我已阅读并同意")
    link = element("TextView", "/LinearLayout/LinearLayout[1]/TextView[1]", text="《隐私政策》")
    assert stated(box, link) == ["declared tick.preset via layout", "declared link.policy via layout"]
    assert stated(box) == []


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("登录", ["declared account via layout"]),
        ("退出登录", ["declared account via layout"]),
        ("已注册商标", []),
        ("登录即代表您已阅读并同意《用户协议》", ["declared account via layout", "declared consent.implied via layout"]),
        ("继续使用视为同意本协议", ["declared consent.implied via layout"]),
        ("点击“同意”即表示您已阅读并同意《用户协议》", []),
        ("By signing in, you agree to the terms", ["declared consent.implied via layout"]),
        ("Do you agree to the terms?", []),
        ("使用本应用不代表您同意向第三方提供信息", []),
    ],
)
def test_accounts_and_consent_that_is_only_implied(words: str, lines: list[str]) -> None:
    assert stated(element("TextView", "/LinearLayout/TextView[1]", text=words)) == lines


def test_consent_that_a_box_beside_it_asks_for_is_not_implied() -> None:
    words = element("TextView", "/LinearLayout/LinearLayout[1]/TextView[1]", text="使用即表示您同意《用户协议》")
    box = element("CheckBox", "/LinearLayout/LinearLayout[1]/CheckBox[1]")
    assert stated(box, words) == ["declared tick via layout"]


def test_a_layout_of_a_split_says_so() -> None:
    containers = [{"path": "shop.apk", "split": None}, {"path": "split_x.apk", "split": "x"}]
    link = element("TextView", "/TextView", text="《隐私政策》")
    inside = link | {"container": "split_x.apk"}
    answers = {"elements": {"elements": [link | {"container": "shop.apk"}, inside]}, "identity": {"containers": containers}}
    (observation,), _ = layout.extract(reader(**answers), Context("a" * 64))
    assert [each.locator for each in observation.evidence] == [
        "xml:res/layout/login.xml!/TextView",
        "xml:split_x.apk!res/layout/login.xml!/TextView",
    ]


def test_a_ticked_box_about_something_else_is_none() -> None:
    box = element("CheckBox", "/LinearLayout/LinearLayout[1]/CheckBox[1]", checked="true", text="记住密码")
    words = element("TextView", "/LinearLayout/LinearLayout[1]/TextView[1]", text="我已阅读并同意《用户协议》")
    assert stated(box, words) == []
    far = element("CheckBox", "/LinearLayout/LinearLayout[2]/CheckBox[1]", checked="true")
    assert stated(far, words) == []
    other_file = element("CheckBox", "/LinearLayout/LinearLayout[1]/CheckBox[1]", file="res/layout/other.xml", checked="true")
    assert stated(other_file, words) == []


@pytest.mark.parametrize("words", ["接受推送通知", "我同意接收优惠短信", "Accept cookies from this site", "我不同意《用户协议》"])
def test_a_box_that_asks_for_something_else_is_none_beside_a_link(words: str) -> None:
    box = element("CheckBox", "/LinearLayout/CheckBox[1]", checked="true", text=words)
    assert stated(box, element("TextView", "/LinearLayout/TextView[1]", text="《隐私政策》")) == ["declared link.policy via layout"]


def test_a_box_without_words_means_those_up_to_the_next_box() -> None:
    about = element("TextView", "/LinearLayout/TextView[1]", text="自动播放")
    consent = element("TextView", "/LinearLayout/TextView[2]", text="我已阅读并同意《用户协议》")
    switch = element("Switch", "/LinearLayout/Switch[1]", checked="true")
    bare = element("CheckBox", "/LinearLayout/CheckBox[1]", checked="true")
    other = element("CheckBox", "/LinearLayout/CheckBox[2]", checked="false", text="记住密码")
    preset = ["declared tick.preset via layout"]
    assert stated(about, switch, consent) == []
    assert stated(consent, switch) == preset
    assert stated(bare, consent) == preset
    assert stated(consent, bare) == preset
    assert stated(bare, other, consent) == []


def test_a_policy_link_and_its_legibility() -> None:
    group = element("LinearLayout", "/LinearLayout", background="#ffffffff")
    link = element("TextView", "/LinearLayout/TextView[1]", text="《隐私政策》", textSize="8.0sp", textColor="#ffcccccc")
    # Grey cc on white: luminance 0.604, contrast 1.05 / 0.654 = 1.6.
    assert stated(group, link) == [
        "declared link.policy via layout",
        "declared legible.small via layout count 8",
        "declared legible.pale via layout count 16",
    ]
    plain = element("TextView", "/LinearLayout/TextView[1]", text="《隐私政策》", textSize="10.0sp", textColor="#ff333333")
    assert stated(group, plain) == ["declared link.policy via layout"]
    assert stated(group, element("TextView", "/LinearLayout/TextView[1]", text="优惠券", textSize="8.0sp")) == []


@pytest.mark.parametrize(
    ("text", "background", "ratio"),
    [("#ff000000", "#ffffffff", 21.0), ("#ff777777", "#ffffffff", 4.48), ("#80000000", "#ffffffff", 4.0), ("#ffffff", "#ffffffff", 1.0)],
)
def test_contrast_is_that_of_wcag(text: str, background: str, ratio: float) -> None:
    assert contrast(text, background) == pytest.approx(ratio, abs=0.05)


def test_colours_and_sizes_that_are_not_known_stay_unknown() -> None:
    assert contrast("#ffcccccc", "?0x01010054") is None
    assert contrast("#ffcccccc", "#80ffffff") is None
    assert contrast(None, "#ffffffff") is None
    assert text_size("@0x7f070012") is None
    assert text_size("12.0px") is None
    assert text_size("9.5sp") == 9.5


def test_layouts_that_are_web_pages_are_not_the_screens() -> None:
    def status(files: int, web: int) -> str:
        views = [element("android.webkit.WebView", "/WebView", file=f"res/layout/w{number}.xml") for number in range(web)]
        _, (row,) = layout.extract(reader(elements={"elements": views, "files": files}), Context("a" * 64))
        return row.status

    assert status(10, 0) == "complete"
    assert status(10, 1) == "partial"
    assert status(0, 0) == "partial"


def test_a_damaged_resource_table_is_coverage_lost() -> None:
    fault = {"where": "resources.arsc#8", "code": "package_damaged", "what": "a chunk is damaged"}
    _, (whole,) = layout.extract(reader(), Context("a" * 64))
    _, (lost,) = layout.extract(reader(resources={"faults": [fault], "complete": False}), Context("a" * 64))
    assert (whole.status, lost.status) == ("complete", "partial")
    assert lost.reason is not None and "resources.arsc#8" in lost.reason.en
