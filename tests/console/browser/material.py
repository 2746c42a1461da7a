"""What the browser tests upload: the demo app and its innocent twin with their recordings, and the same two as two other apps."""

import shutil
import sys
from pathlib import Path

import yaml

from fixtures.builder import build
from fixtures.scenario import record

APPS = Path(__file__).parents[3] / "fixtures" / "apps"
BOTH = ("kuaichi", "kuaichi-innocent")
OTHERS = ({"kuaichi": "manchi", "快吃": "慢吃"}, {"kuaichi": "haochi", "快吃": "好吃"})
"""What the other apps are called instead."""


def make(folder: Path) -> None:
    """Writes `<app>/app.apk`, `policy.html` and `run.jsonl` for six apps into the folder."""
    sources = folder / "sources"
    for name in BOTH:
        for words in ({}, *OTHERS):
            _renamed(APPS / name, sources / _other(name, words), words)
    for source in sources.iterdir():
        here = folder / source.name
        here.mkdir()
        build(source, here / "app.apk")
        (here / "run.jsonl").write_bytes(record(yaml.safe_load((source / "run.yml").read_text(encoding="utf-8"))))
        shutil.copy(source / "policy.html", here / "policy.html")


def _renamed(source: Path, target: Path, words: dict[str, str]) -> None:
    for file in source.rglob("*"):
        if file.is_file():
            there = target / _other(file.relative_to(source).as_posix(), words)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(_other(file.read_text(encoding="utf-8"), words), encoding="utf-8")


def _other(text: str, words: dict[str, str]) -> str:
    for word, instead in words.items():
        text = text.replace(word, instead)
    return text


if __name__ == "__main__":
    make(Path(sys.argv[1]))
