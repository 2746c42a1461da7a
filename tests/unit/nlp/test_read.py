"""A whole policy, of one or several documents."""

from mingjian.nlp.read import MOST_STATEMENTS, read
from mingjian.nlp.reading import Reading
from tests.unit.nlp.test_acts import document, line

POLICY_ZH = """# 青禾记账隐私政策
更新日期：2026年4月1日
本政策由成都青禾软件有限公司制定，以下简称“我们”。
# 一、我们如何收集和使用您的信息
# 1. 注册与登录
您注册账号时，我们会收集您的手机号码和短信验证码。
# 2. 记账
我们会收集您填写的账单，用于生成月度报表。我们不会读取您的短信。
# 3. 安全
为了保障账号安全，我们会收集Android ID和IP地址。如您不同意提供，将无法使用本应用。
# 二、我们如何共享您的信息
未经您的单独同意，我们不会向第三方提供您的个人信息。
我们会与广告合作伙伴共享您的设备型号。
# 三、第三方SDK
我们接入了友盟统计SDK，由其收集OAID，用于统计分析。完整名单请见《第三方SDK目录》。
# 四、您的权利
您可以在“我的-设置-账号”中更正您的手机号码，或者注销账号。
# 五、联系我们
您可以发送邮件至 privacy@qinghe.example，我们将在15个工作日内答复。"""

POLICY_EN = """# Quillnote Privacy Policy
Last updated: 3 May 2026.
# Information we collect
When you create an account, we collect your email address and phone number.
To keep your account safe, we collect your IP address and Android ID.
We do not collect your contacts.
# How we share information
We do not sell your personal information.
With your separate consent, we share your email address with couriers to deliver your order.
# Contact us
Write to privacy@quillnote.example. We reply within 15 working days."""

TERMS = """# 青禾记账用户服务协议
您应当遵守法律法规，不得发布违法信息。
您注册账号时，我们会收集您的手机号码，用于创建账号。
本协议适用中华人民共和国法律。
如您违反本协议，我们有权终止服务。"""

NEWS = """# 今日要闻
记者了解到，本市将新开三条公交线路。
市民可以使用手机扫码乘车。"""


def lines(reading: Reading, *actions: str) -> list[str]:
    return [line(each) for each in reading.statements if each.action in actions]


def test_a_chinese_policy_says_what_is_collected_why_and_for_whom() -> None:
    reading = read([document(POLICY_ZH)])
    assert reading.is_policy
    assert lines(reading, "collect") == [
        "collect basic.phone_number for service.account",
        "collect netid.verification_code for service.account",
        "collect finance.payment for stated",
        "not collect comms.sms",
        "collect device.android_id for security",
        "collect network.ip for security",
        "collect device.oaid by sdk.umeng_analytics for analytics",
    ]
    assert lines(reading, "force") == ["force device.android_id for security", "force network.ip for security"]
    assert "share device.model to party.advertiser under consent" in lines(reading, "share")
    assert "embed by sdk.umeng_analytics" in lines(reading, "embed")


def test_an_english_policy_says_what_is_collected_why_and_for_whom() -> None:
    reading = read([document(POLICY_EN)])
    assert reading.is_policy
    assert lines(reading, "collect") == [
        "collect basic.email for service.account",
        "collect basic.phone_number for service.account",
        "collect network.ip for security",
        "collect device.android_id for security",
        "not collect contacts.address_book",
    ]
    assert lines(reading, "share") == ["not share", "share basic.email to party.fulfilment for service.order under separate_consent"]


def test_statements_stand_where_they_are_said() -> None:
    reading = read([document(POLICY_EN)])
    told = next(each for each in reading.statements if each.data == "contacts.address_book")
    assert POLICY_EN[told.start : told.end] == "We do not collect your contacts."
    assert told.words is not None
    assert POLICY_EN[slice(*told.words)].endswith("contacts")
    assert list(reading.statements) == sorted(reading.statements, key=lambda each: (each.document, each.start, each.end))


def test_the_rules_are_counted_once_over_all_documents() -> None:
    reading = read([document(POLICY_ZH), document(TERMS)])
    rules = [each for each in reading.statements if each.action == "publish.rules"]
    assert len(rules) == 1
    assert rules[0].count == sum("\u4e00" <= character <= "\u9fff" for character in POLICY_ZH + TERMS)


def test_a_policy_without_collecting_publishes_no_rules() -> None:
    reading = read([document("# 隐私政策\n我们重视您的隐私。")])
    assert reading.is_policy
    assert lines(reading, "publish.rules", "collect") == []


def test_terms_of_service_and_news_are_no_policies() -> None:
    assert not read([document(TERMS)]).is_policy
    assert not read([document(NEWS)]).is_policy


def test_a_text_without_a_title_that_tells_what_is_collected_is_a_policy() -> None:
    assert read([document(POLICY_ZH.split("\n", 1)[1])]).is_policy


def test_the_second_document_is_told_apart() -> None:
    reading = read([document(NEWS), document(POLICY_EN)])
    assert reading.is_policy
    assert {each.document for each in reading.statements if each.action == "collect"} == {1}


def test_no_document_says_nothing() -> None:
    reading = read([])
    assert not reading.is_policy
    assert reading.statements == ()


def test_two_readings_are_the_same() -> None:
    assert read([document(POLICY_ZH)]) == read([document(POLICY_ZH)])


def test_endless_text_gives_a_bounded_reading() -> None:
    sentence = "我们会收集您的手机号、姓名、收货地址、身份证号码、银行卡号和位置，用于注册账号。"
    reading = read([document("# 隐私政策\n" + "\n".join([sentence] * 3000))])
    assert len(reading.statements) == MOST_STATEMENTS


def test_a_line_without_any_stop_is_read() -> None:
    reading = read([document("# 隐私政策\n" + "我们会收集（" * 4000 + "您的手机号")])
    assert reading.is_policy
