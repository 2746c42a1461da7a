"""Every page that somebody can reach by links, as each role: no fault, nothing serious by axe-core in light and dark, both languages, on a
phone, and a picture of each. And pages by keyboard, without scripts, and on paper."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.console.browser.house import House
from tests.console.browser.steps import LONG, fill, number, upload
from tests.console.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.looks

Visits = Callable[..., Visitor]

ROLES = {
    "": "public",
    "zhang": "administrator",
    "sun": "auditor",
    "zhao": "publisher",
    "li": "reviewer",
    "wang": "inspector",
    "manchi": "operator",
}
_FILES = re.compile(r"\.(json|csv|xlsx|pdf|svg|sarif|html)$|/files/|/me/data|/api/")
_OWN = re.compile(r"\d+|cac-2019/\d\.\d|[0-9a-f]{16,}")
"""What differs between pages of one kind: numbers, clauses, digests."""
_asked: set[str] = set()
"""Shapes of questions to the lake that somebody has followed: the answer is the same whoever asks, and takes a process each time."""
_seen: set[tuple[str, ...]] = set()
"""Kinds of pages that were looked at, over all roles: a page looks the same to two roles if it offers both the same forms and links."""


@pytest.mark.parametrize("name", ROLES, ids=ROLES.values())
def test_every_page_of_a_role(visitor: Visits, name: str) -> None:
    person = visitor("zh", name)
    waiting, known = ["/"], {"/"}
    while waiting:
        path = waiting.pop(0)
        answer = person.open(path)
        if answer.status >= 400:
            person.noise.append(f"{path}: {answer.status} for {ROLES[name]}, who was shown a link to it")
            continue
        if (kind := _kind(person, path)) not in _seen:
            _seen.add(kind)
            person.see(f"{ROLES[name]}{_OWN.sub('N', urlsplit(path).path).replace('/', '_')}"[:120])
        for address in _links(person):
            if (shape := _shape(address)) not in known | _asked:
                known.add(shape)
                waiting.append(address)
                if address.startswith("/lake/") and "?" in address:
                    _asked.add(shape)
    assert len(known) > 3


def test_by_keyboard_alone(visitor: Visits) -> None:
    wang = visitor("en", "wang")
    wang.open("/")
    wang.page.keyboard.press("Tab")
    assert wang.page.evaluate("document.activeElement.className") == "skip"
    assert wang.page.locator(".skip").bounding_box()["x"] >= 0
    wang.page.keyboard.press("Enter")
    assert wang.page.evaluate("document.activeElement.id") == "main"
    with wang.page.expect_navigation():
        wang.page.keyboard.press("Tab")
        assert wang.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        wang.page.keyboard.press("Enter")
    assert wang.page.url.endswith("/inspections/")
    # The filters: through the fields to the button, and the list that follows.
    wang.page.locator("form.filters input").first.focus()
    wang.page.keyboard.type("com.manchi.waimai")
    with wang.page.expect_navigation():
        wang.page.keyboard.press("Enter")
    assert "text=com.manchi.waimai" in wang.page.url
    reached = []
    for _ in range(60):
        wang.page.keyboard.press("Tab")
        reached.append(wang.page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.className"))
        if re.fullmatch(r"/inspections/\d+/", reached[-1] or ""):
            break
    assert "wide" in reached, "a table that may be scrolled sideways is reached by the keyboard"
    with wang.page.expect_navigation():
        wang.page.keyboard.press("Enter")
    assert wang.page.locator("#clauses").count() == 1


def test_without_scripts(visitor: Visits, house: House) -> None:
    wang = visitor("zh", java_script_enabled=False)
    wang.sign_in("wang")
    found = upload(wang, house.material / "kuaichi-innocent", store="示例商店")
    wang.page.wait_for_selector("#clauses", timeout=LONG)  # the page is loaded anew by itself
    wang.page.select_option("#clauses select[name=verdict]", "satisfied")
    wang.press("#clauses form button")
    assert "verdict=satisfied" in wang.page.url
    assert number(wang) == found
    verdicts = wang.page.locator("#table tbody .verdict")
    assert verdicts.count() == wang.page.locator("#table tbody .verdict.satisfied").count() > 0


def test_on_paper_only_what_is_to_be_read(visitor: Visits) -> None:
    public = visitor("zh")
    for path in ("/notices/", "/privacy/", "/figures/"):
        public.open(path)
        public.page.emulate_media(media="print")
        assert not public.page.locator("header.top").is_visible()
        assert not public.page.locator("footer").is_visible()
        assert public.page.locator("h1").is_visible()
        assert not any(button.is_visible() for button in public.page.locator("button").all())
        public.page.emulate_media(media="screen")


def test_the_menu_of_a_phone_needs_no_scrolling_sideways(visitor: Visits) -> None:
    wang = visitor("en", "wang", **{"is_mobile": True, "has_touch": True})
    wang.page.set_viewport_size(PHONE)
    wang.open("/")
    for link in wang.page.locator("header a, header button").all():
        box = link.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert box["height"] >= 24, "a finger finds it (WCAG 2.5.8)"


def test_a_wrong_password_is_told_and_the_field_is_named(visitor: Visits) -> None:
    nobody = visitor("en")
    nobody.open("/accounts/login/?next=/cases/")
    fill(nobody, login="wang", password="not the password")
    nobody.press("main form button")
    assert nobody.page.locator("main .errorlist, main [role=alert]").first.is_visible()
    nobody.see("sign-in-refused", again=False)


def _links(visitor: Visitor) -> list[str]:
    """Where the page leads inside the console, without files, in order."""
    found = visitor.page.eval_on_selector_all("a[href]", "each => each.map(link => link.href)")
    paths = dict.fromkeys(urlsplit(address)._replace(scheme="", netloc="", fragment="").geturl() for address in found)
    return [path for path in paths if path.startswith("/") and not _FILES.search(urlsplit(path).path)]


def _shape(path: str) -> str:
    """The address without what differs between pages of one kind; of the query only which fields it has."""
    parts = urlsplit(path)
    fields = sorted(field.partition("=")[0] for field in parts.query.split("&"))
    kept = [parts.query] if re.search(r"\b(shape|act)=", parts.query) else fields
    return _OWN.sub("N", parts.path) + "?" + ",".join(kept)


def _kind(visitor: Visitor, path: str) -> tuple[str, ...]:
    offered = visitor.page.eval_on_selector_all("main form", "each => each.map(form => form.getAttribute('action') || '')")
    return (_shape(path), *sorted({_OWN.sub("N", urlsplit(action).path) for action in offered}))
