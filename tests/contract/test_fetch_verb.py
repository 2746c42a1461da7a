"""`mingjian fetch` as a user meets it, against a real server on this machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.site import reply, site

SENTENCE = "我们收集您的手机号码，用于注册账号和登录。"
POLICY = f"<!DOCTYPE html><html><head><title>隐私政策</title></head><body><h1>隐私政策</h1><p>{SENTENCE}</p></body></html>"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "mingjian.cli", "fetch", *map(str, arguments)], capture_output=True, check=False)


def test_the_verb_saves_a_file_and_leaves_it_alone_when_the_next_time_fails(tmp_path: Path) -> None:
    file = tmp_path / "policy.html"
    with site({"/": POLICY, "/busy": reply(b"", 503)}) as there:
        assert run("--plain", there.address, "-o", file).returncode == 0
        saved = file.read_bytes()
        assert SENTENCE.encode() in saved
        for path, code in (("/gone", 65), ("/busy", 75)):
            found = run("--plain", f"{there.address}{path}", "-o", file, "--lang", "en")
            assert found.returncode == code
            assert len(found.stderr.decode().strip().splitlines()) == 1
        assert file.read_bytes() == saved
        assert SENTENCE.encode() in run("--plain", there.address).stdout
    assert list(tmp_path.iterdir()) == [file]


def test_the_verb_saves_the_lists_and_prints_how_to_read_them_together(tmp_path: Path) -> None:
    linking = POLICY.replace(
        "</p>", "</p><p>详见<a href=/sdk>第三方SDK目录</a>、<a href=/gone>合作方清单</a>、<a href=/about>关于我们</a>。</p>"
    )
    with site({"/": linking, "/sdk": POLICY, "/about": POLICY}) as there:
        found = run("--plain", "--lists", there.address, "-o", tmp_path / "policy.html", "--lang", "en")
    assert found.returncode == 65
    assert "404" in found.stderr.decode()
    assert [path for path, _ in there.asked] == ["/", "/sdk", "/gone"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["policy-1.html", "policy.html"]
    command = found.stdout.decode().split()
    assert command == ["mingjian", "policy", str(tmp_path / "policy.html"), str(tmp_path / "policy-1.html")]


@pytest.mark.parametrize(
    "arguments",
    [("--lists", "http://127.0.0.1/"), ("--plain", "--browser", "x", "http://127.0.0.1/"), ("--browser", "/no/such/browser", "http://127.0.0.1/"),
     ("x",)],
)  # fmt: skip
def test_wrong_usage_of_the_verb(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).returncode == 64
