"""What all tests share: the accepting of golden files, the real packages, and the rule that CI skips nothing."""

import os
from pathlib import Path

import pytest

CI = os.environ.get("CI") == "true"
CACHE = Path(os.environ.get("MINGJIAN_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mingjian")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the golden files from what comes out; read the diff")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """In CI a skipped test is a failed one: each stands for a real part that was not exercised."""
    outcome = yield
    report = outcome.get_result()
    if CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):  # type: ignore[no-untyped-def]
    """The same of a module that skips itself whole."""
    outcome = yield
    report = outcome.get_result()
    if CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of the public packages that `tools/corpus.sh` fetched."""
    folder = CACHE / "corpus"
    if not folder.is_dir():
        pytest.skip("the public packages are not here: run tools/corpus.sh")
    return folder


@pytest.fixture(scope="session")
def real_apks(corpus: Path) -> dict[str, Path]:
    """Real APKs that nobody here made, by a short name."""
    found = {
        "settings": "io.appium.settings-8.0.10/package/apks/settings_apk-debug.apk",
        "apidemos": "android-apidemos-5.0.0/package/apks/ApiDemos-debug.apk",
        "uiautomator2": "appium-uiautomator2-server-10.6.6/package/apks/appium-uiautomator2-server-v10.6.6.apk",
    }
    return {name: corpus / path for name, path in found.items()}
