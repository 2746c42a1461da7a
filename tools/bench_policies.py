"""Reading a policy against cutting its words, and where the time goes.

Whole processes for the comparison: ours from the file to the statements, cold, its document child included; jieba over the extracted
text. Then, in one warm process, the CPU time of each stage and the throughput.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mingjian.inputs import open_policy
from mingjian.nlp.acts import acts
from mingjian.nlp.duties import duties
from mingjian.nlp.read import read
from mingjian.nlp.readability import readability
from mingjian.nlp.structure import outline
from mingjian.nlp.tables import sdk_rows
from mingjian.nlp.topics import topics

CACHE = Path(os.environ["MINGJIAN_CACHE"])
ROOT = Path(__file__).parents[1]
ANSWERS = Path(__file__).parent / "answers"
POLICIES = {
    "zh": ROOT / "fixtures" / "policies" / "shop-zh" / "policy.html",
    "en": ROOT / "fixtures" / "policies" / "ride-en" / "policy.html",
}
TURNS = 7


def measure(command: list[str]) -> tuple[float, float, float]:
    """Seconds of CPU with all children, of the clock, and MiB of peak memory, of one fresh process."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    output = child.stdout.read() if child.stdout else b""
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"bench: {command[1]} failed")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started, int(output.split()[1]) / 1024


def whole(policy: Path, text: Path) -> list[str]:
    """The rows of ours and of jieba, in turn, so that a slower minute of the machine meets both."""
    commands = {
        "mingjian": [sys.executable, str(ANSWERS / "policy.py"), str(policy)],
        "jieba": [str(CACHE / "bench-venv" / "bin" / "python"), str(ANSWERS / "words.py"), str(text)],
    }
    costs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, command in commands.items():
            costs[name].append(measure(command))
    middle = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in costs.items()}
    ratios = {name: [figure / yardstick for figure, yardstick in zip(row, middle["jieba"], strict=True)] for name, row in middle.items()}
    return [
        f"| {name} | "
        + " | ".join([*(f"{figure:.3f}" for figure in row[:2]), f"{row[2]:.0f}", *(f"{ratio:.2f}" for ratio in ratios[name])])
        + " |"
        for name, row in middle.items()
    ]


def cost(stage: Callable[[], Any]) -> float:
    """Median CPU milliseconds of a stage in this process."""
    figures = []
    for _ in range(TURNS):
        started = time.process_time()
        stage()
        figures.append((time.process_time() - started) * 1000)
    return statistics.median(figures)


def stages(policy: Path) -> dict[str, float]:
    """CPU milliseconds of each stage, warm; reading the file is measured in this process alone, without its child."""
    (document,) = open_policy([policy])[1]
    taken = outline(document)
    scored = topics(taken.sentences)
    rows = sdk_rows(taken)
    return {
        "structure": cost(lambda: outline(document)),
        "topics": cost(lambda: topics(taken.sentences)),
        "tables": cost(lambda: sdk_rows(taken)),
        "acts": cost(lambda: acts(taken, scored, rows)),
        "duties": cost(lambda: duties(taken, scored)),
        "readability": cost(lambda: readability([taken])),
        "all, from document to statements": cost(lambda: read((document,))),
    }


def main() -> int:
    """Prints the tables."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {TURNS}\n")
    for lang, policy in POLICIES.items():
        (document,) = open_policy([policy])[1]
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as text:
            text.write(document.text)
            text.flush()
            print(f"{lang}: {len(document.text)} characters; ratios are of each row to jieba's\n")
            print("| whole process | CPU s | wall s | memory MiB | CPU ratio | wall ratio | memory ratio |\n|---|---|---|---|---|---|---|")
            print("\n".join(whole(policy, Path(text.name))), flush=True)
        figures = stages(policy)
        total = figures["all, from document to statements"]
        print("\n| stage, warm | CPU ms | characters a second |\n|---|---|---|")
        print("\n".join(f"| {name} | {figure:.1f} | {len(document.text) / figure * 1000:,.0f} |" for name, figure in figures.items()))
        print(f"\n{60_000 / total:.0f} policies of this length a minute on one core, warm\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
