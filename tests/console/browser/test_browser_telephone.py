"""Somebody of the house writes down what a citizen tells on the telephone, and the citizen follows it like any other complaint."""

from collections.abc import Callable

import pytest

from tests.console.browser.steps import fill, number
from tests.console.browser.visitor import Visitor

Visits = Callable[..., Visitor]

TOLD = {
    "app_name": "慢吃外卖",
    "clause": "cac-2019/3.1",
    "description": "打开应用还没有点同意，它就读取了通讯录。",
    "package": "com.manchi.waimai",
    "name": "李小红",
    "contact": "010-00000000",
}
_STEPS = 60


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_complaint_by_telephone(visitor: Visits, lang: str) -> None:
    wang, citizen = visitor(lang, "wang"), visitor(lang)
    wang.open("/complaints/")
    wang.press("main a[href='/complaints/enter/']")
    wang.see("complaint-enter", again=False)
    with wang.refused():
        fill(wang, channel="phone", app_name=TOLD["app_name"])
        wang.page.evaluate("document.querySelectorAll('[required]').forEach(each => each.required = false)")
        wang.press("main form button")
    assert wang.page.locator("main [role=alert]").is_visible()
    assert wang.page.locator("main [name=channel]").input_value() == "phone", "nobody has to ask the caller again"
    wang.see("complaint-enter-refused", again=False)
    fill(wang, **TOLD)
    wang.page.check("main [name=may_contact]")
    wang.press("main form button")
    _is_taken(wang, citizen, {"zh": "来电", "en": "by telephone"}[lang])


@pytest.mark.looks
def test_by_keyboard_alone(visitor: Visits) -> None:
    wang, citizen = visitor("zh", "wang"), visitor("zh")
    wang.open("/complaints/")
    _tab_to(wang, "a[href='/complaints/enter/']")
    with wang.page.expect_navigation():
        wang.page.keyboard.press("Enter")
    _tab_to(wang, "[name=channel]")
    wang.page.keyboard.press("ArrowDown")
    for name, words in TOLD.items():
        _tab_to(wang, f"[name={name}]")
        wang.page.keyboard.type("3.1" if name == "clause" else words)
    _tab_to(wang, "[name=may_contact]")
    wang.page.keyboard.press("Space")
    assert wang.page.locator("main [name=channel]").input_value() == "phone"
    assert wang.page.locator("main [name=clause]").input_value() == TOLD["clause"]
    _tab_to(wang, "main form button")
    with wang.page.expect_navigation():
        wang.page.keyboard.press("Enter")
    _is_taken(wang, citizen, "来电")


def _is_taken(wang: Visitor, citizen: Visitor, channel: str) -> None:
    """The code is told once, the complaint stands on the desk without what was told, and with the code the citizen follows it."""
    assert wang.page.locator("main [role=status]").is_visible()
    wang.see("complaint-handed-over", again=False)
    code = wang.page.locator("main .lead code").inner_text()
    wang.press("main a.button")
    complaint = number(wang)
    assert channel in wang.main()
    assert code not in wang.page.content()
    wang.open("/complaints/")
    row = wang.page.locator("main tbody tr", has=wang.page.locator(f"a[href='/complaints/{complaint}/']"))
    assert TOLD["app_name"] in row.inner_text()
    assert "cac-2019/3.1" in row.inner_text()
    for word in ("description", "name", "contact"):
        assert TOLD[word] not in wang.page.content()

    citizen.open("/complaints/follow/")
    fill(citizen, code=code)
    citizen.press("main form button")
    assert TOLD["description"] in citizen.main()


def _tab_to(visitor: Visitor, selector: str) -> None:
    """Goes on with the tabulator until the focus is there, and sees that it shows."""
    for _ in range(_STEPS):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert visitor.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"the keyboard does not reach {selector}")
