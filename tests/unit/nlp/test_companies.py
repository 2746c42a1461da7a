"""Names of companies and of who handles personal information."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.nlp.companies import companies, slug
from mingjian.nlp.language import lang


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("演示应用由北京明鉴科技有限公司（以下简称“我们”）运营。", [("北京明鉴科技有限公司", "handler")]),
        ("运营者：明鉴示例（深圳）网络技术有限公司", [("明鉴示例（深圳）网络技术有限公司", "handler")]),
        (
            "我们是杭州示例信息技术股份有限公司，注册地址为杭州市西湖区示例路8号。",
            [("杭州示例信息技术股份有限公司", "handler"), ("杭州市西湖区示例路8号", "address")],
        ),
        ("我们会将订单号提供给上海示例支付服务有限责任公司。", [("上海示例支付服务有限责任公司", "company")]),
        ("示例推送（示例同行（北京）科技有限公司", [("示例同行（北京）科技有限公司", "company")]),
        ("Push SDK(示例同行(北京)科技有限公司)、地图", [("示例同行(北京)科技有限公司", "company")]),
        ("本基金由宁波示例投资合伙企业（有限合伙）管理。", [("宁波示例投资合伙企业（有限合伙）", "company")]),
        (
            "推送服务由示例云（北京）科技有限公司提供技术支持，支付服务由示例付科技有限公司提供。",
            [("示例云（北京）科技有限公司", "company"), ("示例付科技有限公司", "company")],
        ),
        ("广州示例文化传媒有限公司（以下简称“示例文化”）非常重视您的隐私。", [("广州示例文化传媒有限公司", "handler")]),
        (
            "我们接入了华为终端有限公司和示例在线教育科技有限公司的服务。",
            [("华为终端有限公司", "company"), ("示例在线教育科技有限公司", "company")],
        ),
        ("个人信息处理者为中国示例通信股份有限公司", [("中国示例通信股份有限公司", "handler")]),
        ("注册地址：成都市示例路9号（以下简称“我们”），联系电话见下", [("成都市示例路9号", "address")]),
        ("IP地址：用于判断您所在的城市区域", []),
        ("由第三方开发，由我们运营。", []),
        ("公司名称：示例工作室", [("示例工作室", "handler")]),
        ("本应用由晴天工作室开发。", [("晴天工作室", "handler")]),
        ("您可以联系我们的个人信息保护负责人。", [("个人信息保护负责人", "officer")]),
        ("该有限公司应当承担责任。", []),
        ("我们与关联公司共享信息。", []),
        ('The app is operated by Example Tech (Beijing) Co., Ltd. ("we", "us").', [("Example Tech (Beijing) Co., Ltd.", "handler")]),
        ("We, Example Inc., care about privacy.", [("Example Inc.", "handler")]),
        ("Payments are handled by Sample Pay Pte. Ltd. in Singapore.", [("Sample Pay Pte. Ltd.", "company")]),
        (
            "Sample Maps GmbH, Example K.K. and Demo LLC receive it.",
            [("Sample Maps GmbH", "company"), ("Example K.K.", "company"), ("Demo LLC", "company")],
        ),
        ("Contact our data protection officer.", [("data protection officer", "officer")]),
        ("Our registered address is 1 Example Road, Singapore.", [("1 Example Road, Singapore", "address")]),
        ("Access is limited to staff. Use is Limited.", []),
    ],
)
def test_names(text: str, expected: list[tuple[str, str]]) -> None:
    found = [(each.name, each.kind) for each in companies(text, lang(text))]
    assert found == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("北京明鉴科技有限公司", "北京明鉴科技有限公司"),
        ("明鑑示例（北京）科技有限公司", "明鉴示例-北京-科技有限公司"),
        ("Example Tech Co., Ltd.", "example-tech-co-ltd"),
        ("ＥＸＡＭＰＬＥ　Inc.", "example-inc"),
        ("Société Exemple S.A.", "societe-exemple-s-a"),
    ],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text(max_size=200))
def test_a_slug_is_short_and_stable(name: str) -> None:
    assert len(slug(name)) <= 60
    assert slug(slug(name)) == slug(name)
    assert not any(character.isspace() or character.isupper() for character in slug(name))


def test_offsets_are_those_of_the_name() -> None:
    text = "本产品由上海示例科技有限公司运营"
    (each,) = companies(text, "zh")
    assert text[each.start : each.end] == "上海示例科技有限公司"
