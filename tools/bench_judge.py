"""Judges a lake of stored reports again under another pack, and says how many reports that is a second, on all cores and on each.

What is stored are the reports of the golden cases, which are real reports on the small apps of the fixtures, multiplied with other keys and
package names: 170 to 380 kB of JSON each, 1 to 180 observations. A store's apps have more observations. No package exists anywhere here.

In the first lake they name a pack that no longer exists, so under the shipped pack every clause of every report is judged. In the second, a
tenth as large, they name the shipped pack, and a pack with one clause changed is tried, under which the other findings stay as they are;
that is adopted too. Sources that are not installed have no version and spare no clause. Beside them stands the naive way in one process:
`load_report`, `judge_again` and `dump_report` on one report after the other.

BENCH_REPORTS says how many (the goal speaks of 100,000, of which making the lake takes 20 minutes), BENCH_PROCESSES says on how many
cores, BENCH_NAIVE how many reports the naive way is given."""

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
from mingjian.model.codec import dump_report, load_report
from mingjian.model.types import Report, Tool
from mingjian.scan import judge_again, tool_version

REPORTS = int(os.environ.get("BENCH_REPORTS", "2000"))
PROCESSES = int(os.environ.get("BENCH_PROCESSES", str(os.cpu_count() or 1)))
NAIVE = int(os.environ.get("BENCH_NAIVE", "200"))
PACK = "cac-2019"
PERIOD = "2026H2"
GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
_MARK = "com.example.multiplied"
_AT_ONCE = 20_000
"""Reports that lie staged at one time, 4.5 GB."""


def main() -> int:
    """0 when every report was judged both ways, and none of them failed."""
    with tempfile.TemporaryDirectory() as place:
        changed = str(changed_pack(Path(place) / "pack"))
        all_anew, one_anew = Path(place) / "all", Path(place) / "one"
        few = max(1, REPORTS // 10)
        for folder, digest_of_pack, reports in ((all_anew, "0" * 64, REPORTS), (one_anew, loaded([PACK])[0].digest, few)):
            began = monotonic()
            made(folder, reports, digest_of_pack)
            print(f"made a lake of {reports:,} reports in {monotonic() - began:,.0f} s", flush=True)
        naive = _naive(all_anew, changed)
        print(f"{'naive, one process':40} {naive:10,.1f} reports/s", flush=True)
        whole = _measured(all_anew, PACK, "every clause judged", REPORTS, naive) == REPORTS
        whole = _measured(one_anew, changed, "one clause changed", few, naive) == few and whole
        began = monotonic()
        adopt(Question(one_anew, loaded([changed]), processes=PROCESSES), _quiet)
        print(f"{'  adopted':40} {few / (monotonic() - began):10,.1f} reports/s")
        print(f"what reads packages is not even loaded: {'mingjian._core' not in sys.modules}")
    return 0 if whole else 1


def _measured(folder: Path, pack: str, words: str, reports: int, naive: float) -> int:
    """Judges a lake, says how fast, and returns how many reports were judged; those that failed are not among them."""
    began, spent = monotonic(), os.times()
    judgement = judge(Question(folder, loaded([pack]), processes=PROCESSES), _quiet)
    rate, ended = reports / (monotonic() - began), os.times()
    cpu = sum(ended[:4]) - sum(spent[:4])
    told = f"{words}, {reports:,} reports, {PROCESSES} processes"
    print(f"{told:60} {rate:8,.1f} reports/s {cpu / reports * 1000:6,.1f} ms of CPU each {rate / naive:6,.1f} times", flush=True)
    return judgement.reports


def made(folder: Path, reports: int, pack: str = "0" * 64) -> None:
    """A lake of so many reports, which say that a pack of this digest judged them."""
    texts = [_template(path, pack) for path in sorted(GOLDEN.glob("*/expect/report.json"))]
    staging = folder.with_suffix(".staging")
    for first in range(0, reports, _AT_ONCE):
        staging.mkdir()
        lake.compact(folder, _staged(staging, texts, range(first, min(first + _AT_ONCE, reports))))
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


def _template(path: Path, pack: str) -> bytes:
    """A report of this program under a pack of that digest, whose package name is a mark."""
    report: Report = load_report(path.read_bytes())
    tool = Tool(tool_version(), digest(), "full")
    packs = tuple(replace(each, digest=pack) for each in report.packs)
    return dump_report(replace(report, tool=tool, packs=packs, subject=replace(report.subject, package=_MARK)))


def _staged(folder: Path, texts: list[bytes], numbers: range) -> Iterator[Staged]:
    for number in numbers:
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
