"""What becomes public: a naming, a takedown and a restoration on the list, and the half-yearly report."""

import io
from collections.abc import Callable

import numpy as np
import openpyxl
import pypdfium2 as pdfium

from tests.console.browser.house import House
from tests.console.browser.steps import done, fill, kinds, number, state, step, upload
from tests.console.browser.visitor import Visitor

Visits = Callable[..., Visitor]

SHAPES = ("app", "problem", "type", "store")
FILES = 4
"""A PDF and a spreadsheet in each language."""


def test_from_overdue_to_restoration(visitor: Visits, house: House) -> None:
    wang, li, zhao, public = visitor("en", "wang"), visitor("zh", "li"), visitor("en", "zhao"), visitor("zh")
    wang.open("/cases/overdue/")
    wang.see("cases-overdue")
    wang.press("main tbody th a")
    case = number(wang)
    assert state(wang, case) == "overdue"
    wang.see("case-overdue")
    while "overdue_noted" not in kinds(wang, case):  # the worker states it by itself
        wang.page.wait_for_timeout(500)
    step(wang, case, "proposed", "?act=naming", term_0="15", term_1="working_days")
    step(li, case, "confirmed")

    zhao.open("/cases/work/")
    zhao.see("work")
    zhao.open("/notices/")
    zhao.press("main a[href$='/notices/publish/']")
    zhao.see("notices-desk")
    fill(zhao, batch="2026-7")
    zhao.press("main button[name=document]")
    assert state(wang, case) == "publicly_named"
    zhao.see("notice")
    _public_list(public)

    operator = visitor("en", "manchi")
    operator.open(f"/portal/{case}/")
    card = operator.page.locator("#problem-1")
    card.locator("summary").click()
    card.locator("[name=cause]").fill("An SDK.")
    card.locator("[name=change]").fill("Removed.")
    with operator.page.expect_navigation():
        card.locator("form button").click()
    fill(operator, statement="Rectified.")
    operator.press("form[action$='/rectification_reported'] button")

    # The re-test finds the same package: nothing was rectified.
    unchanged = _tested(wang, house, "manchi")
    wang.open(f"/cases/{case}/retest/?inspection={unchanged}")
    assert wang.page.locator("main .state.persisting").count() > 0
    wang.press("main form button")
    step(wang, case, "proposed", "?act=takedown", term_0="48", term_1="hours", stores="示例商店\n另一商店")
    step(li, case, "confirmed")
    for _ in range(2):
        step(wang, case, "served", method="electronic")
    assert state(wang, case) == "takedown_ordered"
    wang.see("case-takedown")
    zhao.open("/notices/publish/")
    zhao.press("main button[name=document]")
    public.open("/notices/?kind=takedown")
    assert "慢吃外卖" in public.main()

    rectified = _tested(wang, house, "manchi-innocent")
    wang.open(f"/cases/{case}/retest/?inspection={rectified}")
    wang.press("main form button")
    assert state(wang, case) == "relist_retest"
    step(wang, case, "proposed", "?act=restoration", reason="The problems were not found again.")
    step(li, case, "confirmed")
    for _ in range(2):
        step(wang, case, "served", method="electronic")
    assert state(wang, case) == "closed"
    zhao.open("/notices/publish/")
    zhao.press("main button[name=document]")
    public.open("/notices/?kind=restoration")
    assert "慢吃外卖" in public.main()
    public.press("main tbody th a")
    public.see("notice-restored")


def test_the_half_yearly_report(visitor: Visits) -> None:
    wang, zhao, public = visitor("zh", "wang"), visitor("en", "zhao"), visitor("zh")
    wang.open("/figures/")
    fill(wang, half="2026H2")
    wang.press("form[action$='/figures/compute/'] button")
    while not wang.page.locator("main tbody th a").count():
        wang.page.wait_for_timeout(500)
        wang.page.reload()
    wang.see("figures")
    wang.press("main tbody th a")
    wang.see("figures-draft")
    wang.press("main .number a")
    wang.see("figures-counted")
    wang.open("/figures/2026H2/")
    wang.press("form[action*='/propose/'] button")
    zhao.open("/figures/2026H2/")
    while zhao.page.locator("main a[href*='/files/']").count() < FILES:
        zhao.page.wait_for_timeout(1000)
        zhao.page.reload()
    zhao.see("figures-proposed")
    zhao.press("form[action*='/publish/'] button")
    assert "Published" in zhao.main()

    for lang, words in (("zh", "检测"), ("en", "inspect")):
        public.speak(lang)
        public.open("/figures/")
        public.press("main tbody td a")
        assert words in public.main()
        public.see("report", again=False)
        _is_printed_well(_fetched(public, f"2026H2.{lang}.pdf"), words)
        book = openpyxl.load_workbook(io.BytesIO(_fetched(public, f"2026H2.{lang}.xlsx")))
        assert sum(isinstance(cell, int | float) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row) > 20


def _tested(inspector: Visitor, house: House, app: str) -> int:
    """An inspection of an app, decided and countersigned."""
    found = upload(inspector, house.material / app, operator="慢吃科技有限公司", store="示例商店")
    done(inspector)
    house.run("tests.console.browser.seed", "sign", str(found))
    return found


def _public_list(public: Visitor) -> None:
    """The list in its four shapes as a page, as a spreadsheet and as a feed, all of which tell of the one app that was named."""
    for shape in SHAPES:
        public.open(f"/notices/?shape={shape}")
        public.see(f"notices-{shape}")
        assert "慢吃外卖" in public.main()
        with public.page.expect_download() as sheet:
            public.page.locator("main a[href*='/notices/list.xlsx']").click()
        book = openpyxl.load_workbook(io.BytesIO(sheet.value.path().read_bytes()))
        cells = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
        assert "慢吃外卖" in cells
        assert "com.manchi.waimai" in cells
    feed = public.context.request.get("/notices/list.json").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["_mingjian"]["package"] for item in feed["items"]] == ["com.manchi.waimai"]


def _fetched(visitor: Visitor, name: str) -> bytes:
    with visitor.page.expect_download() as download:
        visitor.page.locator(f"main a[href*='/files/{name}']").click()
    return bytes(download.value.path().read_bytes())


def _is_printed_well(content: bytes, words: str) -> None:
    """The text is in the file, no page is blank, none shows a box for a missing character, and each is drawn alike twice."""
    document = pdfium.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    assert words in text
    assert not set("\ufffd\uffff\u25a1") & set(text), "a character that no font has"
    for page in document:
        once, again = (np.asarray(page.render(scale=1, grayscale=True).to_numpy()) for _ in range(2))
        assert (once == again).all()
        assert once.min() < 128 < once.max()
