"""A finding that was dismissed until a day is to be decided again when that day is over."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from mingjian.console import clock
from tests.console.browser.house import House, later
from tests.console.browser.steps import done, upload
from tests.console.browser.visitor import Visitor

Visits = Callable[..., Visitor]

CLAUSE = "cac-2019/3.1"
REASON = "该读取发生在用户同意之后，录制时钟有误差。"


def test_a_dismissal_ends_with_its_last_day(visitor: Visits, house: House) -> None:
    wang, li = visitor("zh", "wang"), visitor("en", "li")
    inspection = upload(wang, house.material / "haochi", operator="好吃科技有限公司", store="示例商店")
    done(wang)
    wang.open(f"/inspections/{inspection}/clauses/{CLAUSE}/")
    hit = wang.page.locator("article.card").first
    hit.locator("summary", has_text="排除").click()
    day = hit.locator("[name=expires_on]")
    last = date.fromisoformat(str(day.get_attribute("min"))) + timedelta(days=1)
    day.fill(last.isoformat())
    hit.locator("textarea[name=reason]").first.fill(REASON)
    with wang.page.expect_navigation():
        hit.locator("button[value=dismissed]").click()
    li.open(f"/inspections/{inspection}/clauses/{CLAUSE}/")
    li.press("form[action*='/check/'] button[value=yes]")
    assert "dismissed" in _of_hit(li)
    house.run("tests.console.browser.seed", "decide", str(inspection))
    assert _decided(wang, inspection)["dismissed"] == 1
    wang.open(f"/inspections/{inspection}/")
    assert "所有发现均已决定" in wang.main()
    assert wang.page.locator("form[action$='/conclude/'] button").is_enabled()

    midnight = datetime.combine(last + timedelta(days=1), time(), clock.PLACE)
    with later(house, midnight) as tomorrow:
        wang, li = visitor("zh", "wang", at=tomorrow), visitor("en", "li", at=tomorrow)
        decided = _decided(wang, inspection)
        assert (decided["ended"], decided.get("dismissed", 0)) == (1, 0)
        wang.open(f"/inspections/{inspection}/")
        assert "还有 1 项发现没有决定" in wang.main()
        assert "排除已到期 1" in wang.page.locator("#table").inner_text()
        assert wang.page.locator("form[action$='/conclude/'] button").is_disabled()
        li.open(f"/inspections/{inspection}/")
        assert "1 finding is undecided" in li.main()
        assert "dismissal ended 1" in li.page.locator("#table").inner_text()

        wang.open(f"/inspections/{inspection}/clauses/{CLAUSE}/")
        said = _of_hit(wang)
        assert f"此项曾被排除，已于 {last.isoformat()} 到期，须重新决定。" in said
        assert REASON in said
        wang.see("finding-ended")
        wang.press("article.card button[value=confirmed]")
        assert "已确认" in _of_hit(wang)
        assert "须重新决定" not in _of_hit(wang)
        assert _decided(wang, inspection).get("ended", 0) == 0


def _of_hit(visitor: Visitor) -> str:
    """The words of the first hit on the page of a finding."""
    return str(visitor.page.locator("article.card").first.inner_text())


def _decided(visitor: Visitor, inspection: int) -> dict[str, Any]:
    """How many hits of the clause are decided how, as the twin for programs tells it."""
    told = visitor.context.request.get(f"/inspections/{inspection}.json").json()
    found: dict[str, Any] = next(each["decided"] for each in told["findings"] if each["clause"] == CLAUSE)
    return found
