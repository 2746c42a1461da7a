"""A console as a house runs it: `mingjian serve` with its worker, on a folder and a database of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.unit.lake.questions.market import build, market

ROOT = Path(__file__).parents[3]
_STOPS_WITHIN = 30
"""Seconds in which a server that was told to stop must be gone."""


@dataclass(frozen=True, slots=True)
class House:
    """A running console: its address without a slash at the end, the files that are uploaded to it, and the environment of its programs."""

    address: str
    material: Path
    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        """What a Python program of ours says in the console's environment."""
        return _said(arguments, self.environment)


@contextmanager
def running(folder: Path) -> Iterator[House]:
    """A console in the folder, filled by `seed`, that answers."""
    with database() as url:
        environment = {
            **os.environ,
            "MINGJIAN_HOME": str(folder / "home"),
            "MINGJIAN_LAKE": str(build(folder / "market", market(5, 20))),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        for name in ("DJANGO_SETTINGS_MODULE", "MINGJIAN_DATABASE", "MINGJIAN_HOSTS"):
            environment.pop(name, None)
        if url:
            environment["MINGJIAN_DATABASE"] = url
        material = folder / "material"
        material.mkdir()
        _said(["tests.console.browser.material", str(material)], environment)
        _said(["tests.console.browser.seed", "fill", str(material)], environment)
        with _served(["mingjian.cli"], environment, folder / "server.log") as address:
            yield House(address, material, environment)


@contextmanager
def later(house: House, moment: datetime) -> Iterator[House]:
    """The same console, served beside the first with its clock stopped at the moment, and without a worker."""
    program = ["tests.console.browser.later", moment.isoformat()]
    with _served(program, house.environment, house.material.parent / "later.log", "--no-worker") as address:
        yield replace(house, address=address)


@contextmanager
def _served(program: list[str], environment: dict[str, str], log: Path, *options: str) -> Iterator[str]:
    """The address of a server that answers; it must not have failed at anything."""
    with log.open("wb") as faults:
        command = [sys.executable, "-m", *program, "serve", "--port", "0", "--lang", "en", *options]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=faults, text=True)
    try:
        assert server.stdout is not None
        started = server.stdout.readline()
        address = re.search(r"http://[^/\s]+", started)
        assert address, started + log.read_text(encoding="utf-8")
        yield address.group()
    finally:
        server.terminate()
        server.wait(timeout=_STOPS_WITHIN)
    told = log.read_text(encoding="utf-8")
    assert "Traceback" not in told, told


def _said(arguments: list[str] | tuple[str, ...], environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty database on the PostgreSQL of this run; empty when the run is on SQLite."""
    url = os.environ.get("MINGJIAN_DATABASE", "")
    if not url:
        yield ""
        return
    name = f"browser_{token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
