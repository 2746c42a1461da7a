"""The console under load: 100,000 apps, 3 million findings, 50,000 cases on PostgreSQL, 20 users at work.

Prints the median and the 95th percentile of every page, and each median as a ratio to that of the framework's own list of the same 100,000
apps (its admin), which is the peer here: same machine, same database, same server, same run. The users are locust's, each thinking one to
three seconds between two pages; the server is `mingjian serve` as a house runs it."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from mingjian.console.operation import setup
from tests.console.postgres import server

ROOT = Path(__file__).parents[1]
LOCUST = Path(os.environ["MINGJIAN_CACHE"]) / "bench-venv" / "bin" / "locust"
USERS = int(os.environ.get("BENCH_USERS", "20"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "90"))
APPS = int(os.environ.get("BENCH_APPS", "100000"))
CASES = int(os.environ.get("BENCH_CASES", "50000"))
PEER = "framework's admin list"
GOAL = 300
"""Milliseconds that the median of a page must stay under."""


def main() -> int:
    """0 when every page's median is under the goal and no answer was a fault."""
    with server() as url, tempfile.TemporaryDirectory(prefix="mingjian-bench-") as home:
        setup.ready(Path(home), url)
        setup.migrate()
        begun = monotonic()
        counts = _fill()
        print(f"filled in {monotonic() - begun:.0f} s: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
        plan = {"cookies": _cookies(), "pages": _pages()}
        with _console(home, url) as address:
            return _shown(_load(address, plan, Path(home)))


def _fill() -> dict[str, int]:
    from mingjian.console.demo import bulk  # noqa: PLC0415  after the settings

    return bulk.fill(apps=APPS, cases=CASES)


def _cookies() -> dict[str, str]:
    """A session of an inspector and one of an administrator."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415
    from django.contrib.auth.models import Group  # noqa: PLC0415
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415

    from mingjian.console.accounts.models import User  # noqa: PLC0415

    cookies = {}
    for role in ("inspector", "administrator"):
        user = User.objects.create_user(f"bench-{role}", is_staff=role == "administrator", is_superuser=role == "administrator")
        user.groups.set([Group.objects.get(name=role)])
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        cookies[role] = session.session_key or ""
    return cookies


def _pages() -> list[tuple[str, str, str]]:
    """Name, role and address of each page; `public` needs no session."""
    from mingjian.console.cases.models import Case  # noqa: PLC0415
    from mingjian.console.complaints.models import Complaint  # noqa: PLC0415
    from mingjian.console.figures.models import Edition  # noqa: PLC0415
    from mingjian.console.inspections.models import Inspection  # noqa: PLC0415
    from mingjian.console.market.models import App  # noqa: PLC0415
    from mingjian.console.notices.models import Publication  # noqa: PLC0415

    inspection = Inspection.objects.filter(violated__gt=0).exclude(report_sha256="").order_by("pk").first()
    case = Case.objects.order_by("-pk").first()
    app = App.objects.order_by("pk").first()
    edition = Edition.objects.order_by("-pk").first()
    complaint = Complaint.objects.order_by("pk").first()
    notice = Publication.objects.order_by("pk").first()
    pages = [
        (PEER, "administrator", "/admin/market/app/"),
        ("entrance", "public", "/"),
        ("inspections", "inspector", "/inspections/"),
        ("inspections of a clause", "inspector", "/inspections/?clause=cac-2019/3.1&verdict=violated"),
        ("inspections by words", "inspector", "/inspections/?text=示例"),
        ("cases", "inspector", "/cases/"),
        ("cases overdue", "inspector", "/cases/overdue/"),
        ("cases: my work", "inspector", "/cases/work/"),
        ("complaints", "inspector", "/complaints/"),
        ("apps", "inspector", "/apps/"),
        ("operators", "inspector", "/apps/operators/"),
        ("public list by app", "public", "/notices/"),
        ("public list by problem", "public", "/notices/?shape=problem"),
        ("public list by type", "public", "/notices/?shape=type"),
        ("public list by store", "public", "/notices/?shape=store"),
        ("half-years", "inspector", "/figures/"),
    ]
    for name, role, found, address in (
        ("one inspection", "inspector", inspection, "/inspections/{}/"),
        ("one finding", "inspector", inspection, "/inspections/{}/clauses/cac-2019/3.1/"),
        ("one case", "inspector", case, "/cases/{}/"),
        ("one app", "inspector", app, "/apps/{}/"),
        ("one complaint", "inspector", complaint, "/complaints/{}/"),
        ("one notice", "public", notice, "/notices/{}/"),
    ):
        if found is not None:
            pages.append((name, role, address.format(found.pk)))
    if edition is not None:
        pages += [
            ("figures of a half-year", "inspector", f"/figures/{edition.half}/"),
            ("its report", "inspector", f"/figures/{edition.half}/report/"),
        ]
    return pages


@contextmanager
def _console(home: str, url: str) -> Iterator[str]:
    command = [sys.executable, "-m", "mingjian.cli", "serve", "--home", home, "--database", url, "--port", "0", "--lang", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            told = running.stdout.readline()
            yield next(word for word in told.split() if word.startswith("http"))
        finally:
            running.terminate()


def _load(address: str, plan: dict[str, object], folder: Path) -> list[dict[str, str]]:
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    command = [LOCUST, "--headless", "-f", ROOT / "tools" / "bench_users.py", "-H", address.rstrip("/"), "-u", str(USERS), "-r", str(USERS)]
    command += ["-t", f"{SECONDS}s", "--csv", folder / "load", "--only-summary", "--loglevel", "ERROR"]
    environment = os.environ | {"BENCH_PLAN": str(folder / "plan.json")}
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with (folder / "load_stats.csv").open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def _shown(rows: list[dict[str, str]]) -> int:
    pages = {row["Name"]: row for row in rows}
    peer = float(pages[PEER]["Median Response Time"])
    print(f"{USERS} users for {SECONDS} s; median and 95th percentile in ms; ratio to the median of the {PEER}")
    slow = faults = 0
    for name, row in sorted(pages.items(), key=lambda item: -float(item[1]["Median Response Time"] or 0)):
        median, high, failed = float(row["Median Response Time"] or 0), row["95%"], int(row["Failure Count"])
        told = f", {failed} failed" if failed else ""
        print(f"  {name:28} {median:6.0f} {high:>6} {median / peer:6.2f}  {row['Request Count']:>5} requests{told}")
        slow += median > GOAL
        faults += failed
    print(f"pages over {GOAL} ms: {slow}; failed: {faults}")
    return int(bool(slow or faults))


if __name__ == "__main__":
    sys.exit(main())
