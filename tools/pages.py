"""Writes what is generated beside the pages of clauses: schemas of reports and runs, the help of every verb; `--check` only looks."""

import json
import os
import subprocess
import sys
from pathlib import Path

from mingjian.cli import VERBS
from mingjian.model.schema import report_schema, run_schema

DOCS = Path(__file__).parents[1] / "docs"
GROUPS = {
    "run": ("import", "show", "validate", "merge", "redact", "mark"),
    "audit": ("verify",),
    "rules": ("list", "show", "lint", "test", "fmt", "docs"),
    "lake": ("query", "ask", "views", "report", "compact", "check"),
    "fleet": ("run", "status", "resume", "retry", "cancel", "node", "judge"),
}
TITLES = {"en": "# The command line", "zh": "# 命令行"}


_SHOW = """
import contextlib, io, json, sys
from mingjian.cli import main

def shown(words):
    sys.argv = ["mingjian", *words, "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as page, contextlib.suppress(SystemExit):
        main()
    return page.getvalue()

json.dump([shown(words) for words in json.load(sys.stdin)], sys.stdout)
"""
"""The help of many verbs out of one process: to start one for each costs a minute."""


def help_page(lang: str) -> str:
    """The help of every verb, as a user sees it in an 80-column terminal."""
    verbs = [(), *((verb,) for verb in VERBS), *((group, verb) for group, verbs in GROUPS.items() for verb in verbs)]
    environment = os.environ | {"MINGJIAN_LANG": lang, "COLUMNS": "80", "NO_COLOR": "1"}
    asked = subprocess.run(
        [sys.executable, "-c", _SHOW], input=json.dumps(verbs).encode(), capture_output=True, env=environment, check=True
    )
    parts = [TITLES[lang]]
    for verb, page in zip(verbs, json.loads(asked.stdout), strict=True):
        shown = "\n".join(line.rstrip() for line in page.strip().splitlines())
        parts.append(f"## mingjian {' '.join(verb)}".rstrip() + f"\n\n```text\n{shown}\n```")
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """0 when every page is, or now is, true."""
    pages = {DOCS / "cli" / f"{lang}.md": help_page(lang) for lang in TITLES}
    for name, schema in (("report", report_schema()), ("run", run_schema())):
        pages[DOCS / f"{name}.schema.json"] = json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
    stale = [path for path, content in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != content]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.name}: out of date; run make docs")
        return int(bool(stale))
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
