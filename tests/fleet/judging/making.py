"""What the tests of judging again share: packs, and lakes of reports."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mingjian import lake
from mingjian.extract.catalogue import digest
from mingjian.judge import pack_folder
from mingjian.lake import Staged
from mingjian.model.codec import dump_report, load_report
from mingjian.model.types import Report, Tool
from mingjian.scan import tool_version

GOLDEN = Path(__file__).parents[2] / "golden"
PERIOD = "2026H2"


def pack_b(folder: Path) -> Path:
    """The shipped pack with a clause that can never be broken, one that is gone and one that is new."""
    shutil.copytree(pack_folder("cac-2019"), folder)
    clauses = folder / "clauses"
    first = clauses / "1.1-no-policy.yml"
    head, _, rest = first.read_text(encoding="utf-8").partition("violated_if:")
    never = "violated_if:\n  seen: {mode: claimed, action: publish.rules, data: none, actor: sdk.nobody}\n"
    first.write_text(head.replace("[policy, ui@before_consent, ui@foreground]", "[policy]") + never + rest[rest.index("message:") :])
    second = clauses / "1.2-no-prompt-at-first-run.yml"
    second.write_text(second.read_text(encoding="utf-8").replace("cac-2019/1.2", "cac-2019/1.9"), encoding="utf-8")
    return folder


def key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def stored(folder: Path, reports: Mapping[str, Report], period: str = PERIOD) -> Path:
    """A lake of these reports, each listed once; downloads grow with their order."""
    staging = folder / f"staged-{period}"
    staging.mkdir(parents=True)
    staged = []
    for number, (name, report) in enumerate(reports.items()):
        path = staging / f"{key(name)}.json"
        path.write_bytes(dump_report(report))
        staged.append(Staged(key(name), path, period, [("run-1", number, {"store": "a", "downloads": number})]))
    lake.compact(folder / "lake", staged)
    return folder / "lake"


def golden(name: str) -> Report:
    """The report of a golden case, as if this program had made it."""
    report = load_report((GOLDEN / name / "expect" / "report.json").read_bytes())
    return replace(report, tool=Tool(tool_version(), digest(), "full"))


def quiet(done: int, total: int) -> None:
    """Is told how far it is."""
    assert done <= total
