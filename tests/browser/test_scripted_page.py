"""Pages that scripts make, in a real browser: their text is found, they cannot hold it for ever, and nothing of it stays behind."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fixtures.site import reply, site
from mingjian.errors import InputError, MingjianError, TryAgainError
from mingjian.inputs import browser as browsers
from mingjian.inputs import gate as gates
from mingjian.inputs import open_policy, plain_http
from mingjian.inputs.fetch import Page, fetch

CHROMIUM = Path("/usr/bin/chromium")
SENTENCE = "我们收集您的手机号码，用于注册账号和登录。"
SCRIPTED = f"""<!DOCTYPE html><html><head><meta charset="gbk"><title>隐私政策</title></head><body><div id="app">加载中…</div>
<script>setTimeout(() => {{ app.innerHTML = "<h1>隐私政策</h1><p>{SENTENCE}</p>" }}, 2000)</script></body></html>"""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium: apt-get install chromium")


def processes_in(folder: Path) -> list[bytes]:
    """The command lines of running processes that name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if bytes(folder) in (line := process.read_bytes()):
                found.append(line)
    return found


@pytest.fixture(autouse=True)
def _nothing_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:  # pytest's own folder has to be there before
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # A short path: a longer one would make the browser live in /tmp, together with those of other runs.
    own = Path(tempfile.mkdtemp(prefix="", dir="/tmp"))
    monkeypatch.setenv("TMPDIR", str(own))
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    yield
    assert processes_in(own) == []
    assert list(own.iterdir()) == []
    own.rmdir()


def shown(address: str, seconds: float = 60.0, **more: Any) -> Page:
    return fetch(address, time.monotonic() + seconds, CHROMIUM, **more)


def verb(address: str, file: Path) -> list[str]:
    return [sys.executable, "-m", "mingjian.cli", "fetch", address, "-o", str(file), "--browser", str(CHROMIUM)]


def test_a_policy_that_a_script_writes_is_there_with_a_browser_and_lost_without(tmp_path: Path) -> None:
    with_browser, without = tmp_path / "with.html", tmp_path / "without.html"
    with site({"/": SCRIPTED}) as there:
        page = shown(there.address)
        with_browser.write_bytes(page.content)
        without.write_bytes(fetch(there.address, time.monotonic() + 60).content)
    assert page.way.startswith("Chromium ")
    assert page.way in page.content.decode("utf-8-sig").splitlines()[0]
    (document,) = open_policy([with_browser])[1]
    assert (document.text, document.lost) == (f"隐私政策\n{SENTENCE}", ())
    (document,) = open_policy([without])[1]
    assert SENTENCE not in document.text
    assert document.lost


@pytest.mark.parametrize(
    "script",
    [
        "let n = 0; (function tick() { n++; setTimeout(tick, 0) })()",
        "for (let n = 0; n < 20; n++) window.open('/')",
        "window.print(); onbeforeunload = () => 'stay'",
        "location.href = 'file:///etc/hostname'",
    ],
)
def test_a_page_with_bad_manners_is_read(script: str) -> None:
    with site({"/": f"<body><p>{SENTENCE}</p><script>{script}</script></body>"}) as there:
        assert SENTENCE in shown(there.address).content.decode()


@pytest.mark.parametrize("script", ["while (true) {}", "while (true) alert('again')"])
def test_a_script_without_an_end_is_stopped(script: str) -> None:
    with site({"/": f"<body><p>{SENTENCE}</p><script>{script}</script></body>"}) as there, pytest.raises(TryAgainError) as told:
        shown(there.address, 4)
    assert told.value.key == "fetch.browser_late"


def test_a_page_that_moves_on_for_ever_ends() -> None:
    with site({"/": "<body>on<script>location.href = '/?' + Math.random()</script></body>"}) as there:
        try:
            content = shown(there.address, 8).content.decode()
        except MingjianError as error:
            assert error.key.startswith("fetch.")
        else:
            # Between two pages there may be nothing on the screen.
            assert "<html" in content


def test_a_page_that_grows_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers, "MEMORY", 400 << 20)
    grow = "setInterval(() => { for (let n = 0; n < 20000; n++) document.body.append('x'.repeat(1000) + n) }, 0)"
    with site({"/": f"<body><script>{grow}</script></body>"}) as there, pytest.raises(InputError) as told:
        shown(there.address)
    assert told.value.key == "fetch.browser_memory"


def test_a_page_that_scripts_make_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers, "MOST_BYTES", 1 << 20)
    with site({"/": "<body><script>document.body.append('x'.repeat(2 << 20))</script></body>"}) as there, pytest.raises(InputError) as told:
        shown(there.address)
    assert told.value.key == "fetch.browser_memory"


def test_what_never_finishes_loading_does_not_hold_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "_IDLE", 1.0)
    monkeypatch.setattr(gates, "_MOST_BYTES", 4 << 20)

    def endless(request: Any) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 100_000)

    page = f"<body><img src=/endless><script>fetch('/silent'); setTimeout(() => document.body.append('{SENTENCE}'), 500)</script></body>"
    with site({"/": page, "/silent": lambda _: time.sleep(60), "/endless": endless}) as there:
        assert f">{SENTENCE}" not in page
        assert f"</script>{SENTENCE}" in shown(there.address).content.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers at every address of 127.0.0.0/8")
def test_scripts_of_the_internet_reach_no_private_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_http, "is_public", lambda host: host == "127.0.0.2")
    with site({"/": reply(b"secret", Access_Control_Allow_Origin="*", Content_Type="text/html")}) as inside:
        asking = f"fetch('{inside.address}/').then(answer => answer.text()).then(text => document.body.append(text))"
        leaving = f"location.href = '{inside.address}/'"
        with site(
            {"/ask": f"<body>page<script>{asking}</script></body>", "/leave": f"<body>page<script>{leaving}</script></body>"}, "127.0.0.2"
        ) as there:
            for path in ("/ask", "/leave"):
                try:
                    assert b"page" in shown(there.address + path).content
                except TryAgainError as error:
                    assert error.key == "fetch.browser_lost"
        assert inside.asked == []
        with site({"/": f"<body>page<script>{asking}</script></body>"}) as neighbour:
            assert b"</script>secret" in shown(neighbour.address).content


def test_the_part_after_the_number_sign_chooses_the_page() -> None:
    with site({"/": "<body><script>document.body.append('route ' + location.hash)</script></body>"}) as there:
        page = shown(f"{there.address}/#/privacy")
    assert b"</script>route #/privacy" in page.content
    assert page.address == f"{there.address}/#/privacy"


def test_a_long_path_of_temporary_files_is_no_hindrance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("t" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with site({"/": SCRIPTED}) as there:
        assert SENTENCE in shown(there.address).content.decode()


def test_no_cookie_is_kept() -> None:
    with site({"/": reply(b"<p>page</p>", Set_Cookie="seen=1", Content_Type="text/html")}) as there:
        shown(there.address)
        shown(there.address)
    pages = ["Cookie" in headers for path, headers in there.asked if path == "/"]
    assert pages == [False] * 4


def test_a_browser_that_does_not_start_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "browser"
    broken.write_text("no program")
    broken.chmod(0o755)
    with site({"/": SCRIPTED}) as there:
        for browser in (broken, Path("/bin/true")):
            with pytest.raises(InputError) as told:
                fetch(there.address, time.monotonic() + 20, browser)
            assert told.value.key == "fetch.no_browser"


def test_ending_the_program_ends_its_browser(tmp_path: Path) -> None:
    with site({"/": "<body><script>while (true) {}</script></body>"}) as there:
        running = subprocess.Popen(verb(there.address, tmp_path / "p.html"))
        # Asked by plain HTTP and by the browser: now its script runs.
        while len(there.asked) < 2 and running.poll() is None:
            time.sleep(0.05)
        running.terminate()
        assert running.wait(20) == 130


def test_the_verb_saves_the_lists_that_scripts_link_to(tmp_path: Path) -> None:
    linking = SCRIPTED.replace("</p>", "请查看<a href='/sdk'>第三方SDK目录</a>。</p>")
    with site({"/": linking, "/sdk": SCRIPTED.replace(SENTENCE, "推送SDK收集设备型号，用于推送消息。")}) as there:
        command = [
            sys.executable,
            "-m",
            "mingjian.cli",
            "fetch",
            there.address,
            "-o",
            str(tmp_path / "p.html"),
            "--browser",
            str(CHROMIUM),
            "--lists",
        ]
        found = subprocess.run(command, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr.decode()
    assert "推送SDK收集设备型号" in (tmp_path / "p-1.html").read_text("utf-8-sig")
    assert found.stdout.decode().split() == ["mingjian", "policy", str(tmp_path / "p.html"), str(tmp_path / "p-1.html")]
