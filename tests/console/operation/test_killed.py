"""`kill -9` of a worker and of a server, as a house runs them, in the middle of what they do: once they were started again everything is
done, and nothing was done twice."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from mingjian.model.codec import load_report
from tests.console.operation.programs import Console, Server, children, console, end, until

IN_SCAN = "SELECT state = 'running' AND step = 'scan' FROM inspections_inspection WHERE id = {}"
ANSWERED = 201
PRINT = "cases.print"
LONG = 60
"""How often the policy is repeated, so that its scan takes some seconds and is met in the middle."""
MOST_WRITES = 4
"""How often the embedded database is written to, at most, until a step is recorded: the use of the key, the count of calls, the step."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with console(tmp_path_factory.mktemp("killed")) as filled:
        yield filled


def test_a_worker_in_mid_scan_another_in_mid_print_then_the_server(house: Console) -> None:
    first, second = house.told["cases"][:2]
    with house.served(*_beside(house)) as server:
        worker = _worker(house, server)
        inspection = _order_inspection(house, server)
        until(lambda: house.one(IN_SCAN.format(inspection)))
        scan = until(lambda: children(worker, "inspections.child"))[0]
        until(lambda: len(list(Path(f"/proc/{scan}/task").iterdir())) > 1)  # it has its request, and looks at who waits
        os.kill(worker, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{scan}").exists())

        # The server answers on. What is confirmed now waits for a worker.
        assert _confirm(house, server, first).status_code == ANSWERED
        assert house.one(IN_SCAN.format(inspection)), "nobody has finished it meanwhile"
        papers = [_papers(house, first)]
        worker = _worker(house, server)
        until(lambda: house.jobs(PRINT, running=True), pause=0.002)
        os.kill(worker, signal.SIGKILL)

        # And the server ends between an event and its printed document.
        assert _confirm(house, server, second).status_code == ANSWERED
        end(server.pid)
    papers.append(_papers(house, second))
    assert house.rows(f"SELECT pdf_zh, pdf_en FROM cases_document WHERE id = {papers[1][-1][0]}") == [("", "")]

    with house.served(*_beside(house)) as server:
        _worker(house, server)
        until(lambda: not house.jobs(), pause=0.2)
        again = _confirm(house, server, second)
        assert again.status_code == httpx.codes.CONFLICT, "who sends it again is told that it was recorded"
    _is_judged_once(house, inspection)
    _is_whole(house, first, papers[0])
    _is_whole(house, second, papers[1])
    _chain_holds(house)


def test_a_server_is_killed_in_the_middle_of_recording_an_event(house: Console) -> None:
    case = house.told["cases"][2]
    before = _recorded(house, case)
    for writes in range(1, MOST_WRITES + 1):
        with house.served("--no-worker") as server, _stopped(house, writes) as stopped:
            sending = threading.Thread(target=_confirm_unanswered, args=(house, server, case))
            sending.start()
            until(lambda stopped=stopped, sending=sending: stopped() or not sending.is_alive(), pause=0)
            end(server.pid)
        sending.join()
        if _recorded(house, case) != before or house.url:
            break
    after = _recorded(house, case)
    if house.url:
        assert after == before, "the document was not written, so neither was the event"
    with house.served(*_beside(house)) as server:
        again = _confirm(house, server, case)
        assert again.status_code == (ANSWERED if after == before else httpx.codes.CONFLICT), again.text
        paper = _papers(house, case)
        _worker(house, server)
        until(lambda: not house.jobs(), pause=0.2)
    assert [now - was for now, was in zip(_recorded(house, case), before, strict=True)] == [1, 1, 1]
    _is_whole(house, case, paper)
    _chain_holds(house)


def _beside(house: Console) -> list[str]:
    """On PostgreSQL workers are programs of their own."""
    return ["--no-worker"] if house.url else []


def _worker(house: Console, server: Server) -> int:
    """The process of a worker: the one that the server keeps running beside it, or one that is started here."""
    return house.start("worker").pid if house.url else house.worker_of(server)


def _order_inspection(house: Console, server: Server) -> int:
    files = {"package": "app.apk", "policy": "policy.html", "run": "run.jsonl"}
    sent = {kind: (name, (house.material / name).read_bytes()) for kind, name in files.items()}
    page = sent["policy"][1].partition(b"<body>")
    sent["policy"] = ("policy.html", page[0] + page[1] + page[2].replace(b"</body>", b"") * LONG + b"</body>")
    answer = server.post("inspections", house.told["keys"]["inspector"], files=sent, data={"category": "food_delivery"})
    assert answer.status_code == ANSWERED, answer.text
    return int(answer.json()["id"])


def _confirm(house: Console, server: Server, case: dict[str, int]) -> httpx.Response:
    """Confirms the order that was proposed last in a case."""
    step = {"kind": "confirmed", "data": {"of": case["proposed"]}, "expected_seq": case["proposed"]}
    return server.post(f"cases/{case['id']}/events", house.told["keys"]["reviewer"], json=step)


def _confirm_unanswered(house: Console, server: Server, case: dict[str, int]) -> None:
    with suppress(httpx.HTTPError):
        _confirm(house, server, case)


@contextmanager
def _stopped(house: Console, writes: int) -> Iterator[Callable[[], bool]]:
    """Tells when a request is in the middle of what it writes. PostgreSQL holds it up where it has added the event and is to add the
    document; nothing can hold the embedded database up there, so that what is told is how often its file was written to."""
    if not house.url:
        log = house.folder / "home" / "console.sqlite3-wal"
        seen = [log.stat().st_mtime_ns]

        def written() -> bool:
            if (moment := log.stat().st_mtime_ns) != seen[-1]:
                seen.append(moment)
            return len(seen) > writes

        yield written
        return
    with psycopg.connect(house.url) as holder:
        holder.execute("LOCK TABLE cases_document IN SHARE MODE")
        query = "SELECT count(*) FROM pg_locks WHERE relation = 'cases_document'::regclass AND NOT granted"
        yield lambda: bool(house.one(query))


def _recorded(house: Console, case: dict[str, int]) -> list[int]:
    """How many confirmations, orders and entries of the chain about confirmations a case has."""
    id = case["id"]
    return [
        house.one(f"SELECT count(*) FROM cases_event WHERE case_id = {id} AND kind = 'confirmed'"),
        house.one(f"SELECT count(*) FROM cases_document WHERE case_id = {id} AND kind = 'rectification_order'"),
        sum('"kind":"confirmed"' in body for (body,) in house.rows(f"SELECT body FROM audit_entry WHERE object = 'case:{id}'")),
    ]


def _is_judged_once(house: Console, inspection: int) -> None:
    """One report, and the findings that it names."""
    state, attempts, sha256 = house.rows(f"SELECT state, attempts, report_sha256 FROM inspections_inspection WHERE id = {inspection}")[0]
    assert (state, attempts) == ("done", 2), "begun by the worker that was killed, and once more"
    report = load_report((house.folder / "home" / "files" / sha256[:2] / sha256).read_bytes())
    assert house.one(f"SELECT count(*) FROM inspections_finding WHERE inspection_id = {inspection}") == len(report.findings) > 0
    assert _reports(house) == house.one("SELECT count(*) FROM inspections_inspection")
    assert _entries(house, f"inspection:{inspection}") == ["inspection.received", "inspection.judged"]


def _papers(house: Console, case: dict[str, int]) -> list[tuple[Any, ...]]:
    """The documents of a case with what is fixed of them."""
    return house.rows(f"SELECT id, seq, kind, number, digest FROM cases_document WHERE case_id = {case['id']} ORDER BY seq")


def _is_whole(house: Console, case: dict[str, int], papers: list[tuple[Any, ...]]) -> None:
    """Each event that brings a document has one, printed, as it was issued; each event stands once in the chain."""
    id, confirmed = case["id"], case["proposed"] + 1
    assert [(seq, kind) for _, seq, kind, _, _ in papers] == [(confirmed - 2, "test_report"), (confirmed, "rectification_order")]
    assert _papers(house, case) == papers
    for sha256 in chain(*house.rows(f"SELECT pdf_zh, pdf_en FROM cases_document WHERE case_id = {id}")):
        assert (house.folder / "home" / "files" / sha256[:2] / sha256).read_bytes().startswith(b"%PDF")
    orders = [number for (number,) in house.rows("SELECT number FROM cases_document WHERE kind = 'rectification_order' ORDER BY number")]
    assert orders == [f"{orders[0][:-5]}{place:05}" for place in range(1, len(orders) + 1)], "no number is skipped or given twice"
    kinds = [kind for (kind,) in house.rows(f"SELECT kind FROM cases_event WHERE case_id = {id} ORDER BY seq")]
    assert kinds.count("confirmed") == 1
    assert len(_entries(house, f"case:{id}")) == len(kinds) == confirmed


def _chain_holds(house: Console) -> None:
    code, said = house.run("audit", "verify", "--lang", "en")
    assert code == 0, said


def _entries(house: Console, about: str) -> list[str]:
    """The acts that the chain has about something."""
    return [action for (action,) in house.rows(f"SELECT action FROM audit_entry WHERE object = '{about}' ORDER BY seq")]


def _reports(house: Console) -> int:
    """How many reports lie among the files."""
    files = [file for file in (house.folder / "home" / "files").glob("??/*") if file.is_file()]
    return sum(file.read_bytes().startswith(b"{\n") for file in files)
