"""Dumps of screens: each dialect and each trap of the format is a test. The samples are written for these tests."""

from pathlib import Path

import pytest
from PIL import Image

from mingjian.errors import InputError
from mingjian.inputs.recording import uiautomator
from mingjian.inputs.recording.track import Head
from mingjian.inputs.recording.uiautomator import dump_of, time_in
from mingjian.model.run import Node, Span, Ui

DECLARATION = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>"
NODE = (
    '<node index="0" text="{text}" resource-id="com.fawn:id/box" class="android.widget.CheckBox" package="com.fawn" content-desc="" '
    'checkable="true" checked="true" clickable="true" enabled="true" focusable="true" focused="false" scrollable="false" '
    'long-clickable="false" password="false" selected="false" bounds="[42,1936][1038,2062]"{more} />'
)


def dump(*nodes: str) -> bytes:
    return f'{DECLARATION}<hierarchy rotation="0">{"".join(nodes)}</hierarchy>'.encode()


def box(text: str = "同意", more: str = "") -> str:
    return NODE.format(text=text, more=more)


def nodes_in(xml: bytes) -> tuple[Node, ...]:
    return dump_of(xml).nodes


def test_an_element_with_all_its_attributes() -> None:
    [node] = nodes_in(dump(box()))
    assert (node.cls, node.text, node.id, node.package) == ("android.widget.CheckBox", "同意", "com.fawn:id/box", "com.fawn")
    assert node.bounds == (42, 1936, 1038, 2062)
    assert (node.checkable, node.checked, node.clickable, node.enabled) == (True, True, True, True)
    assert (node.scrollable, node.password, node.up) == (False, False, None)


def test_attributes_that_other_versions_add() -> None:
    [node] = nodes_in(dump(box(more=' NAF="true" visible-to-user="true" hint="" drawing-order="3" display-id="0" editable="false"')))
    assert node.text == "同意"


def test_an_old_dump_lacks_attributes() -> None:
    [node] = nodes_in(b'<hierarchy><node class="android.widget.TextView" text="a"/></hierarchy>')
    assert (node.text, node.bounds, node.enabled, node.clickable) == ("a", None, True, False)


def test_a_hint_stands_for_the_words_of_an_empty_field() -> None:
    assert nodes_in(dump(box("", ' hint="手机号"')))[0].desc == "手机号"
    assert nodes_in(dump(box("139", ' hint="手机号"')))[0].desc == ""


def test_a_password_is_not_kept() -> None:
    [node] = nodes_in(dump('<node text="geheim" password="true" class="android.widget.EditText" bounds="[0,0][1,1]"/>'))
    assert (node.text, node.password) == ("", True)


def test_what_is_not_visible_is_left_out_and_its_children_hang_above() -> None:
    hidden = '<node class="G" text="0"><node class="V" text="1" visible-to-user="false"><node class="W" text="2"/></node></node>'
    assert [(node.text, node.up) for node in nodes_in(dump(hidden))] == [("0", None), ("2", 0)]


def test_elements_of_a_server_are_named_by_their_class() -> None:
    tree = '<hierarchy><android.widget.TextView class="android.widget.TextView" text="a" bounds="[0,0][9,9]" displayed="true"/></hierarchy>'
    [node] = nodes_in(tree.encode())
    assert (node.text, node.bounds) == ("a", (0, 0, 9, 9))


def test_windows_of_several_displays() -> None:
    window = f'<window index="0" title="t" bounds="[0,0][9,9]"><hierarchy>{box()}</hierarchy></window>'
    tree = f'<displays><display id="0">{window}</display></displays>'
    assert [node.text for node in nodes_in(tree.encode())] == ["同意"]


@pytest.mark.parametrize("text", ["[a,b][c,d]", "[0,0]", "", "[0,0][99999999,1]"])
def test_places_that_are_none(text: str) -> None:
    assert nodes_in(f'<hierarchy><node class="V" bounds="{text}"/></hierarchy>'.encode())[0].bounds is None


def test_what_the_shell_says_around_the_dump_is_passed_over() -> None:
    assert nodes_in(b"WARNING: linker\n" + dump(box()) + b"UI hierchary dumped to: /dev/tty\n")[0].text == "同意"


def test_a_dump_that_a_shell_saved_as_utf_16() -> None:
    assert nodes_in(dump(box()).decode().encode("utf-16"))[0].text == "同意"


@pytest.mark.parametrize("text", [b"&#55357;&#56832;", b"&#0;", b"&#x0b;", b"\x01", b"\xff\xfe", b"\xed\xa0\xbd"])
def test_characters_that_are_no_xml_do_not_lose_the_screen(text: bytes) -> None:
    found = dump_of(dump(box("Q")).replace(b"Q", b"a" + text + b"b"))
    assert found.fault is None
    assert found.nodes[0].text.startswith("a")
    assert found.nodes[0].text.endswith("b")


def test_an_emoji_of_an_old_device() -> None:
    halves = "\ud83d\ude00".encode("utf-8", "surrogatepass")
    assert nodes_in(dump(box("Q")).replace(b"Q", halves))[0].text == "\U0001f600"


def test_a_dump_that_breaks_off_gives_what_stands_before() -> None:
    whole = dump(box("first"), box("second"))
    found = dump_of(whole[: whole.index(b"second")])
    assert ([node.text for node in found.nodes], found.fault) == (["first"], "malformed")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"ERROR: could not get idle state.\n", "not_idle"),
        (b"ERROR: null root node returned by UiTestAutomationBridge.\n", "no_root"),
        (b'<?xml version="1.0"?><hierarchy rotation="0"></hierarchy>', "empty"),
        (b"", "empty"),
        (b"Killed\n", "malformed"),
    ],
)
def test_no_screen_and_why(said: bytes, fault: str) -> None:
    assert (dump_of(said).nodes, dump_of(said).fault) == ((), fault)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE hierarchy [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE hierarchy [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE hierarchy SYSTEM "http://localhost/x.dtd">',
    ],
)
def test_no_entity_is_ever_expanded(doctype: str) -> None:
    evil = f'<?xml version="1.0"?>{doctype}<hierarchy><node class="V" text="&x;&b;"/></hierarchy>'
    found = dump_of(evil.encode())
    assert (found.nodes, found.fault) == ((), "doctype")


def test_depth_number_and_size_are_bounded() -> None:
    deep = dump("<node class='V'>" * 100_000)
    assert (len(dump_of(deep).nodes), dump_of(deep).fault) == (uiautomator.MOST_DEPTH - 1, "too_large")
    wide = dump("<node class='V'/>" * (uiautomator.MOST_NODES + 5))
    assert (len(dump_of(wide).nodes), dump_of(wide).fault) == (uiautomator.MOST_NODES, "too_large")
    wordy = dump(*(f"<node class='V' text='{'x' * 40_000}'/>" for _ in range(40)))
    assert dump_of(wordy).fault == "too_large"
    assert sum(len(node.text) for node in dump_of(wordy).nodes) < uiautomator.MOST_TEXT + 50_000
    assert dump_of(b"<hierarchy>" + b" " * uiautomator.MOST_BYTES).fault == "too_large"


@pytest.mark.parametrize(
    ("stem", "time"),
    [
        ("1795328370500", 1795328370500.0),
        ("screen_1795328370500", 1795328370500.0),
        ("window_dump", None),
        ("1795328370", None),
        ("20261122143005", None),
        ("1795328370500_1795328370900", None),
        ("17953283705001", None),
    ],
)
def test_a_time_only_from_a_name_that_states_it(stem: str, time: float | None) -> None:
    assert time_in(stem) == time


def test_what_is_recognised() -> None:
    assert uiautomator.recognises(Head("a.txt", dump(box())))
    assert uiautomator.recognises(Head("a.xml", dump(box()).decode().encode("utf-16")))
    assert uiautomator.recognises(Head("a.xml", b"ERROR: could not get idle state."))
    assert not uiautomator.recognises(Head("a.log", b"ERROR: could not get idle state."))
    assert not uiautomator.recognises(Head("AndroidManifest.xml", b"<manifest package='hierarchy'/>"))


def test_a_folder_in_the_order_of_its_numbers_with_pictures(tmp_path: Path) -> None:
    for number in (10, 9):
        (tmp_path / f"screen{number}.xml").write_bytes(dump(box(str(number))))
    Image.new("RGB", (1038, 2062), "white").save(tmp_path / "screen9.png")
    (tmp_path / "screen10.jpg").write_bytes(b"\xff\xd8\xffbroken")
    (tmp_path / "strings.xml").write_text("<resources/>")
    (tmp_path / "screen11.xml").write_bytes(b"ERROR: could not get idle state.")
    track = uiautomator.read(tmp_path)
    events = list(track.events())
    assert track.session.parts[0].tier == "ui"
    assert track.session.app is None
    seen = [(event.nodes[0].text, event.at, event.ts, event.shot is not None) for event in events if isinstance(event, Ui)]
    assert seen == [("9", "dump:screen9.xml", None, True), ("10", "dump:screen10.xml", None, True)]
    assert [(event.what, event.detail) for event in events if isinstance(event, Span)] == [("not_idle", "screen11.xml")]
    assert list(track.events()) == events


def test_one_dump_and_its_time(tmp_path: Path) -> None:
    path = tmp_path / "1795328370500.xml"
    path.write_bytes(dump(box()))
    [event] = uiautomator.read(path).events()
    assert isinstance(event, Ui)
    assert (event.ts, event.package, event.seq, event.taps, event.density) == (1795328370500.0, "com.fawn", 2, None, None)


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "screen\udcff.xml"
    path.write_bytes(dump(box()))
    [event] = uiautomator.read(tmp_path).events()
    assert isinstance(event, Ui)
    assert event.at == "dump:screen?.xml"


def test_a_folder_without_dumps_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<resources/>")
    with pytest.raises(InputError, match="run_empty_folder"):
        uiautomator.read(tmp_path)


def test_a_file_that_is_gone_later_is_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(dump(box()))
    track = uiautomator.read(path)
    path.unlink()
    [event] = track.events()
    assert isinstance(event, Span)
    assert event.what == "unreadable"


def web(*inside: str, bounds: str = "[0,200][1080,2300]") -> bytes:
    root = '<node class="android.widget.FrameLayout" package="com.fawn" bounds="[0,0][1080,2400]">{}</node>'
    return dump(root.format(f'<node class="android.webkit.WebView" package="com.fawn" bounds="{bounds}">{"".join(inside)}</node>'))


@pytest.mark.parametrize(
    ("xml", "opaque"),
    [
        (web(), True),
        (web("<node class='android.view.View' text='隐私政策' bounds='[0,0][9,9]'/>"), False),
        (web(bounds="[0,0][1080,300]"), False),
        (dump(box()), False),
    ],
)
def test_a_screen_that_draws_itself(tmp_path: Path, xml: bytes, opaque: bool) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(xml)
    [event] = uiautomator.read(path).events()
    assert isinstance(event, Ui)
    assert event.opaque is opaque
