"""A list of somebody else's making whose packages lie on a mirror in the house: a private network, plain http, columns of its own."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mingjian.fleet.sqlite import SqliteJournal
from tests.fleet.local.conftest import Zygote


class Mirror(ThreadingHTTPServer):
    """Serves its packages by path; what it has not is 404."""

    packages: dict[str, bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        content = self.server.packages.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    server = Mirror(("127.0.0.1", 0), _Handler)
    server.packages = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_columns_and_allowed_addresses_are_kept_with_the_run(zygote: Zygote, mirror: Mirror, tmp_path: Path, app: bytes) -> None:
    table, columns, lake = tmp_path / "crawl.csv", tmp_path / "columns.yml", tmp_path / "market"
    table.write_text("appId,installs\norg.example,1万\n", encoding="utf-8")
    columns.write_text(f'location: "{mirror.address}/{{appId}}.apk"\ndownloads: "{{installs}}"\nstore: House\n', encoding="utf-8")
    run = ("fleet", "run", str(table), "--lake", str(lake), "--columns", str(columns), "--allow-private", "--insecure-http")
    # The mirror does not have it yet.
    assert zygote.run(*run) == 65, zygote.said()

    columns.unlink()
    mirror.packages["/org.example.apk"] = app
    assert zygote.run("fleet", "retry", "--lake", str(lake)) == 0, zygote.said()
    journal = SqliteJournal(lake / "journal.sqlite3")
    assert journal.verdicts(journal.run()) == {"ok": 1}
    assert zygote.run("lake", "query", "--lake", str(lake), "select store, downloads from apps", "--format", "csv") == 0
    assert zygote.said().splitlines() == ["store,downloads", "House,10000"]


@pytest.mark.parametrize(("allowed", "advice"), [((), "--insecure-http"), (("--insecure-http",), "--allow-private")])
def test_what_was_not_allowed_is_not_fetched_and_the_reason_names_the_option(
    zygote: Zygote, mirror: Mirror, tmp_path: Path, app: bytes, allowed: tuple[str, ...], advice: str
) -> None:
    mirror.packages["/a.apk"] = app
    (tmp_path / "apps.csv").write_text(f"location\n{mirror.address}/a.apk\n", encoding="utf-8")
    assert zygote.run("fleet", "run", str(tmp_path / "apps.csv"), "--lake", str(tmp_path / "market"), *allowed) == 65
    assert zygote.run("fleet", "status", "--lake", str(tmp_path / "market"), "--poison", "--lang", "en") == 0
    assert advice in zygote.said()


def test_a_mapping_that_is_none_is_wrong_usage_and_leaves_no_lake(zygote: Zygote, tmp_path: Path) -> None:
    (tmp_path / "apps.csv").write_text("appId\na\n", encoding="utf-8")
    (tmp_path / "columns.yml").write_text("size: x\n", encoding="utf-8")
    arguments = ("fleet", "run", str(tmp_path / "apps.csv"), "--lake", str(tmp_path / "market"))
    assert zygote.run(*arguments, "--columns", str(tmp_path / "columns.yml")) == 64
    assert "location" in zygote.said()
    assert zygote.run(*arguments, "--columns", str(tmp_path / "none.yml")) == 64
    assert not (tmp_path / "market").exists()


def test_a_lake_and_a_list_are_named_from_where_one_stands(zygote: Zygote, tmp_path: Path, app: bytes) -> None:
    (tmp_path / "a.apk").write_bytes(app)
    (tmp_path / "apps.csv").write_text("location\na.apk\nnone.apk\n", encoding="utf-8")
    lake = os.path.relpath(tmp_path / "market")
    assert zygote.run("fleet", "run", os.path.relpath(tmp_path / "apps.csv"), "--lake", lake) == 65
    assert zygote.run("fleet", "status", "--lake", lake, "--poison", "--lang", "en") == 0
    given_up = zygote.said().splitlines()[-1].split("\t")
    assert given_up[:3] == ["1", "refused", str(tmp_path / "none.apk")]
    journal = SqliteJournal(tmp_path / "market" / "journal.sqlite3")
    assert journal.verdicts(journal.run()) == {"ok": 1, "refused": 1}
