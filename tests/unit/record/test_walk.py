"""The walk through an app of 30 screens: loops, a dead end, questions, a list longer than the screen, a screen that shows nothing."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fixtures.adb_server import Server
from fixtures.app_script import script, shortest
from fixtures.played_phone import LAUNCHER, PERMISSIONS, PlayedPhone
from mingjian.record.device import Device
from mingjian.record.hand import Hand
from mingjian.record.prompts import answer_button
from mingjian.record.screen import Eye, Screen, said
from mingjian.record.timing import Timing
from mingjian.record.walk import Walk, Walked

Phones = Callable[..., tuple[PlayedPhone, Device, Server]]

ACTS = {"立即购买", "去结算", "清空历史", "注销账号", "清除缓存", "退出登录", "拨打电话"}
"""What a person would not tap on a stranger's phone, read off the script."""


def walk(phone: PlayedPhone, device: Device, folder: Path) -> tuple[Walked, list[tuple[Screen, int | None, str]]]:
    phone.installed, phone.accepted = "1", True
    eye, hand = Eye(device, folder), Hand(device, phone.package)
    seen: list[tuple[Screen, int | None, str]] = []

    def look() -> Screen:
        while (screen := eye.look()).package == PERMISSIONS:
            hand.tap(screen.centre(answer_button(screen, "deny") or 0))
        return screen

    walked = Walk(hand, look, lambda *each: seen.append(each), Timing(phone.time, phone.wait)).run()
    return walked, seen


def words_of(phone: PlayedPhone, name: str) -> str:
    """The words of the first page of a screen, read off the script."""
    screen = phone.script["screens"][name]
    return " ".join(item["text"] for item in screen["items"][: screen.get("list")])


def test_the_shortest_way_to_the_policy_and_to_every_screen(phones: Phones, tmp_path: Path) -> None:
    phone, device, server = phones()
    walked, seen = walk(phone, device, tmp_path)
    assert walked.policy is not None
    assert len(walked.policy) == shortest(phone.script, "home", "policy") == 4
    assert walked.policy[-1] == "隐私政策"
    taps = {screen.words: taps for screen, taps, by in reversed(seen) if taps is not None and by != "↓"}
    for name, screen in phone.script["screens"].items():
        if screen.get("opaque"):
            continue
        expected = shortest(phone.script, "home", name, lambda label: label in ACTS)
        assert taps.get(words_of(phone, name)) == expected, name
    assert server.unmatched == []


def test_what_acts_is_not_tapped_and_told(phones: Phones, tmp_path: Path) -> None:
    phone, device, _ = phones()
    walked, _ = walk(phone, device, tmp_path)
    assert set(walked.left) == ACTS
    assert not ACTS & set(phone.tapped)
    assert "个性化推荐" not in phone.tapped


def test_an_opaque_screen_is_lost_and_nothing_else_is(phones: Phones, tmp_path: Path) -> None:
    phone, device, _ = phones()
    walked, _ = walk(phone, device, tmp_path)
    assert [(lost.what, lost.detail) for lost in walked.lost] == [("opaque", "今日特价 > 规则")]


def test_an_app_without_opaque_screens_is_walked_whole(phones: Phones, tmp_path: Path) -> None:
    screens = script("mall")["screens"]
    screens["deal_rules"] = {"activity": ".RulesActivity", "items": [{"text": "活动规则"}]}
    phone, device, _ = phones({"screens": screens})
    walked, _ = walk(phone, device, tmp_path)
    assert walked.lost == ()
    assert walked.screens == 26


def test_an_app_without_a_policy_has_no_way_to_it(phones: Phones, tmp_path: Path) -> None:
    screens = script("mall")["screens"]
    for screen in screens.values():
        screen["items"] = [item for item in screen["items"] if item.get("to") != "policy"]
    phone, device, _ = phones({"screens": screens})
    walked, _ = walk(phone, device, tmp_path)
    assert walked.policy is None


def test_a_link_to_an_empty_page_is_no_policy(phones: Phones, tmp_path: Path) -> None:
    screens = script("mall")["screens"]
    screens["policy"]["items"] = [{"text": "网络异常，点击重试"}]
    phone, device, _ = phones({"screens": screens})
    walked, _ = walk(phone, device, tmp_path)
    assert walked.policy is None


@pytest.mark.parametrize(
    ("bound", "value"), [("taps", 5), ("seconds", 20), ("depth", 1), ("pages", 1)], ids=["taps", "seconds", "depth", "pages"]
)
def test_a_bound_that_is_reached_is_told(phones: Phones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: Any) -> None:
    from mingjian.record import walk as walks  # noqa: PLC0415

    bounds = walks._bounds()
    changed = {name: getattr(bounds, name) for name in walks.Bounds.__slots__} | {bound: value}
    monkeypatch.setattr(walks, "_bounds", lambda: walks.Bounds(**changed))
    phone, device, _ = phones()
    walked, _ = walk(phone, device, tmp_path)
    expected = {"taps": "bound", "seconds": "bound", "depth": "depth", "pages": "long_list"}[bound]
    assert expected in {lost.what for lost in walked.lost}


def test_a_feed_whose_rows_never_end_does_not_hold_the_walk(phones: Phones, tmp_path: Path) -> None:
    screens = script("mall")["screens"]
    rows = [{"text": f"第{number}条推荐内容：今天的新鲜事，看看大家都在说什么", "to": f"post{number}"} for number in range(200)]
    screens["deals"] = {"activity": ".FeedActivity", "list": 6, "items": rows}
    for number in range(200):
        screens[f"post{number}"] = {"activity": ".PostActivity", "items": [{"text": f"第{number}条"}, {"text": "作者主页"}]}
    phone, device, _ = phones({"screens": screens})
    walked, _ = walk(phone, device, tmp_path)
    assert walked.policy is not None
    assert sum(1 for label in phone.tapped if label.startswith("第")) <= 4
    assert "long_list" in {lost.what for lost in walked.lost}


def test_a_link_out_of_the_app_is_seen_and_left(phones: Phones, tmp_path: Path) -> None:
    screens = script("mall")["screens"]
    screens["about"]["items"].append({"text": "官方网站", "does": "leave"})
    phone, device, _ = phones({"screens": screens, "declined": "leave"})
    walked, seen = walk(phone, device, tmp_path)
    assert ("官方网站", LAUNCHER) in {(by, screen.package) for screen, _, by in seen}
    assert walked.policy is not None


def test_an_app_that_does_not_come_to_the_front_is_not_walked(phones: Phones, tmp_path: Path) -> None:
    phone, device, _ = phones(refuses_to_start=True)
    walked, seen = walk(phone, device, tmp_path)
    assert [lost.what for lost in walked.lost] == ["not_in_front"]
    assert seen == []
    assert not any(line.startswith("input tap") for line in phone.commands)


@pytest.mark.parametrize(
    "label",
    [
        "立即支付",
        "去结算",
        "拨打电话",
        "注销账号",
        "退出登录",
        "清除缓存",
        "提交订单",
        "删除",
        "发送",
        "分享",
        "Pay now",
        "Log out",
        "Delete account",
        "Call",
        "撤回同意",
    ],
)
def test_labels_that_act(label: str) -> None:
    assert any(each.fullmatch(label.replace(" ", "")) for each in said("never"))


@pytest.mark.parametrize(
    "label",
    [
        "待付款",
        "支付设置",
        "订单",
        "我的订单",
        "账号与安全",
        "隐私政策",
        "注销须知",
        "删除记录说明",
        "通知",
        "Payment methods",
        "Order history",
        "Settings",
        "关于我们",
        "发现",
    ],
)
def test_labels_that_lead_somewhere(label: str) -> None:
    assert not any(each.fullmatch(label.replace(" ", "")) for each in said("never"))


def any_app(seed: int) -> dict[str, Any]:
    """An app of 30 screens whose ways, lists, backs and pop-ups are drawn by lot."""
    draw = Random(seed)
    names = [f"s{number}" for number in range(30)]
    screens: dict[str, Any] = {}
    for number, name in enumerate(names):
        targets = draw.sample(names, draw.randint(0, 4))
        items: list[dict[str, Any]] = [{"text": f"第{chr(0x4E00 + number)}页"}]
        items += [{"text": f"去{chr(0x4E00 + int(target[1:]))}处", "to": target} for target in targets]
        activity = draw.choice([".A", ".B", f".C{number}"])
        screens[name] = {"activity": activity, "items": items}
        if draw.random() < 0.2:
            screens[name]["list"] = draw.randint(2, 3)
        if draw.random() < 0.15:
            screens[name]["back"] = draw.choice(["stay", "leave"])
    # From one screen to the next there is always a way, so that the walk has something to find.
    for one, other in pairwise(draw.sample(names, 12)):
        screens[one]["items"].append({"text": f"去{chr(0x4E00 + int(other[1:]))}处", "to": other})
    screens[names[-1]]["items"] = [{"text": "隐私政策全文"}, {"text": "我们收集您的手机号码"}]
    return {"screens": screens, "home": names[0], "start": None, "permissions": []}


@pytest.mark.parametrize("seed", range(8))
def test_any_app_is_walked_by_the_fewest_taps(phones: Phones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    from mingjian.record import walk as walks  # noqa: PLC0415

    bounds = walks._bounds()
    roomy = {name: getattr(bounds, name) for name in walks.Bounds.__slots__} | {"taps": 5000, "seconds": 1e6, "depth": 30}
    monkeypatch.setattr(walks, "_bounds", lambda: walks.Bounds(**roomy))
    phone, device, _ = phones(any_app(seed))
    walked, seen = walk(phone, device, tmp_path)
    assert walked.lost == ()
    taps = {screen.words: taps for screen, taps, by in reversed(seen) if taps is not None and by != "↓"}
    for name in phone.script["screens"]:
        assert taps.get(words_of(phone, name)) == shortest(phone.script, phone.script["home"], name), name
