"""What forms ask for: known by hints and labels, never by what somebody typed."""

import pytest

from mingjian.extract.screen_reading import read_screen
from mingjian.model.run import Node, Ui

APP = "cn.example.shop"


def said(*nodes: tuple[str, str], password: bool = False) -> set[tuple[str, str | None]]:
    rows = tuple(
        Node(cls=f"android.widget.{cls}", text=text, bounds=(0, 100 * at, 1080, 100 * at + 90), password=password and cls == "EditText")
        for at, (cls, text) in enumerate(nodes)
    )
    screen = Ui(seq=2, ts=1.0, part=0, activity="FormActivity", package=APP, nodes=rows, density=3.0)
    return {(each.action, each.data) for each in read_screen(screen, APP).said if each.action in ("ask", "prompt.purpose")}


@pytest.mark.parametrize(
    ("hint", "data"),
    [
        ("请输入身份证号码", "identity.id_card"),
        ("請輸入身份證號", "identity.id_card"),
        ("护照号码", "identity.passport"),
        ("请输入银行卡号", "finance.bank_account"),
        ("Enter your ID card number", "identity.id_card"),
        ("Bank account number", "finance.bank_account"),
    ],
)
def test_a_hint_names_what_is_asked_for(hint: str, data: str) -> None:
    assert said(("TextView", "实名信息"), ("EditText", hint)) == {("ask", data)}


def test_a_label_before_an_empty_field_names_it() -> None:
    assert said(("TextView", "身份证号"), ("EditText", "")) == {("ask", "identity.id_card")}


def test_a_label_counts_for_the_field_right_behind_it_alone() -> None:
    assert said(("TextView", "身份证号"), ("TextView", "姓名"), ("EditText", "")) == set()


def test_the_purpose_on_the_same_screen_is_told_for_it() -> None:
    found = said(("TextView", "身份证号码仅用于办理海关清关"), ("EditText", "请输入身份证号码"))
    assert found == {("ask", "identity.id_card"), ("prompt.purpose", "identity.id_card")}


@pytest.mark.parametrize(
    "nodes",
    [
        [("TextView", "身份证号码仅用于办理海关清关"), ("Button", "知道了")],
        [("TextView", "请输入身份证号码"), ("Button", "下一步")],
        [("EditText", "330106199001011234")],
        [("EditText", "搜索商品")],
        [("TextView", "为保护您的账户安全，平台不会以任何名义向您索要身份证号码和银行卡号"), ("EditText", "搜索")],
    ],
)
def test_words_without_such_a_field_ask_for_nothing(nodes: list[tuple[str, str]]) -> None:
    assert {action for action, _ in said(*nodes) if action == "ask"} == set()


def test_two_fields_ask_for_two_things() -> None:
    assert said(("EditText", "身份证号"), ("EditText", "银行卡号")) == {("ask", "identity.id_card"), ("ask", "finance.bank_account")}
