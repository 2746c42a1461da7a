"""Every plan, played on a phone that is played: which marks are taken down, when, and which phases they make."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.adb_server import Server
from fixtures.app_script import script
from fixtures.builder import build
from fixtures.played_phone import BEGIN, PlayedPhone
from mingjian.errors import InputError, TryAgainError, UsageError
from mingjian.extract.timeline import Timeline
from mingjian.model.run import Mark, Span, Ui
from mingjian.record.device import Device
from mingjian.record.plans import PLANS
from mingjian.record.record import Order, Taken, record
from mingjian.record.timing import Timing

Phones = Callable[..., tuple[PlayedPhone, Device, Server]]
Play = Callable[..., tuple[PlayedPhone, Taken]]

SKEW = 3.25
APPS = Path(__file__).parents[3] / "fixtures" / "apps"
BOX = {"text": "我已阅读并同意《用户协议》和《隐私政策》", "cls": "android.widget.CheckBox", "checkable": True}


@pytest.fixture
def play(phones: Phones, package: Path, package_name: str, tmp_path: Path) -> Play:
    """Records one plan and gives the phone and what was taken."""

    def played(
        plan: str, changes: dict[str, Any] | None = None, order: dict[str, Any] | None = None, **state: Any
    ) -> tuple[PlayedPhone, Taken]:
        phone, device, server = phones({"package": package_name} | (changes or {}), skew=SKEW, **state)
        taken = record(Order(package, plan, **(order or {})), device, tmp_path / "dossier", Timing(phone.time, phone.wait))
        assert server.unmatched == []
        return phone, taken

    return played


def marks(taken: Taken) -> list[Mark]:
    return [event for event in taken.events if isinstance(event, Mark)]


def names(taken: Taken, *but: str) -> list[str]:
    return [mark.name for mark in marks(taken) if mark.name not in but]


def watched(taken: Taken, *, walked: bool) -> set[str]:
    """The phases that the recording spans long enough for silence to mean something."""
    assert taken.session.started is not None
    assert taken.session.ended is not None
    return set(Timeline.of(taken.session, marks(taken)).watched(taken.session.started, taken.session.ended, walked=walked))


def items(screen: str, *more: dict[str, Any], without: Sequence[str] = ()) -> dict[str, Any]:
    """The script with a screen that has other items."""
    screens = script("mall")["screens"]
    screens[screen]["items"] = [item for item in screens[screen]["items"] if item["text"] not in without] + list(more)
    return {"screens": screens}


def test_every_plan_of_the_brief_is_there() -> None:
    assert set(PLANS) == {"refuse", "accept", "permissions", "background", "upgrade"}


def test_refusing(play: Play) -> None:
    _, taken = play("refuse")
    assert names(taken) == [
        *("install", "launch", "prompt_shown", "declined", "prompt_shown", "user_action", "closed"),
        *("closed", "launch", "prompt_shown", "end"),
    ]
    assert watched(taken, walked=False) >= {"before_consent", "after_refusal"}
    assert taken.session.fresh


def test_accepting(play: Play) -> None:
    phone, taken = play("accept")
    assert names(taken)[:4] == ["install", "launch", "prompt_shown", "accepted"]
    asked = [mark.data for mark in marks(taken) if mark.name == "permission_asked"]
    granted = [mark.data for mark in marks(taken) if mark.name == "permission_granted"]
    assert asked == granted == ["permission.location", "permission.storage", "permission.camera"]
    assert phone.granted == {"location": True, "storage": True, "camera": True}
    assert watched(taken, walked=True) >= {"before_consent", "foreground"}
    policy = [event for event in taken.events if isinstance(event, Ui) and event.by == "隐私政策"]
    assert [event.taps for event in policy] == [4]


def test_denying_each_permission(play: Play) -> None:
    phone, taken = play("permissions")
    denied = [mark.data for mark in marks(taken) if mark.name == "permission_denied"]
    assert denied == ["permission.location", "permission.storage", "permission.camera"]
    assert phone.granted == {"location": False, "storage": False, "camera": False}
    assert watched(taken, walked=True) >= {"foreground", "after_denial"}


def test_in_the_background_and_closed(play: Play) -> None:
    _, taken = play("background")
    kept = ("permission_asked", "permission_granted")
    assert names(taken, *kept) == ["install", "launch", "prompt_shown", "accepted", "background", "closed", "end"]
    assert watched(taken, walked=True) >= {"before_consent", "foreground", "background", "closed"}


def test_after_an_upgrade(play: Play, tmp_path: Path) -> None:
    older = build(APPS / "kuaichi-innocent", tmp_path / "same.apk").path
    with pytest.raises(UsageError) as told:
        play("upgrade", order={"older": older})
    assert told.value.key == "record.not_older"


def test_an_upgrade_from_an_older_package(
    phones: Phones, package: Path, package_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mingjian.record import record as records  # noqa: PLC0415

    older = tmp_path / "older.apk"
    older.write_bytes(package.read_bytes())
    real = records._known
    monkeypatch.setattr(records, "_known", lambda path: records._Known(package_name, "1.0", 1, "0" * 64) if path == older else real(path))
    phone, device, _ = phones({"package": package_name}, skew=SKEW)
    taken = record(Order(package, "upgrade", older=older), device, tmp_path / "dossier", Timing(phone.time, phone.wait))
    kept = ("permission_asked", "permission_granted")
    assert names(taken, *kept) == ["install", "launch", "prompt_shown", "accepted", "closed", "update", "launch", "end"]
    assert "after_update" in watched(taken, walked=False)


def test_times_are_those_of_the_device(play: Play) -> None:
    phone, taken = play("refuse")
    clock = taken.session.parts[0].clock
    assert clock.error_ms is not None
    # What every command takes is all that the two clocks leave open.
    assert 0 < clock.error_ms <= phone.took * 1000
    assert abs(clock.offset_ms + SKEW * 1000) <= clock.error_ms
    first = next(mark.ts for mark in marks(taken) if mark.name == "install")
    assert first is not None
    assert (BEGIN + SKEW) * 1000 <= first <= (phone.now + SKEW) * 1000


def test_the_moment_of_consent_lies_before_the_tap(play: Play) -> None:
    phone, taken = play("background", took=0.2)
    accepted = next(mark for mark in marks(taken) if mark.name == "accepted")
    assert accepted.ts is not None
    assert accepted.error_ms == pytest.approx(200, abs=0.01)
    assert accepted.by == "script"
    shown = next(mark for mark in marks(taken) if mark.name == "prompt_shown")
    assert shown.by == "ui"
    assert shown.ts is not None
    assert accepted.ts - shown.ts >= 10_000
    assert phone.tapped[0] == "同意并继续"


def test_nothing_is_tapped_while_waiting_for_a_prompt(play: Play) -> None:
    phone, taken = play("refuse", {"splash_seconds": 8})
    launch = next(mark.ts for mark in marks(taken) if mark.name == "launch")
    shown = next(mark.ts for mark in marks(taken) if mark.name == "prompt_shown")
    assert launch is not None
    assert shown is not None
    assert 8_000 <= shown - launch <= 12_000
    assert phone.tapped[0] == "不同意"


def test_an_app_that_never_asks_is_in_use_without_consent(play: Play) -> None:
    _, taken = play("accept", {"start": None})
    assert not {"prompt_shown", "accepted", "declined"} & set(names(taken))
    assert "no consent prompt" in marks(taken)[-1].note
    assert Timeline.of(taken.session, marks(taken)).phases(taken.session.ended) == ("before_consent", "foreground")
    assert "no_prompt" in names(taken)


def test_a_box_is_ticked_before_agreeing_counts(play: Play) -> None:
    phone, taken = play("background", items("prompt", BOX))
    assert phone.accepted
    assert names(taken).count("accepted") == 1
    ticked = next(mark for mark in marks(taken) if mark.name == "user_action")
    accepted = next(mark for mark in marks(taken) if mark.name == "accepted")
    assert ticked.ts is not None
    assert accepted.ts is not None
    assert ticked.ts < accepted.ts


def test_agreeing_without_effect_is_no_consent(play: Play) -> None:
    _, taken = play("background", items("prompt", {"text": "同意并继续"}, without=["同意并继续"]))
    assert "accepted" not in names(taken)


def test_a_prompt_that_can_only_be_noted_gives_no_consent(play: Play) -> None:
    changes = items("prompt", {"text": "我知道了", "does": "accept"}, {"text": "取消", "does": "decline"}, without=["同意并继续", "不同意"])
    phone, taken = play("background", changes)
    assert phone.accepted
    assert "accepted" not in names(taken)
    assert "no button to agree" in marks(taken)[-1].note


def test_without_a_button_to_refuse_nothing_was_refused(play: Play) -> None:
    _, taken = play("refuse", items("prompt", without=["不同意"]))
    assert "declined" not in names(taken)
    assert "no button to refuse" in marks(taken)[-1].note


def test_refusing_without_effect_is_refusing(play: Play) -> None:
    _, taken = play("refuse", {"declined": "stay"})
    assert names(taken).count("declined") == 1
    assert "refusing has no effect" in marks(taken)[-1].note


def test_a_question_of_the_system_before_the_prompt(play: Play) -> None:
    screens = script("mall")["screens"]
    screens["prompt"]["ask"] = ["location"]
    phone, taken = play("refuse", {"screens": screens})
    assert phone.granted == {"location": False}
    told = names(taken)
    assert told.index("permission_asked") < told.index("permission_denied") < told.index("prompt_shown") < told.index("declined")


@pytest.mark.parametrize("wrong", [True, False])
def test_data_on_the_phone_are_kept_unless_told_otherwise(play: Play, wrong: bool) -> None:
    if wrong:
        with pytest.raises(UsageError) as told:
            play("refuse", installed="1")
        assert told.value.key == "record.installed"
        return
    phone, _ = play("refuse", order={"replace": True}, installed="1")
    assert any(line.startswith("pm uninstall") for line in phone.commands)


def test_an_app_that_the_phone_keeps_with_its_data_is_not_recorded(play: Play) -> None:
    with pytest.raises(InputError) as told:
        play("refuse", order={"replace": True}, installed="1", keeps_apps=True)
    assert told.value.key == "record.kept"
    assert "DELETE_FAILED_DEVICE_POLICY_MANAGER" in str(told.value.values["why"])


def test_a_folder_that_holds_something_is_left_alone(play: Play, tmp_path: Path) -> None:
    (tmp_path / "dossier").mkdir()
    (tmp_path / "dossier" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError) as told:
        play("refuse")
    assert told.value.key == "record.folder_in_use"


def test_what_was_recorded_before_the_device_went_away_stands(phones: Phones, package: Path, package_name: str, tmp_path: Path) -> None:
    phone, device, _ = phones({"package": package_name})

    def wait(seconds: float) -> None:
        phone.wait(seconds)
        if phone.accepted:
            phone.state = "offline"

    taken = record(Order(package, "accept"), device, tmp_path / "dossier", Timing(phone.time, wait))
    assert isinstance(taken.stopped, TryAgainError)
    assert names(taken)[:3] == ["install", "launch", "prompt_shown"]
    assert any(isinstance(event, Span) and event.what == "stopped" for event in taken.events)
    # The clocks were not compared at the end, so nothing says that they kept step.
    assert taken.session.parts[0].clock.error_ms is None


def test_a_protected_screen_has_a_tree_and_no_picture(play: Play) -> None:
    _, taken = play("refuse", resists=frozenset({"screencap"}))
    shown = [event for event in taken.events if isinstance(event, Ui)]
    assert shown
    assert all(event.shot is None for event in shown)


def test_pictures_are_named_by_their_digest(play: Play, tmp_path: Path) -> None:
    from hashlib import sha256  # noqa: PLC0415

    _, taken = play("refuse")
    named = {event.shot for event in taken.events if isinstance(event, Ui)}
    files = {file.stem: file.read_bytes() for file in (tmp_path / "dossier" / "screens").iterdir()}
    assert named == set(files)
    assert all(sha256(content).hexdigest() == name for name, content in files.items())


def test_an_old_shell_records_the_same(play: Play) -> None:
    _, taken = play("refuse", features="cmd")
    assert names(taken)[:4] == ["install", "launch", "prompt_shown", "declined"]
