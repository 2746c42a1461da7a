"""Somebody at a browser. Every page that they look at is checked: nothing on its console, no fault of a script, no request elsewhere,
nothing that axe-core finds serious, no width that a phone would have to scroll; and it is kept as a picture."""

import json
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

from tests.console.browser.house import House
from tests.console.browser.seed import PASSWORD

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 720}
LANGUAGES = {"zh": "zh-hans", "en": "en"}
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_PATIENCE = 30_000
"""Milliseconds that a page may take on a busy machine."""
_GRAVE = ("serious", "critical")
_REFUSED = re.compile(r"status of 4\d\d")
"""What the browser writes to its console when the server refuses, which some steps of the tests want."""


class Visitor:
    """A browser context of one person, or of nobody, and its page. `pictures` is the folder of the screenshots."""

    def __init__(self, browser: Any, house: House, pictures: Path, lang: str = "zh", **options: Any) -> None:
        self.house, self.lang, self._pictures = house, lang, pictures
        self.noise: list[str] = []
        self.context = browser.new_context(base_url=house.address, viewport=WIDE, locale="zh-CN" if lang == "zh" else "en", **options)
        self.context.on("page", self._listen)
        self.context.set_default_timeout(_PATIENCE)
        self.page = self.context.new_page()
        self.speak(lang)

    def _listen(self, page: Any) -> None:
        # What it calls debugging are hints to developers, as on a form for a password alone.
        page.on(
            "console",
            lambda message: self.noise.append(f"{page.url}: {message.text}") if message.type not in ("debug", "verbose") else None,
        )
        page.on("pageerror", lambda error: self.noise.append(f"{page.url}: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("response", lambda answer: self.noise.append(f"{answer.url}: {answer.status}") if answer.status >= 500 else None)

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.house.address}/", "data:", "about:")):
            self.noise.append(f"asked for {url}")

    @contextmanager
    def refused(self) -> Iterator[None]:
        """Within the block the server is expected to refuse."""
        before = len(self.noise)
        yield
        told = [line for line in self.noise[before:] if _REFUSED.search(line)]
        assert told, "nothing was refused"
        self.noise = self.noise[:before] + [line for line in self.noise[before:] if not _REFUSED.search(line)]

    def speak(self, lang: str) -> None:
        """Changes the language as the button at the top of each page does, by the cookie that it sets."""
        self.lang = lang
        self.context.add_cookies([{"name": "django_language", "value": LANGUAGES[lang], "url": self.house.address}])

    def sign_in(self, name: str) -> "Visitor":
        """Signs in on the page for it."""
        self.open("/accounts/login/")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.press("main form button")
        return self

    def open(self, path: str) -> Any:
        """Goes to an address of the console."""
        return self.page.goto(path)

    def press(self, selector: str) -> None:
        """Presses a button or follows a link, and waits for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def follow(self, words: str) -> None:
        """Follows the first link of the main part with these words."""
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=words).first.click()

    def main(self) -> str:
        """The words of the main part."""
        return str(self.page.locator("main").inner_text())

    def see(self, name: str, *, again: bool = True) -> None:
        """Looks at the page, and with `again` once more in the other language: checks it and keeps its pictures under `name`. A page on
        progress leads on by itself when the work is done, also in the middle of a look: then it is looked at where it led."""
        try:
            self._see(name, again)
        except Error as error:
            if "because of a navigation" not in error.message:
                raise
            self.page.set_viewport_size(WIDE)
            self.page.emulate_media(color_scheme="light")
            self.page.wait_for_load_state()
            self._see(name, again)

    def _see(self, name: str, again: bool) -> None:
        self._look(name)
        self.noise += faults(self.page, {"type": "tag", "values": _TAGS})
        self.page.emulate_media(color_scheme="dark")
        self.page.screenshot(path=self._pictures / f"{name}.{self.lang}.dark.png")
        self.noise += faults(self.page, ["color-contrast"])
        self.page.emulate_media(color_scheme="light")
        if again:
            own = self.lang
            for lang in ("en" if own == "zh" else "zh", own):
                self.speak(lang)
                self.page.reload()
                if lang != own:
                    self._look(name)

    def _look(self, name: str) -> None:
        page = self.page
        page.screenshot(path=self._pictures / f"{name}.{self.lang}.png", full_page=True)
        self.noise += wrong_words(page, self.lang)
        page.set_viewport_size(PHONE)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            self.noise.append(f"{page.url} is wider than a phone: {_widest(page)}")
        page.set_viewport_size(WIDE)

    def close(self) -> list[str]:
        """Ends the visit, and gives all that the browser had to say and that was wrong with the pages."""
        self.context.close()
        return self.noise


def faults(page: Any, rules: Collection[str] | dict[str, Any]) -> list[str]:
    """What axe-core finds serious on the page: rule and place, with what it saw."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_AXE)
    found = page.evaluate("options => axe.run(document, options)", {"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{page.url} {rule['id']} {json.dumps(node['target'])} {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in _GRAVE
        for node in rule["nodes"]
    ]


def wrong_words(page: Any, lang: str) -> list[str]:
    """Keys of the texts and unfilled values that stand on a page, and whether it fails to say in which language it is, or has no title."""
    words = page.locator("body").inner_text()
    wrong = [f"{page.url} shows {each}" for each in re.findall(r"\bconsole\.[a-z_]+\.[a-z_.]+\b|\{[a-z_]+\}|\{%|\{\{", words)]
    if page.locator("html").get_attribute("lang") != ("zh-CN" if lang == "zh" else "en"):
        wrong.append(f"{page.url} says that it is in another language")
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.url} has {page.locator('h1').count()} headings of the first order")
    return wrong


def _widest(page: Any) -> list[str]:
    """What sticks out of the page to the right."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")]
            .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest(".wide"))
            .slice(0, 5).map(each => each.outerHTML.slice(0, 160))"""
    )
    return found
