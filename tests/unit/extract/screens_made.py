"""Screens made for tests, from rows of a short notation; `screens_exam.yml` explains it."""

from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Gained, Known, Source
from mingjian.extract.screens import Screens
from mingjian.extract.timeline import Timeline
from mingjian.model.run import AnyEvent, Clock, Mark, Node, Part, Session, Ui

APP = "com.fawn.notes"
WIDTH = 1080
KINDS = {
    "T": ("android.widget.TextView", False, False),
    "t": ("android.widget.TextView", True, False),
    "B": ("android.widget.Button", True, False),
    "v": ("android.view.View", True, False),
    "d": ("android.view.View", False, False),
    "C": ("android.widget.CheckBox", True, True),
    "X": ("android.widget.CheckBox", True, True),
    "S": ("android.widget.Switch", True, True),
    "O": ("android.widget.Switch", True, True),
    "R": ("android.widget.RadioButton", True, True),
    "E": ("android.widget.EditText", True, False),
    "I": ("android.widget.ImageView", True, False),
    "W": ("android.webkit.WebView", False, False),
}


def nodes(rows: list[str], package: str = APP) -> tuple[Node, ...]:
    """The elements of the rows under one root, each row 100 pixels high; small things take 100 pixels, the rest goes to the words."""
    made = [Node(cls="android.widget.FrameLayout", package=package, bounds=(0, 0, WIDTH, 2400))]
    for number, row in enumerate(rows):
        top, left = 100 + number * 100, 0
        pieces = [piece.strip() for piece in row.split(" | ")]
        small = sum(len(piece) == 1 for piece in pieces)
        for piece in pieces:
            cls, clickable, checkable = KINDS[piece[0]]
            words = piece[1:].strip()
            width = 100 if not words and piece[0] != "W" else (WIDTH - 100 * small) // max(1, len(pieces) - small)
            bottom = 2400 if piece[0] == "W" else top + 100
            made.append(
                Node(
                    cls=cls,
                    text="" if piece[0] in "vd" else words,
                    desc=words if piece[0] in "vd" else "",
                    package=package,
                    bounds=(left, top, left + width, bottom),
                    up=0,
                    clickable=clickable,
                    checkable=checkable,
                    checked=piece[0] in "XO",
                )
            )
            left += width
    return tuple(made)


def source(events: list[AnyEvent], *, fresh: bool = False, tier: str = "ui", artifact: str = "run.ndjson") -> Source:
    session = Session(parts=(Part(tool="test", tier=tier, format="run", clock=Clock(error_ms=0.0)),), fresh=fresh)  # type: ignore[arg-type]
    return Source(artifact, session, Timeline.of(session, [each for each in events if isinstance(each, Mark)]), True)


def collect(events: list[AnyEvent], *, fresh: bool = False, package: str = APP, tier: str = "ui") -> Gained:
    """What the collector says of these events of one file."""
    screens = Screens(Known(Owners(APP, ()), package))
    screens.begin(source(events, fresh=fresh, tier=tier))
    for event in events:
        if not isinstance(event, Mark):
            screens.add(event, None)
    return screens.end()


def ui(seq: int, rows: list[str], ts: float | None = None, **given: object) -> Ui:
    package = str(given.pop("package", APP))
    return Ui(seq=seq, ts=ts, nodes=nodes(rows, package), package=package, **given)  # type: ignore[arg-type]


def lines(gained: Gained, phase: str | None = None) -> list[str]:
    """The statements in a short form: `~` before uncertain ones, data and count behind."""
    found = set()
    for each in gained.observations:
        if phase is None or each.phase == phase:
            count = str(each.tally.count) if each.tally is not None else ""
            found.add(" ".join(word for word in ("" if each.certain else "~", each.action, each.data or "", count) if word))
    return sorted(found)
