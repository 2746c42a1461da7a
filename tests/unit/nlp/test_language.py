"""Language and script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.nlp.language import lang, script, simplified, traditional_share

HANS = "我们重视您的个人信息保护。为了向您提供登录服务，我们会收集您的手机号码与设备型号，并储存在境内的服务器上。"
HANT = "我們重視您的個人資訊保護。為了向您提供登入服務，我們會收集您的手機號碼與設備型號，並儲存在境內的伺服器上。"
ENGLISH = (
    "We value your privacy. When you sign in, we collect your phone number and the model of your device, and we keep it on our servers."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HANS, "zh-Hans"),
        (HANT, "zh-Hant"),
        (ENGLISH, "en"),
        ("Privacy Policy", "en"),
        (f"{HANS}\n{ENGLISH}", "mixed"),
        (f"{HANS * 8}Umeng SDK、Bugly SDK、Tencent Inc.", "zh-Hans"),
        (f"{HANS}\n{HANT}", "zh-Hans"),
        (f"{HANT * 4}著作权归我们所有。", "zh-Hant"),
        ("当社は、お客様の個人情報を適切に取り扱います。登録の際に電話番号を取得することがあります。", "other"),
        ("우리는 귀하의 개인정보를 소중히 여깁니다. 로그인할 때 전화번호를 수집합니다.", "other"),
        ("Мы собираем ваши персональные данные, когда вы входите в приложение.", "other"),
        ("نحن نجمع بياناتك الشخصية عند تسجيل الدخول.", "other"),
        ("Recopilamos los datos personales de su dispositivo para la prestación del servicio y por su seguridad.", "other"),
        ("Nous collectons vos données personnelles pour vous fournir le service dans les conditions de la loi.", "other"),
        ("Keräämme henkilötietojasi palvelun tarjoamiseksi ja turvallisuuden varmistamiseksi sovelluksessamme. " * 6, "other"),
        ("", "other"),
        ("2024-01-01 12345", "other"),
    ],
)
def test_script(text: str, expected: str) -> None:
    assert script(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HANS, "zh"),
        (HANT, "zh"),
        (ENGLISH, "en"),
        ("我们接入了 Umeng SDK 与 Bugly SDK", "zh"),
        ("Our operator is 明鉴科技, a company in Beijing.", "en"),
        ("", "zh"),
    ],
)
def test_language_of_most_of_the_text(text: str, expected: str) -> None:
    assert lang(text) == expected


def test_simplified_is_the_same_text() -> None:
    assert simplified("我們會收集您的個人資訊") == "我们会收集您的个人资讯"
    assert simplified("privacy@example.com") == "privacy@example.com"
    assert traditional_share(HANS) == 0


def test_what_the_converter_cannot_take_keeps_its_place() -> None:
    assert simplified("個\ud800個\x00個") == "个\ufffd个\x00个"


def test_a_long_line_keeps_its_length() -> None:
    text = "個人資訊abc" * 250_000
    assert len(simplified(text)) == len(text)
    assert script(text) == "zh-Hant"


@given(st.text())
def test_the_length_never_changes(text: str) -> None:
    assert len(simplified(text)) == len(text)


@given(st.text(alphabet="個人資訊乾坤后後\n龍龜麵ab。"))
def test_conversion_is_stable(text: str) -> None:
    assert simplified(simplified(text)) == simplified(text)
