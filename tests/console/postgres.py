"""Runs a command with a real PostgreSQL of its own: `python -m tests.console.postgres pytest tests/console`.

The server lives in a temporary folder, listens on a socket there and nowhere else, and is gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

NEEDED = "initdb"


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs: on the path, or where Debian puts the newest; none when it is not installed."""
    if found := shutil.which(NEEDED):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{NEEDED}"), key=lambda file: int(file.parts[-3]))
    return versions[-1].parent if versions else None


@contextmanager
def server() -> Iterator[str]:
    """The URL of a running, empty database."""
    folder = programs()
    if folder is None:
        raise SystemExit("postgres: PostgreSQL is not installed (apt-get install postgresql)")
    # PostgreSQL refuses to run as root, so root lends it another user.
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="mingjian-pg-") as place:
        if user:
            shutil.chown(place, user)
        data = f"{place}/data"
        run = partial(subprocess.run, check=True, user=user, stdout=subprocess.DEVNULL, cwd=place)
        run([folder / "initdb", "-D", data, "-U", "mingjian", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
        options = f"-k {place} -c listen_addresses='' -c fsync=off -c shared_buffers=256MB -c max_connections=100"
        run([folder / "pg_ctl", "-D", data, "-w", "-l", f"{place}/log", "-o", options, "start"])
        try:
            run([folder / "createdb", "-h", place, "-U", "mingjian", "mingjian"])
            yield f"postgresql://mingjian@{quote(place, safe='')}/mingjian"
        finally:
            run([folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"])


def main() -> int:
    """Runs the command line's command and gives its exit code."""
    with server() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "MINGJIAN_DATABASE": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
