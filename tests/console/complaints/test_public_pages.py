"""The public's way: form, receipt, follow-up. Without an account, without a script, and whatever somebody sends."""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import MULTIPART_CONTENT

from mingjian.console import clock
from mingjian.console.complaints import limits, receipts
from mingjian.console.complaints.attachments import MOST_BYTES
from mingjian.console.complaints.intake import Told, take
from mingjian.console.complaints.models import Complaint, Tally
from mingjian.console.complaints.seal import opened_identity, opened_statement

NEW, FOLLOW = "/complaints/new/", "/complaints/follow/"
TOLD = {"app_name": "Weather", "description": "It reads my contacts."}
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def english(db: None, client: Client) -> Client:
    client.post("/language/", {"language": "en", "next": "/"})
    return client


def words(page: HttpResponse) -> str:
    return page.content.decode()


def code_of(page: HttpResponse) -> str:
    return re.findall(r"<code>([0-9A-Z-]{29})</code>", words(page))[0]


@pytest.mark.parametrize(("language", "told"), [("zh-hans", "填写前请阅读"), ("en", "Before you type")])
def test_the_notice_stands_before_the_first_field(db: None, client: Client, language: str, told: str) -> None:
    client.post("/language/", {"language": language, "next": "/"})
    page = words(client.get(NEW))
    assert page.index(told) < page.index('name="app_name"')
    assert page.count(" required") == 2
    assert "checked" not in page
    assert page.count("<option") == 32


def test_a_complaint_is_sent_followed_added_to_corrected_copied_and_erased(english: Client) -> None:
    files = [SimpleUploadedFile("holiday in shanghai.pdf", b"%PDF-1.4\n%%EOF")]
    told = {**TOLD, "name": "Li", "contact": "li@example.com", "may_contact": "on", "files": files}
    code = code_of(english.post(NEW, told))
    assert "It reads my contacts." in words(english.post(FOLLOW, {"code": code.lower()}))
    assert "Added." in words(english.post(FOLLOW, {"code": code, "act": "add", "text": "And my calendar."}))
    assert "Corrected." in words(english.post(FOLLOW, {"code": code, "act": "correct", "name": "Wang", "contact": "", "may_contact": "on"}))
    copy = english.post(FOLLOW, {"code": code, "act": "copy"})
    told_back = json.loads(b"".join(copy.streaming_content))
    assert (told_back["name"], told_back["messages"]) == ("Wang", ["And my calendar."])
    assert told_back["attachments"][0]["content"] == "JVBERi0xLjQKJSVFT0Y="
    assert "shanghai" not in str(told_back)
    page = words(english.post(FOLLOW, {"code": code, "act": "erase"}))
    assert "Your data were erased." in page
    assert "contacts" not in page
    assert english.post(FOLLOW, {"code": code, "act": "add", "text": "x"}).status_code == 409


def test_withdrawing_ends_the_handling_and_keeps_the_right_to_erase(english: Client, noon: datetime) -> None:
    code = code_of(english.post(NEW, TOLD))
    assert "was withdrawn" in words(english.post(FOLLOW, {"code": code, "act": "withdraw"}))
    complaint = Complaint.objects.get()
    assert complaint.state == "withdrawn"
    assert complaint.erase_on == noon.date() + timedelta(days=90)
    assert english.post(FOLLOW, {"code": code, "act": "withdraw"}).status_code == 409
    assert english.post(FOLLOW, {"code": code, "act": "erase"}).status_code == 200


def test_consent_is_given_and_taken_back_by_the_complainant(english: Client) -> None:
    refused = english.post(NEW, {**TOLD, "contact": "li@example.com"})
    assert refused.status_code == 422
    assert not Complaint.objects.exists()
    code = code_of(english.post(NEW, {**TOLD, "contact": "li@example.com", "may_contact": "on"}))
    english.post(FOLLOW, {"code": code, "act": "correct", "name": "", "contact": "", "may_contact": "on"})
    complaint = Complaint.objects.get()
    assert (complaint.named, complaint.may_contact, bytes(complaint.identity)) == (False, False, b"")


def test_mistyped_and_unknown_codes_get_the_same_answer(english: Client) -> None:
    take(Told("Weather", "x"))
    unknown = receipts.fresh()
    # Another last letter is surely wrong.
    mistyped = unknown[:-1] + receipts.LETTERS[receipts.LETTERS.index(unknown[-1]) - 1]
    answers = [english.post(FOLLOW, {"code": code}) for code in (unknown, mistyped, "", SCRIPT, "x" * 10_000)]
    pages = {re.sub(r'value="\w{64}"|&quot;\w{64}|"\w{64}"', "", words(answer)) for answer in answers}
    assert {answer.status_code for answer in answers} == {404}
    assert len(pages) == 1


def test_guessing_codes_ends_soon_even_for_the_right_one(english: Client, noon: datetime) -> None:
    code = take(Told("Weather", "x")).code
    answers = [english.post(FOLLOW, {"code": receipts.fresh()}).status_code for _ in range(12)]
    assert answers == [404] * 10 + [429] * 2
    assert english.post(FOLLOW, {"code": code}).status_code == 429
    with clock.stopped_at(noon + timedelta(hours=1)):
        assert english.post(FOLLOW, {"code": code}).status_code == 200


def test_mistyping_ends_too(english: Client, noon: datetime) -> None:
    answers = [english.post(FOLLOW, {"code": "AAAA"}).status_code for _ in range(61)]
    assert answers == [404] * 60 + [429]


def test_nobody_floods_the_form(english: Client, noon: datetime) -> None:
    answers = [english.post(NEW, TOLD).status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]
    assert Complaint.objects.count() == 20


def test_all_together_have_a_limit_and_addresses_are_not_kept(db: None, noon: datetime) -> None:
    limits.MOST["test"] = (2, 5)
    try:
        for number in range(5):
            limits.spend("test", f"192.0.2.{number}")
        with pytest.raises(limits.TooOftenError):
            limits.spend("test", "192.0.2.9")
        assert "192.0.2" not in str(list(Tally.objects.values()))
        with clock.stopped_at(noon + timedelta(hours=1)):
            limits.spend("test", "2001:db8::1")
            limits.spend("test", "2001:db8::ffff")
            with pytest.raises(limits.TooOftenError):
                limits.spend("test", "2001:db8::2")
            limits.spend("test", "2001:db8:0:1::2")
    finally:
        del limits.MOST["test"]


def test_a_code_never_comes_from_an_address(english: Client) -> None:
    code = take(Told("Weather", "It reads my contacts.")).code
    assert "contacts" not in words(english.get(FOLLOW, {"code": code}))


@pytest.mark.parametrize("path", [NEW, FOLLOW])
def test_a_form_of_another_site_is_refused(db: None, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, TOLD).status_code == 403
    assert not Complaint.objects.exists()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', words(strict.get(path)))[0]
    assert strict.post(path, {**TOLD, "csrfmiddlewaretoken": token}).status_code in {200, 404}


def test_scripts_come_back_as_words(english: Client) -> None:
    told = {**TOLD, "app_name": SCRIPT[:60], "description": SCRIPT, "store": SCRIPT[:60], "device": SCRIPT[:60]}
    page = english.post(NEW, {**told, "contact": SCRIPT})
    assert "<script>alert" not in words(page)
    code = code_of(english.post(NEW, told))
    page = english.post(FOLLOW, {"code": code, "act": "add", "text": SCRIPT})
    assert "<script>alert" not in words(page)
    assert "&lt;script&gt;alert" in words(page)
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_machine_that_fills_in_every_field_is_refused(english: Client) -> None:
    assert english.post(NEW, {**TOLD, "website": "https://example.com"}).status_code == 422
    assert not Complaint.objects.exists()


def test_a_request_that_is_too_large_is_refused_unread(db: None, client: Client) -> None:
    class Unread:
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    page = client.generic("POST", NEW, b"", MULTIPART_CONTENT, CONTENT_LENGTH=str(MOST_BYTES * 2), **{"wsgi.input": Unread()})
    assert page.status_code == 413


def test_files_of_another_kind_are_refused_and_nothing_is_kept(english: Client) -> None:
    spoofed = SimpleUploadedFile("picture.png", b"MZ\x90\x00 not a picture", "image/png")
    page = english.post(NEW, {**TOLD, "files": [spoofed]})
    assert page.status_code == 422
    assert "File 1 cannot be taken" in words(page)
    assert not Complaint.objects.exists()


def test_no_file_is_written_to_disk_before_it_is_sealed(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", written)
    large = SimpleUploadedFile("a.pdf", b"%PDF-1.4" + bytes(4 * 2**20) + b"%%EOF")
    assert client.post(NEW, {**TOLD, "files": [large]}).status_code == 200


def test_pages_with_personal_data_are_not_stored_on_the_way(english: Client) -> None:
    code = code_of(english.post(NEW, TOLD))
    for page in (
        english.get(NEW),
        english.post(NEW, TOLD),
        english.post(FOLLOW, {"code": code}),
        english.post(FOLLOW, {"code": code, "act": "copy"}),
    ):
        assert "no-store" in page.headers["Cache-Control"]


def test_what_is_added_later_has_the_same_limits(english: Client) -> None:
    code = code_of(english.post(NEW, TOLD))

    def files(count: int) -> list[SimpleUploadedFile]:
        return [SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF") for _ in range(count)]

    assert english.post(FOLLOW, {"code": code, "act": "add", "files": files(5)}).status_code == 200
    assert english.post(FOLLOW, {"code": code, "act": "add", "files": files(1)}).status_code == 422
    assert english.post(FOLLOW, {"code": code, "act": "add", "text": "x" * 5001}).status_code == 422
    assert english.post(FOLLOW, {"code": code, "act": "add"}).status_code == 422
    assert english.post(FOLLOW, {"code": code, "act": "correct", "name": "x" * 81, "may_contact": "on"}).status_code == 422
    complaint = Complaint.objects.get()
    assert complaint.attachments.count() == 5
    assert opened_statement(complaint).added == ()
    assert opened_identity(complaint).name == ""


def test_what_does_not_open_is_told_and_can_still_be_erased(english: Client) -> None:
    code = code_of(english.post(NEW, TOLD))
    sealed = bytes(Complaint.objects.get().statement)
    Complaint.objects.update(statement=sealed[:-1] + bytes([sealed[-1] ^ 1]))
    for act in ("", "copy"):
        page = english.post(FOLLOW, {"code": code, "act": act})
        assert page.status_code == 409
        assert "does not open" in words(page)
    assert english.post(FOLLOW, {"code": code, "act": "erase"}).status_code == 200
    assert bytes(Complaint.objects.get().statement) == b""
