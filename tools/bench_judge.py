"""Judges a lake of stored reports again under another pack, and says how many reports that is a second, on all cores and on each.

What is stored are the reports of the golden cases, which are real reports on the small apps of the fixtures, multiplied with other keys and
package names: 170 to 380 kB of JSON each, 1 to 180 observations. A store's apps have more observations. No package exists anywhere here.

They name a pack that no longer exists. So under the shipped pack every clause of every report is judged; that is adopted, and then a pack
with one clause changed is tried, under which the other findings stay as they are. Beside them stands the naive way in one process:
`load_report`, `judge_again` and `dump_report` on one report after the other.

BENCH_REPORTS makes it smaller, BENCH_PROCESSES says on how many cores, BENCH_NAIVE how many reports the naive way is given."""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

from mingjian import lake
from mingjian.extract.catalogue import digest
from mingjian.fleet.judging import Question, adopt, judge, loaded
from mingjian.judge import pack_folder
from mingjian.lake import Staged
from mingjian.lake.again import Judgement
from mingjian.model.codec import dump_report, load_report
from mingjian.model.types import Report, Tool
from mingjian.scan import judge_again, tool_version

REPORTS = int(os.environ.get("BENCH_REPORTS", "100000"))
PROCESSES = int(os.environ.get("BENCH_PROCESSES", str(os.cpu_count() or 1)))
NAIVE = int(os.environ.get("BENCH_NAIVE", "200"))
PACK = "cac-2019"
PERIOD = "2026H2"
GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
_MARK = "com.example.multiplied"


def main() -> int:
    """0 when every report was judged both ways, and none of them failed."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "lake"
        began = monotonic()
        made(folder, REPORTS)
        print(f"made a lake of {REPORTS:,} reports in {monotonic() - began:,.0f} s", flush=True)
        changed = str(changed_pack(Path(place) / "pack"))
        naive = _naive(folder, changed)
        print(f"{'naive, one process':40} {naive:10,.1f} reports/s", flush=True)
        whole = True
        for pack, words in ((PACK, "every clause judged"), (changed, "one clause changed")):
            question = Question(folder, loaded([pack]), processes=PROCESSES)
            began = monotonic()
            judgement = judge(question, _quiet)
            rate = REPORTS / (monotonic() - began)
            told = f"{words}, {PROCESSES} processes"
            print(f"{told:40} {rate:10,.1f} reports/s {rate / PROCESSES:10,.1f} a core {rate / naive:8,.1f} times", flush=True)
            whole = whole and judged(judgement) == REPORTS
            began = monotonic()
            adopt(question, _quiet)
            print(f"{'  adopted':40} {REPORTS / (monotonic() - began):10,.1f} reports/s", flush=True)
        print(f"what reads packages is not even loaded: {'mingjian._core' not in sys.modules}")
    return 0 if whole else 1


def made(folder: Path, reports: int) -> None:
    """A lake of so many reports."""
    texts = [_template(path) for path in sorted(GOLDEN.glob("*/expect/report.json"))]
    staging = folder.with_suffix(".staging")
    staging.mkdir()
    lake.compact(folder, _staged(staging, texts, reports))
    shutil.rmtree(staging)


def changed_pack(folder: Path) -> Path:
    """The shipped pack with one clause that suspects nothing any more."""
    shutil.copytree(pack_folder(PACK), folder)
    clause = folder / "clauses" / "1.1-no-policy.yml"
    before, _, after = clause.read_text(encoding="utf-8").partition("suspected_if:")
    clause.write_text(before + after[after.index("message:") :], encoding="utf-8")
    return folder


def _quiet(done: int, total: int) -> None:
    del done, total


def judged(judgement: Judgement) -> int:
    """How many reports were judged; those that failed are not among them."""
    return sum(part.reports for part in judgement.parts)


def _template(path: Path) -> bytes:
    """A report of this program under a pack that is nowhere, whose package name is a mark."""
    report: Report = load_report(path.read_bytes())
    tool = Tool(tool_version(), digest(), "full")
    packs = tuple(replace(pack, digest="0" * 64) for pack in report.packs)
    return dump_report(replace(report, tool=tool, packs=packs, subject=replace(report.subject, package=_MARK)))


def _staged(folder: Path, texts: list[bytes], reports: int) -> Iterator[Staged]:
    for number in range(reports):
        key = hashlib.sha256(str(number).encode()).hexdigest()
        path = folder / key
        path.write_bytes(texts[number % len(texts)].replace(_MARK.encode(), f"{_MARK}{number}".encode(), 1))
        yield Staged(key, path, PERIOD, [("made", number, {"store": "made", "downloads": number})])


def _naive(folder: Path, pack: str) -> float:
    """Reports a second, one after the other; the pack is loaded once here too."""
    packs = loaded([pack])
    with lake.open(folder) as opened:
        keys = [key for (key,) in opened.query("select report from reports order by report limit ?", [NAIVE]).rows]
        documents = [opened.document(key) for key in keys]
    began = monotonic()
    for document in documents:
        dump_report(judge_again(load_report(document), packs))
    return len(documents) / (monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
