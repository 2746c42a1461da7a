"""The same things on trees as different toolkits make them, from the dump to the statement. The dumps are written for these tests."""

from screens_made import APP, collect, lines

from mingjian.inputs.recording.uiautomator import dump_of
from mingjian.model.run import Mark, Ui

FRAME = '<?xml version="1.0" encoding="UTF-8"?><hierarchy rotation="0">{}</hierarchy>'


def node(cls: str, bounds: str, *inside: str, **given: str) -> str:
    said = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in given.items())
    return f'<node class="{cls}" package="{APP}" bounds="{bounds}" {said}>{"".join(inside)}</node>'


def text(words: str, bounds: str, **given: str) -> str:
    return node("android.widget.TextView", bounds, text=words, **given)


def statements(tree: str, accepted: bool = False) -> list[str]:
    dump = dump_of(FRAME.format(tree).encode())
    assert dump.fault is None
    marks = [Mark(seq=2, ts=0.0, name="install"), *([Mark(seq=3, ts=10.0, name="accepted")] if accepted else [])]
    return lines(collect([*marks, Ui(seq=4, ts=5000.0, nodes=dump.nodes, package=APP)]))


def test_views_with_words_in_a_child_of_the_button() -> None:
    def button(words: str, bounds: str) -> str:
        return node("android.widget.LinearLayout", bounds, text(words, bounds), clickable="true")

    tree = node(
        "android.widget.FrameLayout",
        "[0,0][1080,2400]",
        text("隐私政策", "[100,600][980,700]"),
        text("请您阅读《隐私政策》", "[100,700][980,1200]", clickable="true"),
        button("不同意", "[100,1300][500,1400]"),
        button("同意并继续", "[560,1300][980,1400]"),
    )
    assert statements(tree) == ["consent", "link.policy", "prompt.policy", "refuse"]


def test_a_root_that_takes_every_tap_makes_no_link_of_its_words() -> None:
    words = [text(f"第{number}段文字", f"[0,{number}00][1080,{number}90]") for number in range(5)]
    tree = node("android.view.ViewGroup", "[0,0][1080,2400]", *words, text("注销账号", "[0,900][1080,990]"), clickable="true")
    assert statements(tree, accepted=True) == ["~ account.cancel"]


def test_a_row_that_was_merged_into_one_element() -> None:
    tree = node(
        "android.widget.FrameLayout",
        "[0,0][1080,2400]",
        node(
            "android.view.View",
            "[0,200][1080,380]",
            content_desc="个性化推荐&#10;关闭后将不再根据您的兴趣推荐内容",
            checkable="true",
            clickable="true",
        ),
        node("android.view.View", "[0,400][1080,580]", content_desc="注销账号&#10;注销后数据将被清空", clickable="true"),
    )
    assert statements(tree, accepted=True) == ["account.cancel", "target.switch", "~ target"]


def test_a_page_in_a_web_view() -> None:
    inside = (
        node("android.view.View", "[0,200][1080,300]", text="用户协议与隐私政策"),
        node("android.view.View", "[0,300][1080,900]", text="请您仔细阅读并同意"),
        node("android.view.View", "[0,900][1080,1000]", text="《隐私政策》", clickable="true"),
        node("android.widget.Button", "[0,1000][500,1100]", text="不同意", clickable="true"),
        node("android.widget.Button", "[500,1000][1080,1100]", text="同意", clickable="true"),
    )
    tree = node("android.widget.FrameLayout", "[0,0][1080,2400]", node("android.webkit.WebView", "[0,100][1080,2400]", *inside))
    assert statements(tree) == ["consent", "link.policy", "prompt.policy", "refuse"]


def test_a_switch_at_the_end_of_a_row_of_nested_groups() -> None:
    row = node(
        "android.widget.RelativeLayout",
        "[0,300][1080,450]",
        node(
            "android.widget.LinearLayout",
            "[40,300][800,450]",
            text("个性化广告", "[40,310][800,370]"),
            text("减少无关广告", "[40,380][800,440]"),
        ),
        node(
            "android.widget.FrameLayout",
            "[900,320][1060,430]",
            node("android.widget.Switch", "[900,330][1060,420]", checkable="true", checked="true"),
        ),
        clickable="true",
    )
    assert statements(node("android.widget.FrameLayout", "[0,0][1080,2400]", row), accepted=True) == ["target.switch", "~ target"]


def test_two_boxes_each_with_its_own_row() -> None:
    def row(top: int, words: str, checked: str) -> str:
        box = node("android.widget.CheckBox", f"[40,{top}][100,{top + 60}]", checkable="true", checked=checked, clickable="true")
        return node("android.widget.LinearLayout", f"[0,{top}][1080,{top + 60}]", box, text(words, f"[120,{top}][1000,{top + 60}]"))

    tree = node(
        "android.widget.FrameLayout",
        "[0,0][1080,2400]",
        row(1000, "记住我", "true"),
        row(1100, "我已阅读并同意《隐私政策》", "false"),
        text("登录", "[0,1300][1080,1400]", clickable="true"),
    )
    assert statements(tree) == ["account", "tick", "~ link.policy"]


def test_words_written_over_several_lines() -> None:
    tree = node(
        "android.widget.FrameLayout",
        "[0,0][1080,2400]",
        text("请您在使用前&#10;仔细阅读《隐私&#10;政策》", "[0,300][1080,700]"),
        text("拒 绝", "[0,800][500,900]", clickable="true"),
        text("同 意", "[500,800][1080,900]", clickable="true"),
    )
    assert {"prompt.policy", "refuse", "consent"} <= set(statements(tree))
