"""Screens that strangers made: whatever a dump or a run file holds, nothing is raised and nothing grows without bound."""

import random
import sys
from pathlib import Path

import pytest

from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known, Source
from mingjian.extract.screens import Screens
from mingjian.extract.timeline import Timeline
from mingjian.inputs.recording import uiautomator
from mingjian.model.run import Mark, Node, Part, Session, Shade, Span, Ui

APP = "com.fawn.notes"
WORDS = [
    "同意",
    "不同意",
    "《隐私政策》",
    "请阅读",
    "登录即代表同意",
    "允许",
    "拒绝",
    "注销账号",
    "位置",
    "\ud800",
    "\u202e",
    "\0",
    "🦌" * 50,
    "a" * 5000,
    "",
]
DUMP = (
    f'<hierarchy rotation="0"><node class="android.widget.FrameLayout" package="{APP}" bounds="[0,0][1080,2400]">'
    f'<node class="android.widget.CheckBox" package="{APP}" text="同意《隐私政策》" checkable="true" '
    'checked="true" bounds="[0,100][1080,200]"/>'
    f'<node class="android.widget.Button" package="{APP}" text="不同意" clickable="true" bounds="[0,300][500,400]"/>'
    f'<node class="android.widget.Button" package="{APP}" text="同意" clickable="true" bounds="[500,300][1080,400]"/></node></hierarchy>'
).encode()


def _source(marks: tuple[Mark, ...] = ()) -> Source:
    session = Session(parts=(Part(tool="t", tier="ui", format="run"),), fresh=True)
    return Source("a", session, Timeline.of(session, marks), True)


def _node(chance: random.Random, index: int) -> Node:
    corner = [chance.choice([-(10**9), -1, 0, 5, 1080, 10**12]) for _ in range(4)]
    return Node(
        cls=chance.choice(["", "CheckBox", "android.widget.Button", "WebView", "EditText", "." * 300]),
        text=chance.choice(WORDS),
        desc=chance.choice(WORDS),
        id=chance.choice(WORDS),
        package=chance.choice([APP, "", "com.android.permissioncontroller", "com.android.chrome", "x"]),
        bounds=chance.choice([None, (corner[0], corner[1], corner[2], corner[3])]),
        up=chance.choice([None, chance.randrange(index)]) if index else None,
        clickable=chance.random() < 0.5,
        checkable=chance.random() < 0.3,
        checked=chance.random() < 0.5,
    )


@pytest.mark.parametrize("seed", range(20))
def test_any_screens_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    names = ["install", "launch", "declined", "accepted", "permission_denied", "closed", "update", "user_action"]
    marks = tuple(
        Mark(
            seq=1000 + n,
            ts=chance.choice([None, chance.uniform(0, 1e5)]),
            name=chance.choice(names),
            by="system",
            data=chance.choice(WORDS),
        )
        for n in range(30)
    )
    screens = Screens(Known(Owners(APP, ()), chance.choice([APP, ""])))
    screens.begin(_source(marks))
    for seq in range(60):
        nodes = tuple(_node(chance, index) for index in range(chance.randrange(30)))
        shades = tuple(Shade(node=chance.randrange(40), height=chance.choice([None, -1.0, 0.0, 1e300]), contrast=1e300) for _ in range(3))
        ts = chance.choice([None, chance.uniform(-1e5, 1e5)])
        taps, density = chance.choice([None, -3, 0, 10**9]), chance.choice([None, 0.0, -1.0, 1e-300, 3.0])
        screens.add(Ui(seq=seq, ts=ts, nodes=nodes, taps=taps, by=chance.choice(WORDS), shades=shades, density=density), None)
        screens.add(Span(seq=seq, channel="ui", status=chance.choice(["lost", "walked"]), begin=chance.choice([None, 5e4, 1e300])), None)
    gained = screens.end()
    assert gained.coverage
    assert all(len(evidence.excerpt) <= 4000 for each in gained.observations for evidence in each.evidence)
    assert all(each.tally is None or each.tally.count >= 0 for each in gained.observations)


@pytest.mark.parametrize("seed", range(40))
def test_dumps_with_bytes_turned_over(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    damaged = bytearray(DUMP)
    for _ in range(chance.randrange(1, 12)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    path = tmp_path / "screen.xml"
    path.write_bytes(bytes(damaged[: chance.randrange(1, len(damaged))]))
    screens = Screens(Known(Owners(APP, ()), APP))
    screens.begin(_source())
    for event in uiautomator.read(path).events():
        assert isinstance(event, Ui | Span)
        screens.add(event, None)
    assert screens.end().coverage


def test_a_chain_as_deep_as_a_run_file_can_hold_takes_no_stack() -> None:
    depth = sys.getrecursionlimit() * 5
    nodes = tuple(Node(cls="V", text="同意", package=APP, up=index - 1 if index else None) for index in range(depth))
    screens = Screens(Known(Owners(APP, ()), APP))
    screens.begin(_source())
    screens.add(Ui(seq=2, ts=1.0, nodes=nodes), None)
    assert screens.end().coverage


def test_more_screens_than_are_kept_lose_the_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.extract.screens.MOST_SIGHTS", 3)
    marks = (Mark(seq=1, ts=0.0, name="install"), Mark(seq=2, ts=60_000.0, name="accepted"))
    shown = Node(cls="V", text="你好", package=APP)

    def status(count: int) -> set[str]:
        screens = Screens(Known(Owners(APP, ()), APP))
        screens.begin(_source(marks))
        for seq in range(count):
            screens.add(Ui(seq=seq, ts=10_000.0 * (seq + 1), nodes=(shown,)), None)
        return {row.status for row in screens.end().coverage}

    assert status(3) == {"complete"}
    assert status(4) == {"partial"}
