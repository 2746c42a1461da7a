"""A small lake of two half-years, and questions that are asked without starting a process for each."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest
from django.test import Client

from mingjian.console.accounts.models import User
from mingjian.console.fleet import asking, child
from tests.unit.lake.making import LATER
from tests.unit.lake.questions.market import App, build, finding, market, report, with_

HOSTILE = '<script>alert(1)</script>"\u202e=1+1'


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two half-years of forty apps, two more of an operator who is nobody, and one that calls itself what breaks pages and sheets."""
    named = report(f"com.hostile.{HOSTILE}", "map_navigation", None, HOSTILE)
    named = replace(named, subject=replace(named.subject, label=HOSTILE, id="7" * 64))
    hostile = App(99_999, LATER, with_(named, finding("law/1.1", "violated")), HOSTILE, 900_000_000)
    nobodys = [App(99_997 + n, LATER, report(f"com.nobody{n}.app", None, None, "unknown"), None, None) for n in (0, 1)]
    return build(tmp_path_factory.mktemp("market"), [*market(5, 40), *nobodys, hostile])


@pytest.fixture
def lake(built: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That lake as the console's, asked in this process."""

    def here(request: bytes, file: IO[bytes]) -> int:
        return child.answer(json.loads(request), file)

    monkeypatch.setattr(asking, "_in_child", here)
    settings.LAKE = built
    return built


@pytest.fixture
def young(lake: Path, tmp_path: Path, settings: Any) -> Path:
    """A lake of one half-year as the console's."""
    settings.LAKE = build(tmp_path, [App(1, LATER, report("com.example.one", "map_navigation", None, "One"), None, None)])
    return Path(settings.LAKE)


@pytest.fixture
def reader(person: Callable[..., User], signed_in: Callable[..., Client]) -> Client:
    client = signed_in(person("inspector"))
    client.cookies["django_language"] = "en"
    return client
