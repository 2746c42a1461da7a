"""One console and one browser for all browser tests; both are gone before any test that follows them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.browser.house import House, running
from tests.console.browser.visitor import Visitor

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if not CHROMIUM.exists() and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="there is no /usr/bin/chromium: apt-get install chromium"))


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("house")) as console:
        yield console


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where there is a browser to drive

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield running
        running.close()


@pytest.fixture(scope="package")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that keeps a picture of every page."""
    named = os.environ.get("MINGJIAN_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visitor(browser: Any, house: House, pictures: Path) -> Iterator[Callable[..., Visitor]]:
    """Makes somebody at a browser: `visitor("zh")` is nobody, `visitor("zh", "wang")` signs in, `visitor("zh", "wang", at=…)` in another
    house; each visit ends with the test."""
    visits: list[Visitor] = []

    def make(lang: str, name: str = "", at: House = house, **options: Any) -> Visitor:
        visit = Visitor(browser, at, pictures, lang, **options)
        visits.append(visit)
        return visit.sign_in(name) if name else visit

    yield make
    noise = [line for visit in visits for line in visit.close()]
    assert not noise, "\n".join(noise)
