"""Machines of a cluster as network namespaces, joined by a bridge in that of the database. Needs root and `ip netns`."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.console.postgres import programs

PREFIX = f"mj{os.getpid() % 10_000}"
_NETWORK = "10.213.77"


def available() -> str:
    """Why the network cannot be made; empty when it can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    if programs() is None:
        return "PostgreSQL is not installed"
    if not shutil.which("ip"):
        return "there is no program ip (Debian's iproute2)"
    made = subprocess.run(["ip", "netns", "add", f"{PREFIX}try"], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", f"{PREFIX}try"], capture_output=True, check=False)
    return made.stderr.decode().strip() if made.returncode else ""


class Machine:
    """A network namespace with one address; `programs` started in it are ended with it."""

    def __init__(self, name: str, number: int) -> None:
        self.space = f"{PREFIX}{name}"
        self.address = f"{_NETWORK}.{number}"
        self.programs: list[subprocess.Popen[bytes]] = []
        _ip("netns", "add", self.space)
        _ip("-n", self.space, "link", "set", "lo", "up")

    def plug(self, bridge: "Machine") -> None:
        """Joins this machine to the bridge in another."""
        self._plug = ("-n", bridge.space, "link", "set", f"v{self.address.rpartition('.')[2]}")
        _ip("-n", self.space, "link", "add", "eth0", "type", "veth", "peer", "name", self._plug[-1], "netns", bridge.space)
        _ip(*self._plug, "master", "br0", "up")
        _ip("-n", self.space, "addr", "add", f"{self.address}/24", "dev", "eth0")
        _ip("-n", self.space, "link", "set", "eth0", "up")

    def cut(self, *, off: bool) -> None:
        """Takes the machine off the network, or puts it back. At the far end: what it sends is lost, and it is not told."""
        _ip(*self._plug, "down" if off else "up")

    def start(self, log: Path, *command: str) -> "subprocess.Popen[bytes]":
        """Starts a program here; what it says is appended to `log`."""
        with log.open("ab") as said:
            program = subprocess.Popen(["ip", "netns", "exec", self.space, *command], stdout=said, stderr=said)
        self.programs.append(program)
        return program

    def close(self) -> None:
        for program in self.programs:
            program.kill()
            program.wait()
        _ip("netns", "del", self.space)


class Database(Machine):
    """The machine on which PostgreSQL runs; `near` is its URL for this process, `far` for the other machines."""

    def install(self, folder: Path) -> None:
        """Puts up the bridge, and a database in `folder` that does not run yet."""
        _ip("-n", self.space, "link", "add", "br0", "type", "bridge")
        _ip("-n", self.space, "addr", "add", f"{self.address}/24", "dev", "br0")
        _ip("-n", self.space, "link", "set", "br0", "up")
        found = programs()
        assert found is not None
        self._folder, self._programs = folder, found
        shutil.chown(folder, "nobody")
        initialize = ("-D", f"{folder}/data", "-U", "mingjian", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        subprocess.run([found / "initdb", *initialize], check=True, user="nobody", stdout=subprocess.DEVNULL, cwd=folder)
        with (folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {_NETWORK}.0/24 trust\n")
        self.near = f"postgresql://mingjian@{quote(str(folder), safe='')}/postgres"
        self.far = f"postgresql://mingjian@{self.address}/postgres"

    def run(self) -> None:
        """Starts PostgreSQL and returns when it answers."""
        options = ("-k", str(self._folder), "-c", f"listen_addresses={self.address}", "-c", "fsync=off", "-c", "max_connections=100")
        user = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
        self.start(self._folder / "log", *user, str(self._programs / "postgres"), "-D", f"{self._folder}/data", *options)
        ready = [self._programs / "pg_isready", "-q", "-h", self._folder]
        until = time.monotonic() + 60
        while subprocess.run(ready, check=False).returncode:
            assert time.monotonic() < until, (self._folder / "log").read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        """Kills PostgreSQL and every process of it at once."""
        server = self.programs[-1]
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        for pid in (server.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        server.wait()


@contextmanager
def network(names: tuple[str, ...]) -> Iterator[tuple[Database, dict[str, Machine]]]:
    """A database that runs, and machines that reach it."""
    made: list[Machine] = []
    # Where the user of PostgreSQL gets to, and short enough for the name of a socket.
    folder = Path(tempfile.mkdtemp(prefix="mingjian-pg-"))
    try:
        database = Database("db", 1)
        made.append(database)
        database.install(folder)
        machines = {}
        for number, name in enumerate(names, 2):
            machines[name] = Machine(name, number)
            made.append(machines[name])
            machines[name].plug(database)
        database.run()
        yield database, machines
    finally:
        for machine in reversed(made):
            machine.close()
        shutil.rmtree(folder)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
