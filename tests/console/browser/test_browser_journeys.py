"""Whole journeys through the console as people take them: real server, real worker, real browser."""

import re
from collections.abc import Callable

from tests.console.browser.house import House
from tests.console.browser.seed import PASSWORD
from tests.console.browser.steps import done, fill, invited, number, one_time_code, state, step, upload
from tests.console.browser.visitor import Visitor

Visits = Callable[..., Visitor]


def test_from_upload_to_closed(visitor: Visits, house: House) -> None:
    administrator, chen, li = visitor("zh", "zhang"), visitor("zh"), visitor("en", "li")
    invited(administrator, chen, "chen", email="chen@house.example", role="inspector")
    _second_factor(chen)

    first = upload(chen, house.material / "kuaichi", operator="快吃科技有限公司", store="示例商店", region="浙江", downloads="50000")
    chen.see("inspection-progress", again=False)
    done(chen)
    chen.see("inspection")
    with chen.page.expect_response(lambda answer: "verdict=violated" in answer.url):
        chen.page.select_option("#clauses select[name=verdict]", "violated")
    chen.page.wait_for_url("**verdict=violated**")
    assert chen.page.locator("#table tbody tr").count() == chen.page.locator("#table tbody .verdict.violated").count() > 0

    _decide(chen, li, first)
    _answer(chen, first)
    _needed(chen, first)
    house.run("tests.console.browser.seed", "decide", str(first))
    chen.open(f"/inspections/{first}/")
    chen.press("form[action$='/conclude/'] button")
    li.open(f"/inspections/{first}/")
    li.see("inspection-concluded")
    li.press("form[action$='/countersign/'] button[value=yes]")

    chen.open(f"/inspections/{first}/")
    chen.press("main a[href*='/cases/open/']")
    chen.see("case-open")
    fill(chen, body="cac")
    chen.press("main form button")
    case = number(chen)
    chen.see("case-tested")
    chen.press("a[href*='act=order']")
    chen.see("case-order")
    fill(chen, term_0="15", term_1="working_days")
    chen.press("main form button")
    li.open(f"/cases/{case}/")
    li.press("a[href*='/confirmed/']")
    li.see("case-confirm")
    li.press("main form button")
    step(chen, case, "served", method="portal")
    assert state(chen, case) == "rectification_ordered"
    chen.see("case-ordered")
    chen.press("main a[href*='/cases/documents/']")
    chen.see("case-document")

    operator = visitor("en")
    invited(chen, operator, "kuaichi", email="legal@kuaichi.example", role="operator", operator="快吃科技有限公司")
    _rectified(operator, case, house)

    again = upload(chen, house.material / "kuaichi-innocent", operator="快吃科技有限公司", store="示例商店")
    done(chen)
    chen.open(f"/inspections/{again}/compare/?with={first}")
    chen.see("inspection-compared")
    house.run("tests.console.browser.seed", "sign", str(again))
    chen.open(f"/cases/{case}/retest/?inspection={again}")
    chen.see("case-retest")
    assert chen.page.locator("main .state.persisting").count() == 0
    chen.press("main form button")
    assert state(chen, case) == "retest"
    step(chen, case, "proposed", "?act=closing", outcome="rectified", reason="复测未再发现所列问题。")
    step(li, case, "confirmed")
    assert state(chen, case) == "closed"
    step(chen, case, "served", method="portal")
    chen.see("case-closed")
    operator.open(f"/portal/{case}/")
    operator.see("portal-closed")


def _second_factor(visitor: Visitor) -> None:
    """Sets up a second factor, and signs in with it."""
    visitor.open("/accounts/2fa/totp/activate/")
    visitor.see("password-again")
    fill(visitor, password=PASSWORD)
    visitor.press("main form button")
    visitor.see("second-factor", again=False)
    secret = str(visitor.page.locator("#authenticator_secret").input_value())
    fill(visitor, code=one_time_code(secret))
    visitor.press("main form button[type=submit]")
    visitor.open("/accounts/2fa/")
    visitor.see("second-factors")
    visitor.press(".who form button")
    visitor.sign_in("chen")
    visitor.see("second-factor-asked", again=False)
    fill(visitor, code=one_time_code(secret))
    visitor.press("main form button[type=submit]")
    assert visitor.page.locator(".who").inner_text().startswith("chen")


def _decide(inspector: Visitor, reviewer: Visitor, inspection: int) -> None:
    """Opens a finding with its tree and evidence, confirms one hit, dismisses another, and asks for a recording; a second person agrees."""
    inspector.open(f"/inspections/{inspection}/clauses/cac-2019/3.1/")
    inspector.see("finding")
    assert inspector.page.locator(".tree li").first.is_visible()
    assert inspector.page.locator("article.card pre").first.inner_text().strip()
    hits = inspector.page.locator("article.card")
    assert hits.count() > 2
    with inspector.page.expect_navigation():
        hits.nth(0).locator("button[value=confirmed]").click()
    with inspector.page.expect_navigation():
        hits.nth(1).locator("details").first.locator("summary").click()
        hits.nth(1).locator("textarea[name=reason]").first.fill("该读取发生在用户同意之后，录制时钟有误差。")
        hits.nth(1).locator("button[value=dismissed]").click()
    with inspector.page.expect_navigation():
        hits.nth(2).locator("details").nth(1).locator("summary").click()
        hits.nth(2).locator("textarea[name=reason]").nth(1).fill("请再录一次首次启动。")
        hits.nth(2).locator("button[value=record]").click()
    assert hits.nth(0).locator(".state.violated").count() == 1
    assert hits.nth(1).locator(".message").count() == 1
    reviewer.open(f"/inspections/{inspection}/clauses/cac-2019/3.1/")
    reviewer.see("finding-check")
    reviewer.press("form[action*='/check/'] button[value=yes]")
    assert reviewer.page.locator("article.card").nth(1).locator(".state.satisfied").count() == 1


def _answer(inspector: Visitor, inspection: int) -> None:
    """Answers the first checklist that is open, and sees that the report was judged again with it."""
    before = inspector.context.request.get(f"/inspections/{inspection}.json").json()
    inspector.open(f"/inspections/{inspection}/?verdict=inconclusive")
    links = inspector.page.locator("#table tbody th a")
    addresses = [str(links.nth(index).get_attribute("href")) for index in range(links.count())]
    for address in addresses:
        inspector.open(address)
        if inspector.page.locator("input[type=radio][value=no]").count():
            break
    for choice in inspector.page.locator("input[type=radio][value=no]").all():
        choice.check()
    inspector.see("checklist", again=False)
    inspector.press("form[action$='/answer/'] button")
    inspector.open(f"/inspections/{inspection}/")
    inspector.page.wait_for_selector("#progress", state="detached")
    after = inspector.context.request.get(f"/inspections/{inspection}.json").json()
    assert before["report_sha256"] != after["report_sha256"]


def _needed(inspector: Visitor, inspection: int) -> None:
    """Answers that the permissions without which the code ends the app are needed: what remains is what a recording of a later version can
    clear."""
    inspector.open(f"/inspections/{inspection}/clauses/cac-2019/4.2/")
    inspector.page.locator("input[type=radio][value=no]").first.check()
    inspector.press("form[action$='/answer/'] button")
    inspector.open(f"/inspections/{inspection}/")
    inspector.page.wait_for_selector("#progress", state="detached")


def _rectified(operator: Visitor, case: int, house: House) -> None:
    """The operator reads what it was told, answers two problems, hands the corrected version in, and reports."""
    operator.open("/portal/")
    operator.see("portal")
    operator.press(f"main a[href='/portal/{case}/']")
    operator.see("portal-case")
    operator.press(f"main a[href*='/portal/{case}/documents/']")
    operator.see("portal-document")
    operator.open(f"/portal/{case}/")
    with operator.page.expect_download() as evidence:
        operator.page.locator("main a[href*='/evidence.html']").click()
    assert evidence.value.path().stat().st_size > 0
    for place in (1, 2):
        card = operator.page.locator(f"#problem-{place}")
        card.locator("summary").click()
        card.locator("[name=cause]").fill("The SDK read it at start.")
        card.locator("[name=change]").fill("It starts after consent now.")
        with operator.page.expect_navigation():
            card.locator("form button").click()
    operator.page.set_input_files("input[name=package]", house.material / "kuaichi-innocent" / "app.apk")
    operator.page.set_input_files("input[name=policy]", house.material / "kuaichi-innocent" / "policy.html")
    operator.press("form[action$='/version'] button")
    fill(operator, statement="All problems are rectified in version 3.2.1.")
    operator.press("form[action$='/rectification_reported'] button")
    operator.see("portal-reported")
    assert re.search(r"Rectification reported", operator.main())
