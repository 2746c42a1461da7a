"""Files taken in, scanned by the worker, and what becomes of files that are no such thing."""

import io
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from mingjian.console import vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.models import Entry
from mingjian.console.inspections import scanning, tasks
from mingjian.console.inspections.dossier import unpack
from mingjian.console.inspections.file import About, Files, receive
from mingjian.console.inspections.models import Inspection, Material
from mingjian.console.refused import RefusedError
from mingjian.console.work.models import Job
from mingjian.console.work.queue import ATTEMPTS, run_due
from mingjian.errors import InputError, TryAgainError
from mingjian.inputs.fetch import Page
from mingjian.model.codec import load_report
from mingjian.model.texts import say
from mingjian.model.types import Report

ZIP = b"PK\x03\x04" + b"\0" * 26


def _zip(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_yml", ".yml"), content)
    return out.getvalue()


def _fault(inspection: Inspection) -> tuple[str, str]:
    """The key of what went wrong, after the worker ran, and its words, which must be one line."""
    run_due()
    inspection.refresh_from_db()
    assert inspection.state == "failed"
    words = say(inspection.fault["key"], "en", **inspection.fault["values"])
    assert "\n" not in words
    assert "/tmp" not in words
    assert say(inspection.fault["key"], "zh", **inspection.fault["values"]) != words
    return inspection.fault["key"], words


def test_the_demo_app_is_taken_in_and_scanned(inspector: User, demo_files: Files, noon: object) -> None:
    about = About(category="food_delivery", store="Store A", downloads=5000)
    found = receive(inspector, demo_files, about)
    assert (found.state, found.label) == ("queued", "kuaichi.apk")
    assert run_due() == 1
    found.refresh_from_db()
    assert (found.state, found.fault, found.label) == ("done", None, "快吃外卖")
    report = load_report(vault.read(found.report_sha256))
    assert {file.name for file in report.subject.artifacts} == {"kuaichi.apk", "policy.html", "run.jsonl"}
    assert (report.subject.store, report.subject.downloads) == ("Store A", 5000)
    # What is planted (PLANTED.md): data are read before anybody agrees, and the run shows it.
    assert found.findings.get(clause="cac-2019/3.1").verdict == "violated"
    assert [entry.action for entry in Entry.objects.order_by("seq")] == ["inspection.received", "inspection.judged"]


def test_a_job_that_runs_twice_leaves_the_same_behind(inspected: Callable[..., Inspection]) -> None:
    found = inspected()
    entries = Entry.objects.count()
    run_due()  # the job of the upload, whose inspection is done by now
    before = found.report_sha256
    found.refresh_from_db()
    assert (found.report_sha256, found.state, Entry.objects.count()) == (before, "done", entries)


REFUSED: dict[str, dict[str, list[tuple[str, list[bytes]]]]] = {
    "nothing": {},
    "nothing ": {"policy": [("p.txt", [b"text"])]},
    "nothing  ": {"package": [("a.apk", [ZIP])], "dossier": [("d.zip", [ZIP])]},
    "kind": {"package": [("a.apk", [ZIP])], "screenshots": [("a.png", [b"x"])]},
    "empty": {"package": [("a.apk", [b"", b""])]},
    "many": {"package": [(f"{number}.apk", [ZIP]) for number in range(65)]},
    "looks.package": {"package": [("a.apk", [b"\x7fELF\x02\x01\x01"])]},
    "looks.package ": {"package": [("a.apk", [b"<html><script>alert(1)</script>"])]},
    "looks.dossier": {"dossier": [("d.zip", [b"%PDF-1.7"])]},
    "looks.policy": {"package": [("a.apk", [ZIP])], "policy": [("p.pdf", [b"MZ\x90\x00\x03 program"])]},
    "looks.policy ": {"package": [("a.apk", [ZIP])], "policy": [("p.pdf", [b"\x89PNG\r\n\x1a\n\0\0"])]},
    "looks.run": {"package": [("a.apk", [ZIP])], "run": [("r.jsonl", [b"\x7fELF\x02"])]},
    "looks.review": {"package": [("a.apk", [ZIP])], "review": [("r.yml", [b"\0\0\0"])]},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_inspection_is_refused(case: str, inspector: User) -> None:
    with pytest.raises(RefusedError) as refused:
        receive(inspector, REFUSED[case])
    assert refused.value.key == f"console.inspections.refused.{case.strip()}"
    for lang in ("zh", "en"):
        assert say(refused.value.key, lang, **refused.value.values)
    assert not Inspection.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("about", "key"),
    [
        (About(category="no_such_type"), "category"),
        (About(store="x" * 81), "long"),
        (About(downloads=-1), "downloads"),
        (About(policy_address="file:///etc/passwd"), "address"),
        (About(policy_address="gopher://example.com/"), "address"),
        (About(policy_address="https://user:secret@example.com/"), "address"),
    ],
)
def test_what_is_told_of_the_app_is_checked(about: About, key: str, inspector: User) -> None:
    with pytest.raises(RefusedError) as refused:
        receive(inspector, {"package": [("a.apk", [ZIP])]}, about)
    assert refused.value.key == f"console.inspections.refused.{key}"


def test_an_endless_upload_is_cut_off(inspector: User, settings: Settings) -> None:
    settings.UPLOAD_LIMIT = 3 << 20
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield ZIP
        while True:
            sent += 1 << 20
            yield b"\0" * (1 << 20)

    with pytest.raises(RefusedError) as refused:
        receive(inspector, {"package": [("a.apk", endless())]})
    assert (refused.value.key, sent) == ("console.inspections.refused.large", 3 << 20)


def test_a_name_leads_nowhere_and_is_shown_without_tricks(inspector: User) -> None:
    found = receive(inspector, {"package": [("../../etc/cron.d/x\u202egpj.apk", [ZIP])]})
    assert found.materials.get().name == "x\\u202egpj.apk"


def test_a_person_of_one_body_acts_for_that_body(person: Callable[..., User]) -> None:
    wang = person("inspector", name="wang", body="cac")
    assert receive(wang, {"package": [("a.apk", [ZIP])]}).body == "cac"
    with pytest.raises(RefusedError):
        receive(wang, {"package": [("a.apk", [ZIP])]}, body="miit")


def test_a_damaged_package_fails_with_one_line(inspector: User) -> None:
    key, words = _fault(receive(inspector, {"package": [("broken.apk", [ZIP + b"\xff" * 5000])]}))
    assert key.startswith("input.")
    assert "broken.apk" in words


def _linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("a.apk")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("dossier.yml", "package: a.apk")
    return out.getvalue()


DOSSIERS: dict[str, bytes] = {
    "dossier_none": _zip(readme=b"nothing"),
    "dossier_name": _zip(**{"..__..__evil": b"x", "dossier_yml": b"package: a.apk"}),
    "dossier_name ": _zip(**{"__etc__evil": b"x", "dossier_yml": b"package: a.apk"}),
    "dossier_name  ": _linked(),
    "dossier_entries": _zip(**{f"n{number}": b"" for number in range(1001)}),
    "dossier_large": _zip(**{"dossier_yml": b"package: a.apk", "bomb": b"\0" * (5 << 20)}),
    "dossier_damaged": _zip(dossier_yml=b"package: a.apk")[:-10],
}


@pytest.mark.parametrize("case", DOSSIERS)
def test_a_dossier_that_is_a_trap_is_refused(case: str, tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    archive = tmp_path / "d.zip"
    archive.write_bytes(DOSSIERS[case])
    with pytest.raises(InputError) as refused:
        unpack(archive, folder, 4 << 20)
    assert refused.value.key == f"console.inspections.fault.{case.strip()}"
    assert {path.name for path in tmp_path.iterdir()} == {"inside", "d.zip"}
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 4 << 20


def test_a_trap_fails_with_one_line(inspector: User) -> None:
    key, words = _fault(receive(inspector, {"dossier": [("d.zip", [DOSSIERS["dossier_name"]])]}))
    assert key == "console.inspections.fault.dossier_name"
    assert "../evil" in words


def test_a_dossier_is_unpacked_and_scanned(inspector: User, demo_files: Files) -> None:
    package = b"".join(demo_files["package"][0][1])
    told = b"package: in/app.apk\ncategory: food_delivery\noperator: Company A\n"
    found = receive(inspector, {"dossier": [("d.zip", [_zip(case__dossier_yml=told, **{"case__in__app.apk": package})])]})
    run_due()
    found.refresh_from_db()
    assert (found.state, found.label, found.category, found.operator) == ("done", "快吃外卖", "food_delivery", "Company A")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/policy.html",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
    ],
)
def test_no_address_within_the_house_is_fetched(address: str, inspector: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.console.inspections.tasks.fetch", lambda *_, **__: pytest.fail("it was connected to"))
    key, _ = _fault(receive(inspector, {"package": [("a.apk", [ZIP])]}, About(policy_address=address)))
    assert key == "fetch.private"


def test_a_name_that_leads_into_the_house_is_not_fetched(inspector: User, monkeypatch: pytest.MonkeyPatch) -> None:
    # A name with one address in the internet and one in the house: either may be the one that is connected to.
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", "192.168.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(tasks, "fetch", lambda *_, **__: pytest.fail("it was connected to"))
    about = About(policy_address="https://policy.example.com/")
    assert _fault(receive(inspector, {"package": [("a.apk", [ZIP])]}, about))[0] == "fetch.private"


def test_a_name_that_changes_its_mind_is_not_fetched(inspector: User, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is asked first is told an address in the internet, and the connection that follows leads to this machine.
    monkeypatch.setattr(tasks, "refuse_private", lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        about = About(policy_address=f"http://localhost:{server.getsockname()[1]}/")
        assert _fault(receive(inspector, {"package": [("a.apk", [ZIP])]}, about))[0] == "fetch.private"


def test_the_page_of_a_policy_is_fetched_once_and_kept(inspector: User, demo_report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [Page(b"<html>policy", "html", "https://example.com/final", "", True)]
    monkeypatch.setattr(tasks, "refuse_private", lambda _: None)
    monkeypatch.setattr(tasks, "fetch", lambda *_, **__: pages.pop())
    scanned: list[list[tuple[str, str]]] = []

    def at_second(inspection: Inspection, materials: list[Material]) -> Report:
        scanned.append([(each.kind, each.name) for each in materials])
        if len(scanned) == 1:
            raise scanning.ChildError
        return demo_report

    monkeypatch.setattr(tasks, "scanned", at_second)
    found = receive(inspector, {"package": [("a.apk", [ZIP])]}, About(policy_address="https://example.com/policy?app=1"))
    with pytest.raises(scanning.ChildError):
        tasks.scan(inspection=found.pk)
    tasks.scan(inspection=found.pk)
    found.refresh_from_db()
    assert (found.state, pages) == ("done", [])
    assert scanned == [[("package", "a.apk"), ("policy", "example.com_policy.html")]] * 2
    kept = found.materials.get(kind="policy")
    assert (kept.fetched_from, vault.read(kept.sha256)) == ("https://example.com/final", b"<html>policy")


def test_a_fault_of_ours_is_tried_again_and_then_told(inspector: User, monkeypatch: pytest.MonkeyPatch) -> None:
    found = receive(inspector, {"package": [("a.apk", [ZIP])]})
    monkeypatch.setattr(scanning, "_answer", _broken)
    for state in ("running", "running", "failed"):
        with pytest.raises(scanning.ChildError):
            tasks.scan(inspection=found.pk)
        found.refresh_from_db()
        assert found.state == state
    assert found.fault == {"key": "console.inspections.fault.ours", "values": {}}


def _broken(request: bytes) -> dict[str, dict[str, object]]:
    raise scanning.ChildError


def test_a_scan_without_end_is_killed(inspector: User, demo_files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "SECONDS", 0.05)
    key, _ = _fault(receive(inspector, {"package": demo_files["package"]}))
    assert key == "console.inspections.fault.late"


def test_what_may_work_later_is_tried_again(inspector: User, demo_files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise TryAgainError("fetch.no_name", address="policy.example")

    monkeypatch.setattr(tasks, "refuse_private", silent)
    found = receive(inspector, {"package": [("a.apk", [ZIP])]}, About(policy_address="https://policy.example/"))
    for _ in range(ATTEMPTS - 1):
        with pytest.raises(TryAgainError):
            tasks.scan(found.pk)
        found.refresh_from_db()
        assert (found.state, found.fault) == ("running", None)
    tasks.scan(found.pk)
    found.refresh_from_db()
    assert (found.state, found.fault) == ("failed", {"key": "fetch.no_name", "values": {"address": "policy.example"}})
