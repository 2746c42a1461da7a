"""Topics of sentences of our own: what a policy's usual sentences are about, in both languages."""

import pytest

from mingjian.nlp.reading import Lang, Sentence, SentenceKind
from mingjian.nlp.topics import LABELS, scores, topics

USUAL: list[tuple[Lang, str, str]] = [
    ("zh", "collection", "您登录时，我们会收集您的手机号码和设备型号。"),
    ("zh", "permission", "为了拍照上传，我们会申请您的相机权限和存储权限。"),
    ("zh", "sharing", "未经您的同意，我们不会向任何第三方提供您的个人信息。"),
    ("zh", "storage", "您的个人信息将存储在中华人民共和国境内的服务器上。"),
    ("zh", "security", "我们采用加密技术和访问控制来防止数据泄露。"),
    ("zh", "rights", "您可以在“我的-设置-账号安全”里注销账号或者更正资料。"),
    ("zh", "change", "本政策变更后，我们会以推送通知或弹窗的方式告知您更新的内容。"),
    ("zh", "contact", "您可以发送邮件至 privacy@example.com 联系我们，我们将在十五个工作日内回复。"),
    ("zh", "special", "未满十四周岁的儿童应当在监护人陪同下使用本产品。"),
    ("en", "collection", "When you sign up we collect your phone number and device model."),
    ("en", "permission", "To let you take a photo we ask for the camera permission."),
    ("en", "sharing", "We will not provide your personal information to any third party without your consent."),
    ("en", "storage", "Your personal information is stored on servers within the territory of China."),
    ("en", "security", "We use encryption and access control to prevent data leakage."),
    ("en", "rights", "You can delete your account or correct your profile in Settings."),
    ("en", "change", "If this policy is revised we will notify you by a pop-up window."),
    ("en", "special", "Children under 14 must use the product with the consent of their guardian."),
]


@pytest.mark.parametrize(("lang", "topic", "text"), USUAL)
def test_a_usual_sentence_has_its_topic(lang: Lang, topic: str, text: str) -> None:
    assert scores([text], lang)[0][topic] > 0


@pytest.mark.parametrize(("lang", "text"), [("zh", "本网站的字体大小可以随意调节。"), ("en", "The weather was lovely all week.")])
def test_a_sentence_about_nothing_of_it_has_no_topic(lang: Lang, text: str) -> None:
    assert [label for label, score in scores([text], lang)[0].items() if score > 0] == []


def test_every_label_is_scored_within_its_bounds() -> None:
    for row in scores([text for lang, _, text in USUAL if lang == "zh"] + ["", "。" * 100_000], "zh"):
        assert tuple(row) == LABELS
        assert all(-1 <= score <= 1 for score in row.values())


def test_no_sentence_no_score() -> None:
    assert scores([], "zh") == []
    assert topics([]) == []


def test_a_sentence_takes_after_the_heading_above_it() -> None:
    lines = ["手机型号", "操作系统版本"]
    under_collection = scores(["我们如何收集您的个人信息", *lines], "zh")[2]["collection"]
    under_contact = scores(["如何联系我们", *lines], "zh")[2]["collection"]
    assert under_collection > under_contact


def _sentence(text: str, lang: Lang, kind: SentenceKind = "paragraph") -> Sentence:
    return Sentence(text, 0, len(text), kind, lang, 0, 0)


def test_each_language_of_a_document_is_read_by_itself() -> None:
    chinese = ["我们如何保护您的信息", "我们采用加密技术来防止数据泄露。"]
    english = ["How we share", "We share your location with advertisers."]
    mixed = [_sentence(chinese[0], "zh"), _sentence(english[0], "en"), _sentence(chinese[1], "zh"), _sentence(english[1], "en")]
    found = topics(mixed)
    assert [found[0], found[2]] == scores(chinese, "zh")
    assert [found[1], found[3]] == scores(english, "en")


def test_a_heading_that_ends_with_a_mark_counts_as_one_where_the_outline_says_so() -> None:
    title, text = "我们如何收集您的个人信息？", "手机型号"
    marked = topics([_sentence(title, "zh", "heading"), _sentence(text, "zh", "item")])
    plain = topics([_sentence(title, "zh"), _sentence(text, "zh", "item")])
    assert marked != plain
