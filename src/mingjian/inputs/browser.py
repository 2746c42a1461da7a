"""A page as a real browser shows it, after its scripts have run: one headless browser for one page, killed with all its children."""

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import monotonic, sleep

from mingjian.errors import InputError, TryAgainError
from mingjian.inputs.plain_http import MOST_BYTES

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable")
"""The programs that are looked for, in this order."""
MEMORY = 1 << 30
"""Bytes that all processes of the browser may hold beyond what they share. Watched on Linux only."""

_PROFILE = "mingjian-browser-"
_LONGEST_FOLDER = 30
"""Bytes that the folder of temporary files may have in its path: the browser puts a socket into the profile, and the path of a socket may
have 104 bytes on some systems."""
_SCRIPT_SECONDS = 10
"""Seconds of the page's own clock that its scripts get. The clock runs ahead while nothing is loading."""
_LONGEST_LOAD = 0.5
"""Share of the time left after which what is still loading is given up."""
_LOOK = 0.1
_QUIET = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-breakpad",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    "--window-size=1280,2000",
    "--lang=zh-CN",
    "--js-flags=--max-old-space-size=512",
)
_ERROR_PAGE = re.compile(rb'<body[^>]{0,300}\bclass="neterror')
_VERSION = re.compile(r"[A-Z][A-Za-z ]{1,40} \d[\d.]{0,40}")
_VERSION_SECONDS = 15.0


def find() -> Path | None:
    """The first browser on PATH."""
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def version(browser: Path) -> str:
    """Its name and version, as it tells them itself. Raises `InputError` for what cannot be started."""
    with _started([str(browser), "--version"], monotonic() + _VERSION_SECONDS) as running:
        told = running.output(1000).decode("ascii", "replace")
    found = _VERSION.search(" ".join(told.split()))
    if not found:
        raise InputError("fetch.no_browser", browser=browser)
    return found[0]


def show(browser: Path, address: str, until: float, proxy: str) -> bytes:
    """The page's HTML in UTF-8 once its scripts are done, by the time `until` of the monotonic clock; all that it asks for goes through
    `proxy`.

    Raises `TryAgainError` when it is not done in time or nothing answers, and `InputError` when it is too large or the browser fails."""
    load = max(1.0, _LONGEST_LOAD * (until - monotonic()))
    options = [
        "--dump-dom",
        f"--virtual-time-budget={_SCRIPT_SECONDS * 1000}",
        f"--timeout={round(load * 1000)}",
        f"--proxy-server={proxy}",
        # Without this the browser would reach for this machine by itself.
        "--proxy-bypass-list=<-loopback>",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # The browser's sandbox refuses to work for root, and containers usually have no other user.
        options.append("--no-sandbox")
    with _started([str(browser), *_QUIET, *options, address], until) as running:
        content = running.output(MOST_BYTES + 1)
    if running.ended == "late":
        raise TryAgainError("fetch.browser_late", address=address)
    if running.ended == "memory" or len(content) > MOST_BYTES:
        raise InputError("fetch.browser_memory", address=address, megabytes=MEMORY >> 20, limit=MOST_BYTES >> 20)
    if _ERROR_PAGE.search(content[:20_000]):
        raise TryAgainError("fetch.browser_lost", address=address)
    if not content.strip():
        raise InputError("fetch.browser_failed", address=address, browser=browser)
    return content


class _Running:
    """A browser at work. `ended` is "late" or "memory" when it was killed for that, else empty."""

    def __init__(self, child: "subprocess.Popen[bytes]", until: float) -> None:
        self._child = child
        self._until = until
        self._done = threading.Event()
        self.ended = ""

    def output(self, most: int) -> bytes:
        """What it writes, up to so many bytes."""
        assert self._child.stdout
        watch = threading.Thread(target=self._watch, daemon=True)
        watch.start()
        try:
            return self._child.stdout.read(most)
        finally:
            self._done.set()
            watch.join()

    def _watch(self) -> None:
        while not self._done.wait(_LOOK):
            if monotonic() > self._until:
                self.ended = "late"
            elif _memory(self._child.pid) > MEMORY:
                self.ended = "memory"
            if self.ended:
                self.kill()
                return

    def kill(self) -> None:
        """Ends every process of the browser, which all stand in one group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)


@contextmanager
def _started(command: list[str], until: float) -> Iterator[_Running]:
    """A browser with a home of its own, which is gone with all its processes afterwards."""
    folder = gettempdir()
    if len(os.fsencode(folder)) > _LONGEST_FOLDER:
        folder = "/tmp"  # noqa: S108  the profile in it gets a name of its own, which only its owner can open
    with TemporaryDirectory(prefix=_PROFILE, dir=folder, ignore_cleanup_errors=True) as home:
        kept = os.environ | {"HOME": home, "TMPDIR": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
        try:
            child = subprocess.Popen(  # noqa: S603 - the user names the browser, and the address begins with its scheme
                [command[0], f"--user-data-dir={home}/profile", *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=home,
                env=kept,
                start_new_session=True,
            )
        except OSError as error:
            raise InputError("fetch.no_browser", browser=command[0]) from error
        running = _Running(child, until)
        with child:
            try:
                yield running
            finally:
                running.kill()
                _gone(child.pid)


def _gone(group: int) -> None:
    """Waits until no process of the group can write into the profile any more."""
    for _ in range(100):
        if not any(True for _ in _members(group)):
            return
        sleep(0.02)


def _memory(group: int) -> int:
    """Bytes that the processes of the group hold for themselves; 0 where the system does not tell."""
    return sum(_own(process) for process in _members(group))


def _own(process: Path) -> int:
    with suppress(OSError):
        found = re.search(r"^RssAnon:\s+(\d+) kB", (process / "status").read_text(), re.MULTILINE)
        return int(found[1]) << 10 if found else 0
    return 0


def _members(group: int) -> Iterator[Path]:
    """The processes of the group that still run, by their folder under /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            # pid (name) state parent group: the name may hold anything, also brackets.
            state, _, its_group = (process / "stat").read_text(errors="replace").rpartition(") ")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                yield process
