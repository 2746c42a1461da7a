"""Which official type an app presents itself as."""

import hashlib
import re
import tracemalloc
from pathlib import Path

import pytest

from mingjian.model.terms import vocabulary
from mingjian.nlp.app_types import NONE, Clues, features, keywords, propose, rank, trained
from training.app_type_list import apps, split, words
from training.evaluate_app_types import FRESH, scores

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("label", "description", "expected"),
    [
        ("小鹿地图", "", "map_navigation"),
        ("橙子", "附近饭馆的炒菜和奶茶，骑手三十分钟送到楼下。", "food_delivery"),
        ("橙子", "附近飯館的炒菜和奶茶，騎手三十分鐘送到樓下。", "food_delivery"),
        ("Larkspur", "Period and ovulation tracker with a fertility calendar.", "womens_health"),
        ("青柚", "车辆开锁骑行，扫码用车，骑完还车，押金秒退。", "vehicle_use"),
        ("浅书", "海量网文连载，书架追更，离线章节。", "ebook"),
    ],
)
def test_an_app_is_what_it_says_it_is(label: str, description: str, expected: str) -> None:
    found = propose(Clues((label,), description))
    assert (found.outcome, found.category) == ("proposed", expected)
    assert found.second in {*vocabulary("categories"), NONE} - {expected}
    assert 0.4 < found.share <= 1


@pytest.mark.parametrize(
    "clues",
    [Clues(), Clues(("☂ 12",), "…"), Clues(("X",)), Clues(permissions=("android.permission.INTERNET", "android.permission.CAMERA"))],
)
def test_nothing_is_proposed_where_nothing_carries_a_type(clues: Clues) -> None:
    found = propose(clues)
    assert (found.outcome, found.category, found.second, found.grounds) == ("unknown", None, None, ())


def test_what_serves_staff_is_none_of_the_39() -> None:
    found = propose(Clues(("班组通",), "企业员工考勤审批，巡检工单派单，设备管理。"))
    assert (found.outcome, found.category) == ("none", None)
    assert found.grounds
    assert propose(Clues(("随身手电",))).outcome == "unknown"


INSIDE = ("LoanApplyActivity", "RepaymentActivity", "CreditLimitActivity", "InstallmentActivity")


def test_a_mixed_app_is_judged_by_what_it_presents_itself_as() -> None:
    inside = propose(Clues(("橙子",), "", tuple(f"com.a.{name}" for name in INSIDE)))
    mixed = propose(Clues(("橙子",), "背单词，做真题，名师网课讲解，错题整理。", tuple(f"com.a.{name}" for name in INSIDE)))
    assert inside.category == "online_lending"
    assert mixed.category == "education"


def test_the_grounds_are_words_of_the_app() -> None:
    clues = Clues(("跑腿王",), "包裹上门取，签收提醒，查运费。", ("com.a.WaybillActivity",), permissions=("android.permission.CAMERA",))
    found = propose(clues)
    assert {ground.source for ground in found.grounds} <= {"label", "description", "component", "permission"}
    assert any(word in clues.description for ground in found.grounds if ground.source == "description" for word in ground.words)
    for ground in found.grounds:
        told = {"label": clues.labels[0], "description": clues.description, "component": "waybill", "permission": "CAMERA"}[ground.source]
        assert all(word.strip("~") in told for word in ground.words)


def test_a_word_within_a_longer_one_of_another_type_does_not_count() -> None:
    assert {type for type, _, _ in keywords(Clues(("短视频大全",)))} == {"short_video"}
    assert {type for type, _, _ in keywords(Clues(("短视频与视频",)))} == {"short_video", "av_entertainment"}


def test_a_text_of_any_length_costs_little() -> None:
    clues = Clues(
        ("a地" * 500_000,), "外b" * 2_000_000, ("C" * 1_000_000,) * 1000, policy="购" * 1_000_000, permissions=("P" * 100,) * 100_000
    )
    tracemalloc.start()
    rank(clues)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 60_000_000
    assert sum(map(len, features(clues).values())) < 60_000


def test_strange_characters_are_no_fault() -> None:
    rank(Clues(("\ud800\udc00\x00\u202e",), "\ud800外卖", ("\ud800.\udfff",), permissions=("\ud800",), sdks=("\udfff",)))


def test_every_type_and_none_has_apps_and_words() -> None:
    known = {*vocabulary("categories"), NONE}
    assert {app.type for app in apps()} == {app.type for app in apps(FRESH)} == set(words()) == set(trained().types) == known


def test_the_lists_are_as_large_as_they_are_said_to_be_and_hold_no_app_twice() -> None:
    learnt, held = split(apps())
    fresh = apps(FRESH)
    texts = [app.text for app in (*learnt, *held, *fresh)]
    assert len(learnt) + len(held) == len(apps()) >= 800
    assert len(held) >= 400
    assert len(fresh) == 75
    assert len(set(texts)) == len(texts)
    assert not {app.clues.labels for app in fresh} & {app.clues.labels for app in apps()}


def test_no_app_and_no_word_of_the_lists_was_taken_from_the_keywords_of_its_type() -> None:
    """What the keyword list tells of a type is never what a listed app of that type is told by. Words of other types occur, as ordinary
    language has them; they mislead, and few apps hold any."""
    own = {id: term.fields["keywords_zh"] for id, term in vocabulary("categories").items()}
    listed = [*apps(), *apps(FRESH)]
    assert [app.text for app in listed if any(word in app.text for word in own.get(app.type, ()))] == []
    assert [(type, word) for type, known in words().items() for word in known if any(taken in word for taken in own.get(type, ()))] == []
    of_others = [app for app in listed if any(word in app.text for type in own if type != app.type for word in own[type])]
    assert len(of_others) < 0.06 * len(listed)


def test_the_goals_are_met_on_what_was_held_out() -> None:
    first, second, _, right = scores(split(apps())[1]).shares
    assert first >= 0.85
    assert second >= 0.95
    assert right >= 0.95


def test_the_weights_are_those_that_were_frozen_before_the_fresh_list_was_written() -> None:
    card = (ROOT / "docs/models/app_types.md").read_text(encoding="utf-8")
    frozen = re.search(r"`([0-9a-f]{64})`", card)
    assert frozen is not None
    assert hashlib.sha256((ROOT / "src/mingjian/nlp/weights/app_types.bin").read_bytes()).hexdigest() == frozen[1]
