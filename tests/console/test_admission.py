"""What no page is given: zero characters in any part of a request, and bodies larger than the page takes, whoever sends them."""

from collections.abc import Callable, Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.test import Client

from mingjian.console.accounts.models import User
from mingjian.console.api import tokens
from mingjian.console.complaints.attachments import MOST_BYTES


@pytest.fixture
def nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for handler in (TemporaryFileUploadHandler, MemoryFileUploadHandler):
        monkeypatch.setattr(handler, "new_file", lambda *_, **__: pytest.fail("a file was taken in"))
    yield


@pytest.mark.parametrize(
    "path",
    ["/figures/%00/", "/figures/%00.json", "/figures/2026H1/files/%00", "/no%00where", "/notices/?store=%00", "/notices/?%00=x",
     "/api/v1/notices?half=%00", "/api/v1/%00", "/cases/?text=a%00b"],
)  # fmt: skip
def test_a_zero_in_an_address_is_refused(db: None, client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert "\0" not in answer.content.decode()


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "django_language"])
def test_a_zero_in_a_cookie_is_refused(db: None, client: Client, cookie: str) -> None:
    for path in ("/", "/nowhere"):
        assert client.get(path, headers={"cookie": f'{cookie}="a\\000bcdefghijklmnop"'}).status_code == 400


def test_a_zero_in_a_head_is_refused(db: None, client: Client) -> None:
    assert client.get("/", headers={"user-agent": "a\0b"}).status_code == 400


def test_a_zero_in_a_form_is_refused(person: Callable[..., User], signed_in: Callable[[User], Client], client: Client) -> None:
    reviewer = signed_in(person("reviewer"))
    assert reviewer.post("/inspections/1/decisions/1/check/", {"answer": "no", "reason": "a\0b"}).status_code == 400
    assert client.post("/accounts/login/", {"login": "a\0b", "password": "x"}).status_code == 400
    assert client.post("/complaints/new/", {"app_name": "a\0b", "description": "x"}).status_code == 400
    assert client.post("/language/", "language=en&next=%2F%00", content_type="application/x-www-form-urlencoded").status_code == 400


@pytest.mark.parametrize("path", ["/language/", "/accounts/login/", "/people/me/sessions", "/portal/1/version", "/inspections/new/"])
def test_nobody_without_an_account_fills_the_disk(db: None, path: str, nothing_is_written: None) -> None:
    client = Client(enforce_csrf_checks=True)
    large = {"file": SimpleUploadedFile("a.bin", b"x" * (5 << 20))}
    assert client.post(path, large).status_code in {302, 413}


def test_a_page_that_takes_files_takes_as_many_as_it_says(person: Callable[..., User], signed_in: Callable[[User], Client]) -> None:
    inspector = signed_in(person("inspector"))
    ordinary = {"package": SimpleUploadedFile("a.apk", b"x" * (5 << 20))}
    assert inspector.post("/inspections/new/", ordinary).status_code == 422
    refused = inspector.post("/complaints/new/", {"files": SimpleUploadedFile("a.png", b"x" * (MOST_BYTES + (2 << 20)))})
    assert refused.status_code == 413
    assert f"{MOST_BYTES >> 20} MB" in refused.content.decode()


@pytest.mark.parametrize("told", ["-1", "x", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(db: None, client: Client, told: str) -> None:
    answer = client.generic("POST", "/language/", b"language=en", "application/x-www-form-urlencoded", CONTENT_LENGTH=told)
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize("words", ["a\0b", "a\ud800b"])
def test_a_program_sends_nothing_that_cannot_be_stored(person: Callable[..., User], client: Client, words: str) -> None:
    _, key = tokens.make(person("inspector"), "test", frozenset(tokens.SCOPES), 30)
    headers = {"authorization": f"Bearer {key}"}
    event = {"kind": "sampled", "data": {"version": [{"x": words}]}, "expected_seq": 1}
    sent = client.post("/api/v1/cases/1/events", event, content_type="application/json", headers=headers)
    assert sent.status_code == 400
    if "\0" in words:  # the other is no UTF-8
        upload = {"package": SimpleUploadedFile("a.apk", b"PK\x03\x04"), "store": words}
        assert client.post("/api/v1/inspections", upload, headers=headers).status_code == 400
