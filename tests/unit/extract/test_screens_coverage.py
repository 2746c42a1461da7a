"""In which phases the silence of screens means something."""

import pytest
from screens_made import collect, ui

from mingjian.model.run import AnyEvent, Mark, Node, Span, Ui

PROMPT = ["T 温馨提示", "T 请您阅读《隐私政策》", "B 不同意", "B 同意"]
HOME = ["T 小鹿记账", "t 账单"]


def mark(seq: int, seconds: float, name: str) -> Mark:
    return Mark(seq=seq, ts=seconds * 1000, name=name)  # type: ignore[arg-type]


def first_run(*more: AnyEvent) -> list[AnyEvent]:
    """Installed and started, watched for 20 seconds, accepted, used for 90."""
    events: list[AnyEvent] = [mark(2, 0, "install"), mark(3, 1, "launch")]
    events += [ui(10 + n, PROMPT, 1000.0 * (2 + 3 * n)) for n in range(6)]
    events += [mark(30, 20, "accepted"), ui(31, HOME, 22_000.0), ui(32, HOME, 112_000.0), mark(33, 115, "end")]
    return [*events, *more]


def rows(events: list[AnyEvent], **given: object) -> dict[str, tuple[str, str]]:
    """Status and English reason by phase."""
    gained = collect(events, **given)  # type: ignore[arg-type]
    return {phase: (row.status, row.reason.en if row.reason else "") for row in gained.coverage for phase in row.phases}


WALKED = Span(seq=40, ts=22_000.0, channel="ui", status="walked", begin=22_000.0, end=112_000.0)


def test_a_first_run_that_was_watched() -> None:
    found = rows(first_run(WALKED))
    assert found["before_consent"] == ("complete", "")
    assert found["foreground"] == ("complete", "")


def test_use_that_was_not_walked() -> None:
    found = rows(first_run())
    assert found["before_consent"][0] == "complete"
    assert found["foreground"] == ("partial", "not every screen was visited")


def test_a_walk_that_began_before_the_tap_on_agree_is_no_walk_of_use() -> None:
    early = Span(seq=40, ts=10_000.0, channel="ui", status="walked", begin=10_000.0, end=112_000.0)
    assert rows(first_run(early))["foreground"] == ("partial", "not every screen was visited")
    assert rows(first_run(Span(seq=40, channel="ui", status="walked")))["foreground"] == ("complete", "")


def test_an_opaque_screen_loses_its_phase() -> None:
    web = Ui(
        seq=50, ts=10_000.0, package="com.fawn.notes", nodes=(Node(cls="android.webkit.WebView", package="com.fawn.notes"),), opaque=True
    )
    found = rows(first_run(WALKED, web))
    assert found["before_consent"][0] == "partial"
    assert "1 screens are drawn" in found["before_consent"][1]
    assert found["foreground"][0] == "complete"


def test_a_loss_loses_the_phases_it_touches() -> None:
    lost = Span(seq=50, channel="ui", status="lost", what="truncated", begin=10_000.0, end=12_000.0)
    found = rows(first_run(WALKED, lost))
    assert (found["before_consent"][0], found["foreground"][0]) == ("partial", "complete")


def test_a_loss_of_which_nobody_knows_when_loses_all() -> None:
    found = rows(first_run(WALKED, Span(seq=50, channel="ui", status="lost", what="bad_line")))
    assert (found["before_consent"][0], found["foreground"][0]) == ("partial", "partial")


def test_a_moment_without_a_tree_is_made_up_for_by_the_next() -> None:
    moved = Span(seq=50, ts=9_000.0, channel="ui", status="lost", what="not_idle", begin=9_000.0, end=9_000.0)
    assert rows(first_run(WALKED, moved))["before_consent"][0] == "complete"
    last = Span(seq=50, ts=19_000.0, channel="ui", status="lost", what="not_idle", begin=19_000.0, end=19_000.0)
    assert rows(first_run(WALKED, last))["before_consent"][0] == "partial"


def test_screens_that_begin_after_the_first_choice() -> None:
    events = [each for each in first_run(WALKED) if not (isinstance(each, Ui) and (each.ts or 0) < 20_000)]
    assert "before_consent" not in rows(events)


def test_a_phase_that_came_twice_and_was_watched_once() -> None:
    again = [mark(60, 120, "install"), mark(61, 130, "accepted"), ui(62, HOME, 140_000.0)]
    assert rows(first_run(*again))["before_consent"][0] == "partial"


def test_a_single_screen_long_before_the_choice() -> None:
    events = [mark(2, 0, "install"), ui(3, HOME, 2000.0), mark(4, 300, "accepted"), ui(5, HOME, 301_000.0)]
    assert rows(events)["before_consent"][0] == "partial"


@pytest.mark.parametrize("tier", ["hook", "proxy", "os_record"])
def test_tools_that_do_not_watch_screens(tier: str) -> None:
    assert {status for status, _ in rows(first_run(WALKED), tier=tier).values()} == {"partial"}


def test_screens_without_any_mark() -> None:
    assert rows([ui(2, HOME, 1000.0), ui(3, HOME, 99_000.0)]) == {
        "unknown": ("partial", "there are screens whose time belongs to no known phase")
    }


def test_no_screens_at_all_say_nothing() -> None:
    assert not collect([mark(2, 0, "install"), mark(3, 20, "accepted")]).coverage


def test_an_app_that_never_asks_is_watched_until_it_is_left() -> None:
    started = [mark(2, 0, "install"), mark(3, 1, "launch")]
    left = [mark(30, 60, "background"), mark(31, 300, "closed"), mark(32, 400, "end")]
    assert rows([*started, ui(4, HOME, 2000.0), ui(5, HOME, 55_000.0), *left])["before_consent"] == ("complete", "")
    assert rows([*started, ui(4, HOME, 2000.0), mark(30, 90, "background"), *left[1:]])["before_consent"][0] == "partial"
    back = [mark(40, 310, "launch"), mark(41, 330, "accepted"), ui(42, HOME, 331_000.0)]
    assert rows([*started, ui(4, HOME, 2000.0), ui(5, HOME, 55_000.0), *left[:2], *back])["before_consent"][0] == "partial"


def test_a_screen_without_words_that_waits_for_a_tap_was_not_read() -> None:
    assert rows(first_run(WALKED, ui(50, ["I", "I"], 10_000.0)))["before_consent"][0] == "partial"
    assert rows(first_run(WALKED, ui(50, ["d"], 10_000.0)))["before_consent"][0] == "complete"
