"""The lists of invented apps: `training/app_types/NN.jsonl`, an app a line with `type` (one of the 39, or `none`), `label`, `description`,
`permissions` and, of some, `sdks` (kinds), `components` and `mixed`; `fresh.jsonl` was written after the model was frozen."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import yaml

from mingjian.nlp.app_types import Clues

FOLDER = Path(__file__).parent / "app_types"
SEED = 8
HELD_OUT = 0.45


@dataclass(frozen=True, slots=True)
class App:
    """One app of a list; `mixed` when it could be taken for another type."""

    type: str
    clues: Clues
    mixed: bool

    @property
    def text(self) -> str:
        """What a reader of the list sees."""
        return "\n".join((*self.clues.labels, self.clues.description))


def apps(*names: str) -> list[App]:
    """The apps of the files of these names; of all numbered ones where none is named."""
    files = [FOLDER / name for name in names] if names else sorted(FOLDER.glob("[0-9]*.jsonl"))
    rows = (json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return [App(row["type"], _clues(row), row.get("mixed", False)) for row in rows]


def _clues(row: dict[str, object]) -> Clues:
    permissions, sdks, components = (tuple(map(str, row.get(key, ()))) for key in ("permissions", "sdks", "components"))  # type: ignore[call-overload]
    return Clues((str(row["label"]),), str(row["description"]), components, permissions=permissions, sdks=sdks)


def split(listed: list[App]) -> tuple[list[App], list[App]]:
    """To learn from, and held out: of each type the same share, drawn by a fixed seed."""
    learnt: list[App] = []
    held: list[App] = []
    for type in sorted({app.type for app in listed}):
        own = sorted((app for app in listed if app.type == type), key=lambda app: app.text)
        random.Random(f"{SEED} {type}").shuffle(own)  # noqa: S311  a draw, no secret
        count = round(len(own) * HELD_OUT)
        held += own[:count]
        learnt += own[count:]
    return learnt, held


def words() -> dict[str, list[str]]:
    """Words by which each type is told, of both languages."""
    table = yaml.safe_load((FOLDER / "words.yml").read_text(encoding="utf-8"))
    return {type: [*row["zh"].split(), *row["en"].split()] for type, row in table.items()}
