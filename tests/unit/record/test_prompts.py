"""What counts as a prompt for consent, as its buttons, and as a question of the system, with near misses of each."""

import pytest

from mingjian.model.run import Node
from mingjian.record.prompts import answer_button, asked_for, box, button, is_prompt, is_system_question
from mingjian.record.screen import Screen

APP = "com.example.app"
SYSTEM = "com.android.permissioncontroller"
POLICY = Node(text="请阅读《用户协议》和《隐私政策》", package=APP)


def nodes(*labels: str) -> tuple[Node, ...]:
    return tuple(Node(text=label, package=APP, clickable=True, bounds=(0, 100 * at, 500, 100 * at + 90)) for at, label in enumerate(labels))


@pytest.mark.parametrize(
    "label",
    [
        "同意",
        "同意并继续",
        "我同意",
        "我已阅读并同意",
        "同意 并 进入",
        "接受",
        "同意授权",
        "Agree",
        "I Agree",
        "Accept and continue",
        "AGREE & CONTINUE",
    ],
)
def test_words_that_agree(label: str) -> None:
    assert button(nodes(label), "accept") == 0
    assert button(nodes(label), "decline") is None


@pytest.mark.parametrize(
    "label",
    [
        "不同意",
        "拒绝",
        "不同意并退出",
        "暂不使用",
        "退出应用",
        "仅浏览",
        "我不同意",
        "Disagree",
        "Decline",
        "No, thanks",
        "Don't agree",
        "Exit app",
    ],
)
def test_words_that_refuse(label: str) -> None:
    assert button(nodes(label), "decline") == 0
    assert button(nodes(label), "accept") is None


@pytest.mark.parametrize(
    "label", ["继续", "我知道了", "下一步", "登录", "同意书下载", "不再提醒", "Continue", "OK", "Next", "Read the agreement"]
)
def test_words_that_do_neither(label: str) -> None:
    assert button(nodes(label), "accept") is None
    assert button(nodes(label), "decline") is None


def test_a_prompt_has_its_words_and_a_button() -> None:
    assert is_prompt(Screen((POLICY, *nodes("不同意", "同意")), APP), APP)
    assert is_prompt(Screen((POLICY, *nodes("同意")), APP), APP)
    assert not is_prompt(Screen((POLICY, *nodes("登录", "注册")), APP), APP)
    assert not is_prompt(Screen(nodes("不同意", "同意"), APP), APP)
    assert not is_prompt(Screen((POLICY, *nodes("同意")), "com.example.browser"), APP)


def test_a_box_to_tick_is_no_button() -> None:
    ticked = Node(text="同意", package=APP, clickable=True, checkable=True, bounds=(0, 0, 90, 90))
    assert button((POLICY, ticked), "accept") is None
    assert box((POLICY, ticked)) == 1


def test_a_link_beside_the_words_is_not_taken_for_the_button() -> None:
    words = Node(text="同意", package=APP, bounds=(0, 0, 90, 90))
    assert button((words, *nodes("关闭")), "accept") is None
    # Where the tree tells of nothing that it can be tapped, words are all there is.
    assert button((words,), "accept") == 0


def test_the_button_is_what_holds_the_words() -> None:
    outer = Node(cls="android.view.View", package=APP, clickable=True, bounds=(0, 0, 500, 90))
    inner = Node(text="同意", package=APP, up=1, bounds=(200, 0, 300, 90))
    assert button((POLICY, outer, inner), "accept") == 1


def test_a_button_that_is_off_is_none() -> None:
    assert button((Node(text="同意", clickable=True, enabled=False, bounds=(0, 0, 9, 9)),), "accept") is None


def question(words: str, *buttons: tuple[str, str]) -> Screen:
    rows = [Node(text=words, package=SYSTEM)]
    rows += [
        Node(text=text, id=f"{SYSTEM}:id/{id}" if id else "", package=SYSTEM, clickable=True, bounds=(0, 0, 9, 9)) for text, id in buttons
    ]
    return Screen(tuple(rows), SYSTEM)


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("要允许“地图”获取此设备的位置信息吗？", "permission.location"),
        ("Allow Maps to access this device's location?", "permission.location"),
        ("始终允许“地图”访问此设备的位置信息？", "permission.background_location"),
        ("要允许“相机”拍摄照片和录制视频吗？", "permission.camera"),
        ("Allow Recorder to record audio?", "permission.microphone"),
        ("要允许“通话”访问您的通讯录吗？", "permission.contacts"),
        ("要允许“拨号”拨打电话和管理通话吗？", "permission.phone"),
        ("Allow Dialer to access your phone call logs?", "permission.call_log"),
        ("Allow Gallery to access photos, media, and files on your device?", "permission.storage"),
        ("要允许“商城”向您发送通知吗？", "permission.notifications"),
        ("要允许“手环”查找、连接附近的设备并确定它们之间的相对位置吗？", "permission.nearby_devices"),
        ("要允许“手环”访问您的身体活动吗？", "permission.activity_recognition"),
        ("Something nobody has heard of?", None),
    ],
)
def test_what_the_system_asks_for(words: str, asks: str | None) -> None:
    assert asked_for(question(words)) == asks


def test_buttons_are_found_by_id_in_any_language() -> None:
    screen = question(
        "¿Permitir?", ("Mientras se usa", "permission_allow_foreground_only_button"), ("No permitir", "permission_deny_button")
    )
    assert is_system_question(screen)
    assert answer_button(screen, "grant") == 1
    assert answer_button(screen, "deny") == 2


def test_buttons_of_makers_without_ids_are_found_by_their_words() -> None:
    screen = question("是否允许获取位置？", ("仅在使用中允许", ""), ("拒绝", ""))
    assert answer_button(screen, "grant") == 1
    assert answer_button(screen, "deny") == 2


def test_an_installer_page_without_an_answer_is_no_question() -> None:
    assert not is_system_question(question("正在安装", ("完成", "done_button")))
