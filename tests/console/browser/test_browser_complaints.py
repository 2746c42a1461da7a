"""A citizen complains, follows, is answered, and has the data erased; those who handle it see what they need for each step and no more."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.console.browser.steps import fill, number
from tests.console.browser.visitor import Visitor

Visits = Callable[..., Visitor]

NAME = "王小明"
TOLD = {
    "zh": {"app_name": "慢吃外卖", "description": "还没有点同意，它就读取了我的通讯录。", "reply": "已立案，正在责令整改。"},
    "en": {"app_name": "慢吃外卖", "description": "It read my contacts before I had agreed.", "reply": "A case was opened on it."},
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_from_complaint_to_reply_and_erasure(visitor: Visits, lang: str) -> None:
    told = TOLD[lang]
    citizen, wang, li = visitor(lang), visitor(lang, "wang"), visitor(lang, "li")
    citizen.open("/")
    citizen.press("nav a[href='/complaints/new/']")
    citizen.see("complaint-new", again=False)
    with citizen.refused():
        fill(citizen, app_name="")
        citizen.page.evaluate("document.querySelectorAll('[required]').forEach(each => each.required = false)")
        citizen.press("main form button")
    citizen.see("complaint-refused", again=False)
    fill(citizen, app_name=told["app_name"], description=told["description"], clause="cac-2019/3.1")
    fill(citizen, package="com.manchi.waimai", name=NAME, contact="xiaoming@example.org")
    citizen.page.check("main [name=may_contact]")
    citizen.press("main form button")
    citizen.see("complaint-receipt", again=False)
    code = citizen.page.locator("main .lead code").inner_text()
    _follow(citizen, code)
    assert told["description"] in citizen.main()
    citizen.see("complaint-progress", again=False)

    wang.open("/complaints/")
    wang.see("complaints", again=False)
    wang.press("main tbody a")
    complaint = number(wang)
    assert NAME not in wang.page.content()
    assert told["description"] not in wang.page.content()
    _act(wang, "take_on")
    wang.see("complaint", again=False)
    fill(wang, purpose="sort")
    wang.press("main button[name=part][value=statement]")
    assert told["description"] in wang.main()
    wang.see("complaint-read", again=False)
    wang.open(f"/complaints/{complaint}/")
    _act(wang, "accept")
    if lang == "zh":
        fill(wang, body="provincial_ca")
        _act(wang, "open_case")
    else:
        fill(wang, number=_case_number(wang))
        _act(wang, "link")
    wang.page.fill("main textarea[name=text]", told["reply"])
    _act(wang, "propose")
    wang.see("complaint-proposed", again=False)
    assert wang.page.locator("main button[value=confirm]").count() == 0, "nobody confirms what they proposed"

    li.open(f"/complaints/{complaint}/")
    fill(li, purpose="reply")
    li.press("main button[name=part][value=reply]")
    assert told["reply"] in li.main()
    li.open(f"/complaints/{complaint}/")
    _act(li, "confirm")

    _follow(citizen, code)
    assert told["reply"] in citizen.main()
    citizen.see("complaint-replied", again=False)
    _act(citizen, "erase")
    assert told["description"] not in citizen.main()
    citizen.see("complaint-erased", again=False)
    wang.open(f"/complaints/{complaint}/")
    assert wang.page.locator("main button[name=part]").count() == 0


def _act(visitor: Visitor, act: str) -> None:
    """Presses the button of a step, or that of the form which is for it."""
    visitor.press(f"main button[name=act][value={act}], main form:has(input[name=act][value={act}]) button")


def _follow(citizen: Visitor, code: str) -> None:
    citizen.open("/complaints/follow/")
    fill(citizen, code=code)
    citizen.press("main form button")


def _case_number(visitor: Visitor) -> str:
    told: dict[str, Any] = visitor.context.request.get("/cases/list.json").json()
    return str(told["cases"][-1]["number"])
