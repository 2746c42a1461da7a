"""Documents of cases: what they say, how they are numbered, that each is printed once, and that an edited wording changes only the next."""

import hashlib
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.cases import documents, ledger
from mingjian.console.cases.models import Counter, Document, Event, Template
from mingjian.console.cases.numbers import next_number
from mingjian.console.complaints.models import Complaint
from mingjian.console.printing import blocks
from mingjian.console.printing import pdf as printer
from mingjian.console.printing.kinds import KINDS, shipped
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import run_due
from mingjian.model.texts import say
from tests.console.cases.life import API, CODE, FIRST, SECOND, TERM, Life, somebody, stored_report


@pytest.fixture
def life(db: None) -> Life:
    return Life()


def _opened(life: Life) -> None:
    hits = {FIRST: "api", SECOND: "code"}
    inspection = life.inspected(*hits, report=stored_report(hits, (API, CODE)))
    with clock.stopped_at(life.at):
        life.case = ledger.open_case(inspection, "cac", life.inspector)


def _words(document: Document, lang: str) -> str:
    return "\n".join(blocks.texts(documents.content(document, "zh" if lang == "zh" else "en")))


def test_an_order_says_what_was_found_where_on_what_basis_and_until_when(life: Life) -> None:
    _opened(life)
    life.inspector.first_name, life.inspector.email = "王检", "wang@example.org"
    life.inspector.save()
    life.ordered()
    order = Document.objects.get(kind="rectification_order")
    zh, en = _words(order, "zh"), _words(order, "en")
    for text in (zh, en):
        # The digest of the recording, the line in it, the number of the order and of the case, the digest of the package.
        for part in ("e" * 64, "line:7", order.number, life.case.number, "10".ljust(64, "0"), "示例科技有限公司", "wang@example.org"):
            assert part in text
    assert "国家互联网信息办公室" in zh
    assert "Cyberspace Administration of China" in en
    # By number, and with how well its text is known: clause 3.1 is chapter 3, item 1.
    assert "认定方法第 3 章第 1 项" in zh
    assert "Identification method, chapter 3, item 1" in en
    # By the clock of China, of a recording made at 10:00 there.
    assert "2026-03-01 10:00" in zh
    # Confirmed on Monday 2 March 2026: five working days from the day after end with Monday 9 March.
    assert "2026年3月9日" in zh
    assert "2026-03-09" in en
    assert "暂定" not in zh
    assert order.number == "CAC-RO-2026-00001"
    confirmed = Event.objects.get(kind="confirmed")
    assert (confirmed.data["number"], confirmed.data["document"]) == (order.number, order.digest)


def test_the_digest_covers_both_languages(life: Life) -> None:
    _opened(life)
    document = Document.objects.get()
    parts = [blocks.identity(documents.content(document, lang)) for lang in documents.LANGS]
    assert document.digest == hashlib.sha256("\n".join(parts).encode()).hexdigest()
    document.refresh_from_db()
    assert [blocks.identity(documents.content(document, lang)) for lang in documents.LANGS] == parts


def test_a_deadline_that_cannot_be_counted_for_sure_says_so(life: Life) -> None:
    _opened(life)
    long = {"unit": "working_days", "amount": 250}
    life.confirmed("order", body="cac", term=long, problems=life.open_problems)
    order = Document.objects.get(kind="rectification_order")
    assert "暂定" in _words(order, "zh")
    assert "provisional" in _words(order, "en")


def test_no_order_to_nobody(life: Life) -> None:
    life.app.operator = None
    life.app.save()
    life.open()
    seq = life.do("proposed", life.inspector, act="order", body="cac", term=TERM, problems=life.open_problems).seq
    with pytest.raises(RefusedError, match="incomplete"):
        life.do("confirmed", life.reviewer, of=seq)
    assert not Document.objects.filter(kind="rectification_order").exists()
    assert not Counter.objects.filter(series__contains="RO-").exists()


def test_numbers_run_by_body_kind_and_year(life: Life) -> None:
    with clock.stopped_at(life.at):
        assert [next_number("cac", "test_report") for _ in range(2)] == ["CAC-TR-2026-00001", "CAC-TR-2026-00002"]
        assert next_number("cac", "case") == "CAC-2026-00001"
        assert next_number("miit", "test_report") == "MIIT-TR-2026-00001"
    with clock.stopped_at(life.at.replace(year=2027)):
        assert next_number("cac", "test_report") == "CAC-TR-2027-00001"


def test_a_document_is_printed_once_however_often_the_worker_runs(life: Life) -> None:
    """As when the server is killed after the event: what was to be printed waits in the queue."""
    with clock.stopped_at(life.at):
        _opened(life)
        assert Document.objects.get().pdf_zh == ""
        run_due()
        document = Document.objects.get()
        printed = (document.pdf_zh, document.pdf_en)
        assert all(vault.read(each).startswith(b"%PDF") for each in printed)
        assert run_due() == 0
        documents.print_out(document)
    document = Document.objects.get()
    assert (document.pdf_zh, document.pdf_en, document.fault) == (*printed, None)


def test_a_sign_that_no_font_has_is_spelled_in_a_file_for_archives(life: Life) -> None:
    life.app.label = "示例\U000f0000"
    life.app.save()
    with clock.stopped_at(life.at):
        life.open()
        run_due()
    document = Document.objects.get()
    assert document.fault is None
    printed = vault.read(document.pdf_zh)
    # The mark of PDF/A-2a in the metadata.
    assert b"pdfaid:part>2<" in printed


def test_what_cannot_be_printed_is_told_and_the_page_stays(
    life: Life, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "MOST_CHARACTERS", 10)
    with clock.stopped_at(life.at):
        life.open()
        run_due()
        document = Document.objects.get()
        assert (document.pdf_zh, document.pdf_en) == ("", "")
        assert document.fault is not None
        told = say("console.printing.too_large", "zh", most=10)
        assert document.fault["zh"] == told
        client = signed_in(life.inspector)
        client.post("/language/", {"language": "zh-hans", "next": "/"})
        assert told in client.get(reverse("cases:document", args=[document.pk])).content.decode()
        assert client.get(reverse("cases:document_pdf", args=[document.pk, "zh"])).status_code == 404


def test_a_printed_document_is_sent_as_a_file(life: Life, signed_in: Callable[[User], Client]) -> None:
    with clock.stopped_at(life.at):
        life.open()
        run_due()
        document = Document.objects.get()
        answer = signed_in(life.inspector).get(reverse("cases:document_pdf", args=[document.pk, "en"]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{document.number}-en.pdf"')
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]  # a file is streamed


def test_an_edited_wording_changes_the_next_document_only(life: Life, signed_in: Callable[[User], Client]) -> None:
    with clock.stopped_at(life.at):
        life.open()
        client = signed_in(somebody("administrator"))
        text = shipped("test_report", "zh").replace("检测报告", "检验报告", 1)
        address = reverse("cases:template", args=["test_report", "zh"])
        assert client.post(address, {"text": text}).status_code == 302
        life.open(FIRST)
    before, after = Document.objects.order_by("pk")
    assert "检验报告" in after.zh["title"] + _words(after, "zh")
    assert "检验报告" not in _words(before, "zh")
    assert Template.objects.get().by.roles == {"administrator"}
    assert "检验报告" in client.get(address).content.decode()


def test_a_wording_with_faults_is_shown_again_with_their_lines(life: Life, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(somebody("administrator"))
    client.post("/language/", {"language": "en", "next": "/"})
    address = reverse("cases:template", args=["test_report", "en"])
    wrong = shipped("test_report", "en").rstrip() + "\n\nWhat is {nobody_knows}?\n"
    answer = client.post(address, {"text": wrong})
    assert answer.status_code == 422
    line = len(wrong.splitlines())
    assert f"Line {line}:" in answer.content.decode()
    assert not Template.objects.exists()
    assert client.post(address, {"text": "<script>alert(1)</script>", "preview": "1"}).content.decode().count("<script>alert") == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_template_has_a_page_with_its_preview(life: Life, signed_in: Callable[[User], Client], kind: str, lang: str) -> None:
    page = signed_in(somebody("administrator")).get(reverse("cases:template", args=[kind, lang]))
    assert page.status_code == 200
    assert 'class="document"' in page.content.decode()


def test_an_unknown_template_is_not_there(life: Life, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(somebody("administrator"))
    for kind, lang in (("nonsense", "zh"), ("test_report", "fr")):
        assert client.get(reverse("cases:template", args=[kind, lang])).status_code == 404


def test_a_case_that_is_not_taken_up_is_closed_with_a_notice_even_of_an_unknown_operator(life: Life) -> None:
    life.app.operator = None
    life.app.save()
    with clock.stopped_at(life.at):
        life.case = ledger.open_case(life.app, "cac", life.inspector)
    life.confirmed("closing", outcome="not_taken_up", reason="不属于本机关管辖")
    life.case.refresh_from_db()
    assert life.case.state == "closed"
    notice = Document.objects.get()
    assert "运营者不明" in _words(notice, "zh")
    assert "案件记录（第 1 至 2 条）" in _words(notice, "zh")


def test_nothing_of_a_case_speaks_of_who_complained(life: Life) -> None:
    complaint = Complaint.objects.create(
        receipt="r" * 64, received_at=life.at, due_on=life.at.date(), half="2026H1", app_name="示例应用", app=life.app
    )
    with clock.stopped_at(life.at):
        life.case = ledger.open_case(complaint, "cac", life.inspector)
    for wrong in ({"to": "complainant"}, {"to": "operator"}):
        with pytest.raises(RefusedError, match="field_unknown"):
            life.do("proposed", life.inspector, act="reply", text="已立案检测。", **wrong)
    life.confirmed("reply", text="请补充说明。")
    life.served(life.state.proposals[-1].seq)
    assert not Document.objects.exists()
    complaint.refresh_from_db()
    assert complaint.case == life.case
