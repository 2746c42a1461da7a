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
from mingjian.model.document import Document
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
    "zh": [ROOT / "fixtures" / "policies" / "map-zh" / "policy.html", ROOT / "fixtures" / "policies" / "chat-zh" / "policy.md"],
    "en": [ROOT / "fixtures" / "policies" / "ride-en" / "policy.html"],
}
"""What is read as one policy; the Chinese one has over 10,000 characters."""

TURNS = 7


def measure(command: list[str]) -> tuple[float, float, float]:
    """Seconds of CPU with all children, of the clock, and MiB of peak memory, of one fresh process."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    output = child.stdout.read() if child.stdout else b""
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"bench: {command} failed")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started, int(output.split()[1]) / 1024


def whole(policy: list[Path], text: Path) -> list[str]:
    """The rows of ours and of jieba, in turn, so that a slower minute of the machine meets both."""
    commands = {
        # The folder of the answers holds a file of our own name, which must not be found before the package.
        "mingjian": [sys.executable, "-P", str(ANSWERS / "policy.py"), *map(str, policy)],
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


def stages(documents: tuple[Document, ...]) -> dict[str, float]:
    """CPU milliseconds of each stage, warm; reading the file is measured in this process alone, without its child."""
    taken = [outline(document) for document in documents]
    scored = [topics(each.sentences) for each in taken]
    rows = [sdk_rows(each) for each in taken]
    parts = list(zip(taken, scored, rows, strict=True))
    return {
        "structure": cost(lambda: [outline(document) for document in documents]),
        "topics": cost(lambda: [topics(each.sentences) for each in taken]),
        "tables": cost(lambda: [sdk_rows(each) for each in taken]),
        "acts": cost(lambda: [acts(each, scores, found) for each, scores, found in parts]),
        "duties": cost(lambda: [duties(each, scores) for each, scores, _ in parts]),
        "readability": cost(lambda: readability(taken)),
        "all, from document to statements": cost(lambda: read(documents)),
    }


def main() -> int:
    """Prints the tables."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {TURNS}\n")
    for lang, policy in POLICIES.items():
        documents = open_policy(policy)[1]
        text_of = "\n".join(document.text for document in documents)
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as text:
            text.write(text_of)
            text.flush()
            print(f"{lang}: {len(text_of)} characters; ratios are of each row to jieba's\n")
            print("| whole process | CPU s | wall s | memory MiB | CPU ratio | wall ratio | memory ratio |\n|---|---|---|---|---|---|---|")
            print("\n".join(whole(policy, Path(text.name))), flush=True)
        figures = stages(documents)
        total = figures["all, from document to statements"]
        print("\n| stage, warm | CPU ms | characters a second |\n|---|---|---|")
        print("\n".join(f"| {name} | {figure:.1f} | {len(text_of) / figure * 1000:,.0f} |" for name, figure in figures.items()))
        print(f"\n{60_000 / total:.0f} policies of this length a minute on one core, warm\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
