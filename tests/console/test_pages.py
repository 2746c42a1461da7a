"""The entrance and the pages for what went wrong, in both languages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.http import Http404
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from mingjian.console.access import DELEGATED, ROLES, door
from mingjian.console.accounts.models import User
from mingjian.console.pages.files import send


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "明鉴"), ("en", "Mingjian")])
def test_the_entrance_opens_in_the_language_that_was_chosen(db: None, client: Client, language: str, words: str) -> None:
    client.post("/language/", {"language": language, "next": "/"})
    page = client.get("/")
    assert page.status_code == 200
    assert words in page.content.decode()


def test_an_unknown_page_is_told_in_words(db: None, client: Client) -> None:
    client.post("/language/", {"language": "en", "next": "/"})
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "no such page" in page.content.decode()


def test_every_role_is_a_group(person: Callable[..., User]) -> None:
    assert person(*ROLES, name="everything").roles == set(ROLES)


def _names(patterns: list[URLPattern | URLResolver], space: str = "") -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found += _names(pattern.url_patterns, inner)
        else:
            found.append(f"{space}{pattern.name}")
    return found


def test_somebody_decided_who_may_open_each_page() -> None:
    for name in _names(get_resolver().url_patterns):
        first = name.replace("_", ":").partition(":")[0]
        if first not in DELEGATED and not name.startswith("api:"):
            assert door(name), f"{name} has no row in access.DOORS"


def test_a_file_that_the_vault_lost_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(Http404):
        send(tmp_path / "gone", "report.json")


@pytest.mark.parametrize(
    ("language", "required", "labels", "strange"),
    [
        ("zh-hans", "这个字段是必填项。", (">用户名：<", ">密码：<"), "This field"),
        ("en", "This field is required.", (">Username:<", ">Password:<"), "这个字段"),
    ],
)
def test_forms_speak_the_language_of_the_page(
    db: None, client: Client, language: str, required: str, labels: tuple[str, ...], strange: str
) -> None:
    client.post("/language/", {"language": language, "next": "/"})
    page = client.post("/accounts/login/", {}).content.decode()
    assert required in page
    assert all(label in page for label in labels)
    assert strange not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ("有效天数（最多 365）：", "确保该值大于或等于1", "不在可用的选项中")),
        ("en", ("Days it is good for (at most 365):", "greater than or equal to 1", "is not one of the available choices")),
    ],
)
def test_what_a_field_refuses_is_told_in_the_language_of_the_page(
    client: Client, person: Callable[..., User], signed_in: Callable[[User], Client], language: str, words: tuple[str, ...]
) -> None:
    client = signed_in(person("inspector"))
    client.post("/language/", {"language": language, "next": "/"})
    page = client.post("/people/me/tokens/", {"name": "n", "scopes": ["nothing"], "days": "0"})
    assert page.status_code == 422
    assert all(word in page.content.decode() for word in words)
