"""Writes what the demo prints into both READMEs, or with `--check` says whether they still tell the truth."""

import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from fixtures.builder import build
from fixtures.scenario import record

ROOT = Path(__file__).parents[1]
APP = ROOT / "fixtures" / "apps" / "kuaichi"
START, END = "<!-- demo: made by `make docs` -->", "<!-- end of demo -->"
READMES = {"README.md": "en", "README.zh-CN.md": "zh"}


def shown(lang: str) -> str:
    """The table that a user sees, up to the summary."""
    with tempfile.TemporaryDirectory() as folder:
        package = build(APP, Path(folder) / "kuaichi.apk").path
        program = Path(sys.executable).with_name("mingjian")
        run = Path(folder) / "run.jsonl"
        run.write_bytes(record(yaml.safe_load((APP / "run.yml").read_text(encoding="utf-8"))))
        command = [program, "scan", package, "--run", run, "--policy", APP / "policy.html", "--category", "food_delivery", "--lang", lang]
        output = subprocess.run(list(map(str, command)), capture_output=True, check=False).stdout.decode()
    return "\n".join(line.rstrip() for line in output.splitlines())


def main() -> int:
    """0 when the READMEs are, or now are, true."""
    check = "--check" in sys.argv
    stale = False
    for name, lang in READMES.items():
        file = ROOT / name
        text = file.read_text(encoding="utf-8")
        head, rest = text.split(START)
        tail = rest.split(END)[1]
        fresh = f"{head}{START}\n```text\n{shown(lang)}\n```\n{END}{tail}"
        if fresh != text:
            stale = True
            if check:
                print(f"{name}: the demo prints something else now; run make docs")
            else:
                file.write_text(fresh, encoding="utf-8")
    return int(check and stale)


if __name__ == "__main__":
    sys.exit(main())
