"""A page to sign in that stands before everything, with its near misses."""

import pytest
from test_screens_sequence import HOME, IN_USE, PROMPT, STARTED, mark, of, see

from mingjian.model.run import AnyEvent

GATE = ["T 欢迎", "E 请输入手机号", "E 请输入验证码", "B 获取验证码", "B 登录", "t 《用户协议》", "t 《隐私政策》"]
ONE_TAP = ["T 138****0000", "B 本机号码一键登录", "t 《隐私政策》"]
WALL, PERHAPS = ["block netid.account"], ["~ block netid.account"]


def tried(*rows: list[str]) -> list[AnyEvent]:
    """The pages one after the other, something done between any two."""
    events: list[AnyEvent] = [*IN_USE]
    for number, row in enumerate(rows):
        events += [see(10 + 10 * number, 10.0 + 10 * number, row), mark(11 + 10 * number, 15.0 + 10 * number, "user_action")]
    return events


@pytest.mark.parametrize("gate", [GATE, ONE_TAP])
def test_a_page_to_sign_in_that_comes_back_whatever_is_done_is_a_gate(gate: list[str]) -> None:
    assert of("block", tried(gate, gate), "foreground") == WALL


def test_before_consent_is_told_apart() -> None:
    events = [*STARTED, see(5, 2, GATE), mark(6, 3, "user_action"), see(7, 4, GATE)]
    assert of("block", events, "before_consent") == WALL
    assert not of("block", events, "foreground")


def test_the_prompt_before_it_and_a_page_while_starting_are_no_use_of_the_app() -> None:
    events = [
        *STARTED,
        see(5, 2, PROMPT),
        mark(6, 3, "accepted"),
        see(7, 4, ["T 小鹿"]),
        see(8, 5, GATE),
        mark(9, 6, "user_action"),
        see(12, 7, GATE),
    ]
    assert of("block", events, "foreground") == WALL


def test_one_page_alone_says_nothing_of_the_next() -> None:
    assert not of("block", tried(GATE))


def test_a_page_that_nobody_tried_to_pass_is_a_gate_perhaps() -> None:
    events = [*IN_USE, see(10, 10, GATE), see(11, 11, GATE)]
    assert of("block", events, "foreground") == PERHAPS


def test_a_page_behind_which_the_app_was_used_once_is_a_gate_perhaps() -> None:
    assert of("block", tried(GATE, HOME), "foreground") == PERHAPS


@pytest.mark.parametrize("way", ["B 跳过", "t 随便看看", "t 关闭", "t 游客登录", "t 返回"])
def test_a_way_past_it_makes_it_an_offer(way: str) -> None:
    assert not of("block", tried([*GATE, way], [*GATE, way]))


@pytest.mark.parametrize("way", ["I", "t 首页", "t 附近"])
def test_what_may_lead_past_it_leaves_it_open(way: str) -> None:
    assert of("block", tried([*GATE, way], [*GATE, way]), "foreground") == PERHAPS


def test_an_app_that_was_used_before_it_needs_no_account() -> None:
    assert not of("block", tried(HOME, GATE, GATE))


def test_pages_behind_it_may_have_been_reached_without_an_account() -> None:
    assert of("block", tried(GATE, GATE, HOME), "foreground") == PERHAPS


def test_pages_of_somebody_who_signed_in_say_nothing_against_it() -> None:
    assert of("block", tried(GATE, GATE, [*HOME, "B 退出登录"]), "foreground") == WALL


def test_a_page_with_a_label_to_sign_in_is_no_gate() -> None:
    assert not of("block", tried([*HOME, "B 登录"], [*HOME, "B 登录"]))


def test_after_a_denial_other_statements_speak() -> None:
    events = [
        *IN_USE,
        see(5, 10, HOME),
        mark(6, 11, "permission_denied", "permission.location"),
        see(7, 12, GATE),
        mark(8, 13, "user_action"),
    ]
    assert not of("block", [*events, see(9, 14, GATE)])
