"""What only a row of screens tells, each with its near misses."""

import pytest
from screens_made import APP, collect, lines, source, ui

from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known
from mingjian.extract.screens import Screens
from mingjian.extract.settings_screen import named_switches
from mingjian.model.run import AnyEvent, Mark, Shade, Ui
from mingjian.model.types import Evidence, Observation

PROMPT = ["T 温馨提示", "T 请您阅读《隐私政策》", "B 不同意", "B 同意"]
LOCATION = ["T 要允许“小鹿”获取此设备的位置信息吗？", "B 使用时允许", "B 不允许"]
CAMERA = ["T 要允许“小鹿”拍摄照片和录制视频吗？", "B 使用时允许", "B 不允许"]
HOME = ["T 小鹿记账", "t 账单", "t 统计", "t 我的"]
SYSTEM = "com.android.permissioncontroller"


def mark(seq: int, seconds: float, name: str, data: str | None = None, by: str = "script") -> Mark:
    return Mark(seq=seq, ts=seconds * 1000, name=name, data=data, by=by)  # type: ignore[arg-type]


def see(seq: int, seconds: float, rows: list[str], **given: object) -> Ui:
    return ui(seq, rows, seconds * 1000, **given)


def dialog(seq: int, seconds: float, rows: list[str]) -> Ui:
    return see(seq, seconds, rows, package=SYSTEM)


STARTED = [mark(2, 0, "install"), mark(3, 1, "launch")]
IN_USE = [*STARTED, mark(4, 5, "accepted")]


def of(action: str, events: list[AnyEvent], phase: str | None = None) -> list[str]:
    """The statements of one action."""
    return [line for line in lines(collect(events), phase) if line.removeprefix("~ ").split(" ")[0] == action]


# Asking again, and asking in a loop


def test_a_request_that_comes_back_after_it_was_denied() -> None:
    denied = mark(6, 11, "permission_denied", "permission.location")
    events = [*IN_USE, dialog(5, 10, LOCATION), denied, see(7, 12, HOME), dialog(8, 30, LOCATION), see(9, 32, HOME)]
    assert of("ask.again", events) == ["ask.again permission.location 1"]
    assert of("ask.again", events, "after_denial") == ["ask.again permission.location 1"]


def test_another_request_after_a_denial_is_no_repetition() -> None:
    denied = mark(6, 11, "permission_denied", "permission.location")
    assert not of("ask.again", [*IN_USE, dialog(5, 10, LOCATION), denied, see(7, 12, HOME), dialog(8, 30, CAMERA)])


def test_a_request_seen_many_times_without_an_answer_is_one() -> None:
    events = [*IN_USE, *(dialog(10 + second, 10 + second, LOCATION) for second in range(8))]
    assert not of("ask.again", events)
    assert not of("block", events)
    [asked] = [each for each in collect(events).observations if each.action == "ask"]
    assert asked.sites == 8


def test_a_request_that_was_granted_may_come_for_another_reason() -> None:
    granted = mark(6, 11, "permission_granted", "permission.location")
    assert not of("ask.again", [*IN_USE, dialog(5, 10, LOCATION), granted, see(7, 12, HOME), dialog(8, 30, LOCATION)])


def test_the_prompt_comes_back_after_the_refusal() -> None:
    events = [*STARTED, see(5, 2, PROMPT), mark(6, 5, "declined"), see(7, 6, HOME), see(8, 20, PROMPT)]
    assert of("ask.again", events) == ["ask.again 1"]
    assert not of("block", events)


def test_a_prompt_before_any_refusal_is_asked_once() -> None:
    assert not of("ask.again", [*STARTED, see(5, 2, PROMPT), see(7, 6, HOME), see(8, 20, PROMPT)])


def loop(between: bool, seconds: int = 10) -> list[AnyEvent]:
    events: list[AnyEvent] = [*IN_USE]
    for turn in range(3):
        at = 10.0 + turn * seconds
        events.append(dialog(10 + turn * 10, at, LOCATION))
        events.append(mark(11 + turn * 10, at + 1, "permission_denied", "permission.location"))
        if between:
            events.append(see(12 + turn * 10, at + 3, HOME))
    return events


def test_a_request_without_end_blocks() -> None:
    assert of("block", loop(between=False)) == ["block permission.location"]
    assert of("ask.again", loop(between=False)) == ["ask.again permission.location 2"]


def test_requests_long_after_each_other_are_no_loop_though_nothing_was_seen_between() -> None:
    assert not of("block", loop(between=False, seconds=60))
    assert of("ask.again", loop(between=False, seconds=60)) == ["ask.again permission.location 2"]


def test_requests_between_which_the_app_can_be_used_do_not_block() -> None:
    assert not of("block", loop(between=True))
    assert of("ask.again", loop(between=True)) == ["ask.again permission.location 2"]


def test_a_screen_whose_phase_is_not_known_is_no_repetition() -> None:
    assert not of("ask.again", [dialog(2, 1, LOCATION), see(3, 2, HOME), dialog(4, 3, LOCATION)])


# Leaving


def leaving(after: str, data: str | None, by: str, seconds: float) -> list[AnyEvent]:
    begin = STARTED if after == "declined" else IN_USE
    return [*begin, see(5, 6, HOME), mark(6, 10, after, data), mark(7, 10 + seconds, "closed", by=by)]


def test_an_app_that_ends_when_it_is_refused_blocks() -> None:
    assert of("block", leaving("declined", None, "ui", 2), "after_refusal") == ["block"]
    denied = leaving("permission_denied", "android.permission.READ_CALL_LOG", "system", 2)
    assert of("block", denied, "after_denial") == ["block permission.call_log.READ_CALL_LOG"]


@pytest.mark.parametrize(("by", "seconds"), [("script", 2), ("operator", 2), ("ui", 500)])
def test_an_app_that_was_ended_or_ended_much_later_does_not(by: str, seconds: float) -> None:
    assert not of("block", leaving("declined", None, by, seconds))


def test_an_app_that_somebody_left_perhaps() -> None:
    events = leaving("declined", None, "ui", 2)
    assert of("block", [*events, mark(8, 11, "user_action")]) == ["~ block"]


def test_an_app_that_is_still_on_screen_did_not_end() -> None:
    assert not of("block", [*leaving("declined", None, "system", 2), see(8, 20, HOME)])


def test_a_page_without_a_way_on_is_put_to_what_was_denied() -> None:
    page = ["T 未获得授权，将无法使用本应用", "B 退出"]
    events = [*IN_USE, mark(6, 10, "permission_denied", "permission.camera.CAMERA"), see(7, 12, page)]
    assert of("block", events) == ["block permission.camera.CAMERA"]


# Several at once


def test_requests_one_after_the_other() -> None:
    events = [*IN_USE, dialog(5, 10, LOCATION), mark(6, 20, "permission_denied", "permission.location"), dialog(7, 21, CAMERA)]
    assert of("ask.together", [*events, see(8, 30, HOME)]) == ["ask.together permission.location 2"]


@pytest.mark.parametrize("between", [see(6, 12, HOME), mark(6, 12, "user_action"), mark(6, 12, "background")])
def test_requests_with_something_in_between(between: AnyEvent) -> None:
    assert not of("ask.together", [*IN_USE, dialog(5, 10, LOCATION), between, dialog(7, 14, CAMERA)])


def test_one_request_twice_is_no_several() -> None:
    assert not of("ask.together", [*IN_USE, dialog(5, 10, LOCATION), mark(6, 11, "permission_denied"), dialog(7, 12, LOCATION)])


def test_requests_long_after_each_other_are_uncertain() -> None:
    events = [*IN_USE, dialog(5, 10, LOCATION), mark(6, 11, "permission_granted"), dialog(7, 60, CAMERA)]
    assert of("ask.together", events) == ["~ ask.together permission.location 2"]


# What was told before


WHY = ["T 相机权限使用说明", "T 用于拍摄票据并自动识别金额", "B 知道了"]


def test_the_purpose_on_the_screen_before() -> None:
    assert of("prompt.purpose", [*IN_USE, see(5, 9, WHY), dialog(6, 10, CAMERA)]) == ["prompt.purpose permission.camera.CAMERA"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("We need the camera permission to scan the code on your parcel", True),
        ("Stridewell uses your camera so you can add a photo", True),
        ("允许使用相机才能扫描单号", True),
        ("需要相机权限，方便您拍照上传", True),
        ("We need access to the camera", False),
        ("需要使用您的相机", False),
    ],
)
def test_what_a_permission_is_for_is_told_in_many_ways(words: str, told: bool) -> None:
    assert bool(of("prompt.purpose", [*IN_USE, see(5, 9, [f"T {words}", "B OK"]), dialog(6, 10, CAMERA)])) is told


def test_the_purpose_of_another_permission() -> None:
    assert not of("prompt.purpose", [*IN_USE, see(5, 9, WHY), dialog(6, 10, LOCATION)])


def test_a_purpose_told_and_left_again() -> None:
    assert not of("prompt.purpose", [*IN_USE, see(5, 8, WHY), see(6, 9, HOME), dialog(7, 10, CAMERA)])


def test_a_purpose_that_still_stands_there_afterwards_is_uncertain() -> None:
    events = [*IN_USE, see(5, 9, HOME), dialog(6, 10, CAMERA), see(7, 11, WHY)]
    assert of("prompt.purpose", events) == ["~ prompt.purpose permission.camera.CAMERA"]


def test_a_first_prompt_that_speaks_of_all_permissions_is_uncertain() -> None:
    everything = ["T 请您阅读《隐私政策》。我们会申请相机权限，用于拍摄票据", "B 不同意", "B 同意"]
    assert of("prompt.purpose", [*STARTED, see(5, 2, everything), dialog(6, 4, CAMERA)]) == ["~ prompt.purpose permission.camera.CAMERA"]


def test_the_purpose_beside_the_request() -> None:
    words = ui(5, CAMERA, 10_000.0, package=SYSTEM)
    beside = ui(6, ["T 相机权限：用于拍摄票据"], 10_000.0)
    both = Ui(seq=5, ts=10_000.0, nodes=(*beside.nodes, *(node for node in words.nodes if node.up is None)), package=APP)
    shifted = tuple(node for node in words.nodes if node.up is not None)
    root = len(both.nodes) - 1
    overlaid = Ui(
        seq=5, ts=10_000.0, package=SYSTEM, nodes=(*both.nodes, *(type(node)(**{**_fields(node), "up": root}) for node in shifted))
    )
    assert of("prompt.purpose", [*IN_USE, overlaid]) == ["prompt.purpose permission.camera.CAMERA"]


def _fields(node: object) -> dict[str, object]:
    return {name: getattr(node, name) for name in node.__struct_fields__}  # type: ignore[attr-defined]


# Boxes


OFF = ["E 手机号", "B 登录", "C 我已阅读并同意《隐私政策》"]
ON = ["E 手机号", "B 登录", "X 我已阅读并同意《隐私政策》"]


def test_a_box_that_was_empty_before_is_not_preset() -> None:
    assert not of("tick.preset", [*STARTED, see(5, 2, OFF), see(6, 4, ON)])


def test_a_box_that_a_tap_ticked_is_not_preset() -> None:
    assert not of("tick.preset", [*STARTED, see(5, 2, ON, by="我已阅读并同意《隐私政策》")])
    assert of("tick.preset", [*STARTED, see(5, 2, ON, by="登录")]) == ["tick.preset"]


def test_a_box_that_somebody_may_have_ticked_is_uncertain() -> None:
    assert of("tick.preset", [*STARTED, mark(4, 2, "user_action"), see(5, 3, ON)]) == ["~ tick.preset"]


# The policy


POLICY = [
    "T 隐私政策",
    "T 更新日期：2026年1月1日。我们会在您注册时收集您的手机号码，用于创建账号。我们会将信息存储于境内。"
    "未经您的同意，我们不会与第三方共享您的个人信息。"
    "您有权访问、更正、删除您的个人信息，并可以注销账号。如有疑问请联系我们。我们可能适时修订本政策内容，修订后会通知您。感谢您的信任与支持，祝您使用愉快。"
    "我们采取加密、访问控制等安全措施保护您的个人信息。",
]


def test_the_nearest_way_counts() -> None:
    events = [*IN_USE, see(5, 10, POLICY, taps=6), see(6, 20, HOME, taps=0), see(7, 30, POLICY, taps=3)]
    assert of("publish.rules", events) == ["publish.rules 3"]
    assert not of("link.policy.far", events)


def test_a_policy_in_a_browser_counts_when_the_app_led_there() -> None:
    there = see(6, 12, POLICY, package="com.android.chrome", taps=2)
    assert of("publish.rules", [*IN_USE, see(5, 10, HOME), there]) == ["publish.rules 2"]
    assert not of("publish.rules", [*IN_USE, there])


SHORT = ["T 商城隐私政策", "T 我们收集您的手机号码，用于注册账号。"]
UNTITLED = ["T 详情", f"T {POLICY[1][2:]}{POLICY[1][2:]}"]
NOTICE = ["T 声明", f"T {'本应用由小鹿科技提供，感谢您的使用，祝您生活愉快。' * 10}"]


@pytest.mark.parametrize(
    ("rows", "said"), [(SHORT, ["publish.rules 2"]), (UNTITLED, ["publish.rules 2"]), (NOTICE, ["~ publish.rules 2"]), (HOME, [])]
)
def test_what_a_tap_on_the_policy_led_to(rows: list[str], said: list[str]) -> None:
    assert of("publish.rules", [*IN_USE, see(5, 10, rows, by="隐私政策", taps=2)]) == said
    assert not of("publish.rules", [*IN_USE, see(5, 10, rows, by="用户协议", taps=2)])


def test_screens_of_another_app_say_nothing() -> None:
    assert not lines(collect([*STARTED, see(5, 2, PROMPT, package="com.other"), see(6, 3, POLICY, package="com.other")]))


FAILED = ["T 出错了", "T 页面不存在 404"]


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("隐私政策", "link.policy.dead"),
        ("点击“注销账号”", "account.cancel.dead"),
        ("投诉举报", "complain.dead"),
        ("撤回同意", "withdraw.dead"),
    ],
)
def test_a_tap_that_led_to_a_failure(by: str, said: str) -> None:
    assert of(said, [*IN_USE, see(5, 10, HOME), see(6, 12, FAILED, by=by)]) == [said]


@pytest.mark.parametrize("words", ["T 功能暂未开放，敬请期待", "T 该功能暂不支持", "T Coming soon"])
def test_a_function_that_is_not_there_yet_leads_nowhere(words: str) -> None:
    page = ["T 撤回同意", words]
    assert of("withdraw.dead", [*IN_USE, see(5, 10, HOME), see(6, 12, page, by="撤回同意")]) == ["withdraw.dead"]


def test_a_page_that_takes_the_withdrawal_is_no_dead_end() -> None:
    page = ["T 撤回同意", "T 撤回后部分功能将不可用", "B 确认撤回同意"]
    assert of("withdraw.dead", [*IN_USE, see(5, 10, HOME), see(6, 12, page, by="撤回同意")]) == []


def test_a_tap_that_changed_nothing_is_uncertain() -> None:
    assert of("account.cancel.dead", [*IN_USE, see(5, 10, HOME), see(6, 12, HOME, by="注销账号")]) == ["~ account.cancel.dead"]


def test_a_tap_on_something_else_that_failed() -> None:
    said = lines(collect([*IN_USE, see(5, 10, HOME), see(6, 12, FAILED, by="账单")]))
    assert not [line for line in said if ".dead" in line]


@pytest.mark.parametrize("words", ["系统维护中，请稍后再来", "该功能暂时无法使用", "页面建设中", "Temporarily unavailable"])
def test_an_entry_that_only_apologises_is_dead(words: str) -> None:
    said = lines(collect([*IN_USE, see(5, 10, ["T 设置", "t 注销账号"]), see(6, 12, ["T 注销账号", f"T {words}"], by="注销账号")]))
    assert "account.cancel.dead" in said


def test_a_page_that_only_speaks_of_maintenance_is_not_dead() -> None:
    page = ["T 注销账号", "T 注销后无法恢复。维护时段内的申请顺延处理。", "B 确认注销"]
    assert not of("account.cancel.dead", [*IN_USE, see(5, 10, ["T 设置", "t 注销账号"]), see(6, 12, page, by="注销账号")])


# What is still there after cancelling

ORDERS = ["T 我的订单", "T 订单编号：202501020304050"]
DOOR = ["T 登录", "E 手机号", "E 验证码", "B 登录"]


def cancelled(*after: AnyEvent, shown: list[str] = ORDERS) -> list[AnyEvent]:
    return [*IN_USE, see(5, 10, shown), mark(6, 20, "cancel_done"), *after]


def test_an_order_that_comes_back_after_a_new_sign_in_was_kept() -> None:
    events = cancelled(see(7, 30, DOOR), see(8, 40, ORDERS))
    assert of("persist", events, "after_cancel") == ["persist finance.payment"]
    assert not of("persist", events, "foreground")
    [persist] = [each for each in collect(events).observations if each.action == "persist"]
    assert [each.locator for each in persist.evidence] == ["run:5", "run:8"]


def test_the_same_user_id_after_a_new_sign_in_was_kept() -> None:
    mine = ["T 我的", "T 用户ID：83726155"]
    assert of("persist", cancelled(see(7, 30, DOOR), see(8, 40, mine), shown=mine)) == ["persist netid.account"]


def test_an_order_that_the_phone_may_have_stored_was_kept_perhaps() -> None:
    assert of("persist", cancelled(see(8, 40, ORDERS))) == ["~ persist finance.payment"]


@pytest.mark.parametrize(
    "rows", [["T 我的订单", "T 您还没有订单"], ["T 我的订单", "T 订单编号：202501020304051"], ["T 我的", "T 手机号 13800000001"]]
)
def test_another_order_or_what_the_user_typed_in_was_not_kept(rows: list[str]) -> None:
    shown = [*ORDERS, "T 手机号 13800000001"]
    assert not of("persist", cancelled(see(7, 30, DOOR), see(8, 40, rows), shown=shown))


def test_without_cancelling_nothing_was_kept() -> None:
    assert not of("persist", [*IN_USE, see(5, 10, ORDERS), see(7, 30, DOOR), see(8, 40, ORDERS)])


# Phases, places


def test_a_condition_beside_a_phase_is_stated_as_well() -> None:
    changed = ["T 隐私政策更新提示", "T 我们更新了《隐私政策》，请您阅读", "B 不同意", "B 同意"]
    gained = collect([*IN_USE, mark(6, 10, "update"), see(7, 12, changed)])
    assert "prompt.change" in lines(gained, "foreground")
    assert "prompt.change" in lines(gained, "after_update")


def test_one_screen_seen_ten_times_is_one_statement() -> None:
    gained = collect([*STARTED, *(see(10 + n, 2 + n, PROMPT) for n in range(10))])
    [prompt] = [each for each in gained.observations if each.action == "prompt.policy"]
    assert prompt.sites == 10
    assert prompt.evidence[0].locator == "run:10"
    assert prompt.evidence[0].excerpt == "请您阅读《隐私政策》"
    assert [moment.name for moment in gained.moments] == ["温馨提示"]


def test_lines_in_another_order_say_the_same() -> None:
    events = loop(between=True)
    assert lines(collect(events)) == lines(collect(events[::-1]))


def test_two_files_of_one_session_are_one_row() -> None:
    events = [*IN_USE, dialog(5, 10, LOCATION), mark(6, 11, "permission_denied", "permission.location"), see(7, 12, HOME)]
    first = source(events, artifact="a")
    second = source([each for each in events if isinstance(each, Mark)], artifact="b")
    screens = Screens(Known(Owners(APP, ()), APP))
    screens.begin(first)
    for event in events:
        if isinstance(event, Ui):
            screens.add(event, None)
    screens.begin(second)
    screens.add(dialog(8, 30, LOCATION), None)
    assert "ask.again permission.location 1" in lines(screens.end())


# Legibility


def test_small_and_pale_words_of_the_policy_are_stated_with_the_worst_measure() -> None:
    # Han characters are 0.92 of their size high: 22 pixels at 3 pixels a unit are 7.97 sp; 33 pixels 11.96.
    shades = (Shade(node=2, height=22.0, contrast=2.46), Shade(node=1, height=22.0, contrast=1.2))
    gained = collect([*STARTED, see(5, 2, PROMPT, shades=shades, density=3.0)])
    assert {"legible.small 7", "legible.pale 24"} <= set(lines(gained))


@pytest.mark.parametrize(("density", "height", "contrast"), [(3.0, 33.0, 5.0), (None, 22.0, 3.0)])
def test_words_that_are_large_and_dark_enough_or_not_measured(density: float | None, height: float, contrast: float) -> None:
    shown = see(5, 2, PROMPT, shades=(Shade(node=2, height=height, contrast=contrast),), density=density)
    assert not [line for line in lines(collect([*STARTED, shown])) if "legible" in line]


# What lies behind a sign-in


def test_what_an_account_offers_is_open_until_somebody_signed_in() -> None:
    mine, settings = ["T 我的", "t 登录/注册"], ["T 设置", "t 消息通知"]
    for action in ("account.cancel", "correct", "delete"):
        assert of(action, [*IN_USE, see(5, 10, mine), see(6, 12, settings)], "foreground") == [f"~ {action}"]


def test_after_somebody_signed_in_silence_is_silence() -> None:
    mine, settings = ["T 我的", "t 登录/注册"], ["T 设置", "t 消息通知", "B 退出登录"]
    assert not of("account.cancel", [*IN_USE, see(5, 10, mine), see(6, 40, settings)])


def test_a_sign_in_before_consent_tells_nothing_of_use() -> None:
    events = [*STARTED, see(4, 2, ["E 请输入手机号", "B 登录"]), mark(5, 5, "accepted"), see(6, 12, ["T 设置", "t 消息通知"])]
    assert not of("account.cancel", events)


# A function that an update shut


OPEN, SHUT = ["T 我的账单", "T 本期应还 0.00 元"], ["T 我的账单", "T 请先开启位置权限，再查看账单。", "B 去开启"]
UPDATED = [*IN_USE, see(5, 10, OPEN, activity="Bills"), mark(6, 50, "update"), mark(7, 51, "launch")]
DENIED = mark(9, 60, "permission_denied", "permission.location.ACCESS_FINE_LOCATION")


def test_a_page_that_opened_before_the_update_and_wants_a_permission_after_it_is_an_older_function_shut() -> None:
    events = [*UPDATED, dialog(8, 55, LOCATION), DENIED, see(10, 70, SHUT, activity="Bills")]
    assert of("block.function", events, "after_update") == ["block.function permission.location"]
    english = ["T My bills", "T Enable the location permission in settings to view your bills.", "B Enable"]
    first = see(5, 10, ["T My bills", "T 0.00 due"], activity="Bills")
    events = [*IN_USE, first, *UPDATED[-2:], dialog(8, 55, LOCATION), DENIED, see(10, 70, english, activity="Bills")]
    assert of("block.function", events, "after_update") == ["block.function permission.location"]


def test_a_new_page_that_is_shut_is_no_older_function() -> None:
    events = [*UPDATED, dialog(8, 55, LOCATION), DENIED, see(10, 70, ["T 附近网点", *SHUT[1:]], activity="Branches")]
    assert not of("block.function", events)
    # Many apps have one activity for all their pages.
    assert not of("block.function", [*events[:-1], see(10, 70, ["T 附近网点", *SHUT[1:]], activity="Bills")])


def test_a_page_that_may_always_have_needed_the_permission_was_not_shut_by_the_update() -> None:
    granted = mark(5, 9, "permission_granted", "android.permission.ACCESS_FINE_LOCATION")
    rest = [*UPDATED[-3:], dialog(8, 55, LOCATION), DENIED, see(10, 70, SHUT, activity="Bills")]
    assert not of("block.function", [*IN_USE, granted, *rest])
    assert not of("block.function", [*IN_USE, dialog(4, 8, LOCATION), *rest])
    assert not of("block.function", [*IN_USE, see(5, 10, SHUT, activity="Bills"), *rest[1:]])


def test_without_an_update_nothing_is_shut_by_one() -> None:
    events = [*IN_USE, see(5, 10, OPEN, activity="Bills"), dialog(8, 55, LOCATION), DENIED, see(10, 70, SHUT, activity="Bills")]
    assert not of("block.function", events)


# What a page of the app itself asks for

WANTED = ["T 定位权限未开启", "T 开启后我们用您的大致位置标出附近的账单", "B 立即开启", "t 下次再说"]
DENIED = [*IN_USE, mark(5, 10, "permission_denied", "permission.location")]


def test_a_page_of_the_app_that_asks_for_what_was_denied_asks_again() -> None:
    pages = [
        page
        for number in range(3)
        for page in (see(10 + 2 * number, 20 + 20 * number, WANTED), see(11 + 2 * number, 30 + 20 * number, HOME))
    ]
    assert of("ask.again", [*DENIED, *pages], "after_denial") == ["ask.again permission.location 3"]


def test_one_such_page_is_help() -> None:
    assert of("ask.again", [*DENIED, see(10, 20, WANTED), see(11, 30, HOME)]) == []


def test_such_pages_before_anything_was_denied_are_no_asking_again() -> None:
    pages = [
        page
        for number in range(3)
        for page in (see(10 + 2 * number, 20 + 20 * number, WANTED), see(11 + 2 * number, 30 + 20 * number, HOME))
    ]
    assert of("ask.again", [*IN_USE, *pages]) == []


def test_a_prompt_that_came_back_once_on_a_tap_is_perhaps_what_was_asked_for() -> None:
    refused = [*STARTED, see(4, 2, PROMPT), mark(5, 3, "declined"), see(6, 5, HOME)]
    assert of("ask.again", [*refused, see(7, 10, PROMPT, by="tap 我的")], "after_refusal") == ["~ ask.again 1"]
    assert of("ask.again", [*refused, see(7, 10, PROMPT)], "after_refusal") == ["ask.again 1"]


# An app that goes into use without asking


def test_a_box_that_comes_in_use_is_none_of_the_first_start() -> None:
    box = ["E 手机号", "C 我已阅读并同意《隐私政策》", "B 登录"]
    unasked = [*STARTED, see(4, 2, HOME), mark(5, 62, "no_prompt")]
    assert of("tick", [*unasked, see(6, 100, box)], "before_consent") == []
    assert of("tick", [*unasked, see(6, 100, box)], "foreground") != []
    assert of("tick", [*STARTED, see(4, 2, box)], "before_consent") != []


# A switch by the name that the policy gives it


def test_a_switch_is_known_by_the_name_that_the_policy_gives_it() -> None:
    def says(excerpt: str, rows: list[str], *, negated: bool = False) -> list[str]:
        evidence = (Evidence("0" * 64, "text:0-1", excerpt),)
        claim = Observation("claimed", "policy", "target.switch", actor="app", evidence=evidence, negated=negated)
        screens = Screens(Known(Owners(APP, ()), APP, switches=named_switches([claim])))
        events = [*IN_USE, see(6, 10, rows)]
        screens.begin(source(events))
        for event in events:
            if isinstance(event, Ui):
                screens.add(event, None)
        return [line for line in lines(screens.end(), "foreground") if "target.switch" in line]

    told = "您可以在“我的—设置—猜你想住”中关闭；"
    assert says(told, ["T 设置", "S 猜你想住"]) == ["target.switch"]
    assert says(told, ["T 设置", "S 首页显示猜你想住的房源"]) == ["target.switch"]
    assert says("Turn off “Me > Settings > Fresh finds” to see the same as everybody.", ["T Settings", "S Fresh finds"]) == [
        "target.switch"
    ]
    assert says(told, ["T 设置", "S 夜间模式"]) == []
    assert says(told, ["T 设置", "S 猜你想住"], negated=True) == []
    assert says("您可以在“设置”中关闭。", ["T 设置", "S 设置"]) == []
