"""Ways as lines of an excerpt, both ways; what a hostile name cannot do to them."""

from dataclasses import replace

import pytest

from mingjian.model.way import (
    LONGEST_NAME,
    MOST_FRAMES,
    MOST_STEPS,
    Frame,
    Guard,
    Passage,
    Place,
    Step,
    Way,
    lines_of_passage,
    lines_of_way,
    told,
)

GUARD = Guard("stored", "agreed", "Landroid/content/SharedPreferences;->getBoolean(Ljava/lang/String;Z)Z", Place("La/App;->onCreate()V", 2))
WAY = Way(
    "app_start",
    True,
    "application",
    "La/App;",
    ("android.intent.action.BOOT_COMPLETED",),
    (Frame("app", Place("La/App;->onCreate()V", 3)), Frame("sdk.umeng_analytics", Place("Lcom/umeng/X;->init()V", 16))),
    GUARD,
)
PASSAGE = Passage(
    ("digest",),
    (
        Step("source", "app", Place("La/B;->c()V", 8), "Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;"),
        Step("sink", "unknown", Place("La/B;->d()V", 2), "Landroid/util/Log;->i(Ljava/lang/String;Ljava/lang/String;)I"),
    ),
)
REST = "001a: invoke-virtual {v0}\n= android_id"


def test_a_way_reads_as_the_page_says() -> None:
    assert lines_of_way(WAY) == [
        "way app_start certain application La/App; android.intent.action.BOOT_COMPLETED",
        "by app La/App;->onCreate()V+0x3",
        "by sdk.umeng_analytics Lcom/umeng/X;->init()V+0x10",
        "if stored agreed Landroid/content/SharedPreferences;->getBoolean(Ljava/lang/String;Z)Z La/App;->onCreate()V+0x2",
    ]


@pytest.mark.parametrize(
    "way",
    [
        WAY,
        replace(WAY, certain=False, guard=None, triggers=()),
        replace(WAY, guard=replace(GUARD, key=None, flag="field")),
        replace(WAY, guard=replace(GUARD, key="a b\\x20-\n\u202e😀\u3000")),
        replace(WAY, guard=replace(GUARD, key="-")),
        replace(WAY, component="La b\tc;", left_out=7, kind=""),
    ],
)
@pytest.mark.parametrize("rest", ["", REST])
def test_a_way_is_read_as_it_was_written(way: Way, rest: str) -> None:
    excerpt = "\n".join([*lines_of_way(way), *([rest] if rest else [])])
    found = told(excerpt)
    assert (found.way, found.passage, found.rest) == (way, None, rest)


def test_a_passage_is_read_as_it_was_written() -> None:
    found = told("\n".join([*lines_of_passage(PASSAGE), REST]))
    assert (found.way, found.passage, found.rest) == (None, PASSAGE, REST)


def test_a_passage_stands_behind_the_way_to_its_sink() -> None:
    found = told("\n".join([*lines_of_way(WAY), *lines_of_passage(PASSAGE), REST]))
    assert (found.way, found.passage, found.rest) == (WAY, PASSAGE, REST)
    other = told("\n".join([*lines_of_passage(PASSAGE), *lines_of_way(WAY)]))
    assert (other.way, other.passage, other.rest) == (None, PASSAGE, "\n".join(lines_of_way(WAY)))


def test_long_ways_keep_their_ends() -> None:
    frames = tuple(Frame("app", Place(f"La/B;->m{number}()V", number)) for number in range(40))
    found = told("\n".join(lines_of_way(replace(WAY, frames=frames)))).way
    assert found is not None
    assert len(found.frames) == MOST_FRAMES
    assert (found.frames[0], found.frames[-1], found.left_out) == (frames[0], frames[-1], 40 - MOST_FRAMES)


def test_long_passages_keep_their_ends() -> None:
    steps = tuple(replace(PASSAGE.steps[0], place=Place("La/B;->c()V", number)) for number in range(40))
    found = told("\n".join(lines_of_passage(Passage((), steps)))).passage
    assert found is not None
    assert (found.steps[0], found.steps[-1], found.left_out) == (steps[0], steps[-1], 40 - MOST_STEPS)


def test_names_are_cut() -> None:
    found = told("\n".join(lines_of_way(replace(WAY, component="L" + "a" * 100_000 + ";")))).way
    assert found is not None
    assert len(found.component) == LONGEST_NAME


@pytest.mark.parametrize(
    "excerpt",
    [
        "",
        REST,
        "La/A;->a()V -> La/B;->b()V\n001a: nop",
        "way",
        "way app_start certain application La/App;",
        "way app_start surely application La/App;\nby app La/A;->a()V+0x1",
        "way app_start certain application La/App;\nby app La/A;",
        "way <b> certain application La/App;\nby app La/A;->a()V+0x1",
        "way app_start certain application La/App;\nby <script> La/A;->a()V+0x1",
        "flow\n",
        "flow digest\n001a: nop",
        "001a: nop\nway app_start certain application La/App;\nby app La/A;->a()V+0x1",
        "way app_start certain application La/App;\nby app La/A;->a()V+0x" + "1" * 5000,
        "more 99999999999999999999",
    ],
)
def test_what_breaks_the_grammar_stays_text(excerpt: str) -> None:
    found = told(excerpt)
    assert (found.way, found.passage, found.rest) == (None, None, excerpt)


def test_a_name_cannot_add_a_frame() -> None:
    forged = "La/B;->c()V+0x1\nby sdk.innocent La/C;->d()V"
    way = replace(WAY, frames=(Frame("app", Place(forged, 3)),), guard=None)
    found = told("\n".join(lines_of_way(way))).way
    assert found is not None
    assert [frame.owner for frame in found.frames] == ["app"]
