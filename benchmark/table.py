"""The tables of `docs/accuracy.md`, made of the stored results, in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmark.cases import HERE, Case
from benchmark.score import Figures, figures
from benchmark.tools import OURS, PEERS

RESULTS = HERE / "results.json"
TEXTS = HERE / "texts.yml"
DOCS = {"en": HERE.parent / "docs" / "accuracy.md", "zh": HERE.parent / "docs" / "accuracy.zh-CN.md"}
_BEGIN, _END = "<!-- benchmark: made by `python -m benchmark` -->", "<!-- end of benchmark -->"
Stored = Mapping[str, Any]


def load(path: Path = RESULTS) -> dict[str, Any]:
    """The stored results: `dossiers` (by id: `digest`, and in `tools` the outcome of each), `perturbed` (by perturbation), `missing`."""
    if not path.is_file():
        return {"dossiers": {}, "perturbed": {}, "missing": {}}
    return dict(json.loads(path.read_text(encoding="utf-8")))


def store(results: Stored, path: Path = RESULTS) -> None:
    """Writes them, one dossier a line, so that a diff shows which changed."""
    path.write_text(_json(results) + "\n", encoding="utf-8")


def stale(results: Stored, cases: Iterable[Case]) -> list[str]:
    """The dossiers that were never scored, or changed since, and results of dossiers that are gone."""
    now = {case.id: case.digest() for case in cases}
    then = {id: row["digest"] for id, row in results["dossiers"].items()}
    return sorted([id for id, digest in now.items() if then.get(id) != digest] + [id for id in then if id not in now])


def tables(results: Stored, cases: Iterable[Case], lang: str) -> str:
    """All tables, as Markdown."""
    words = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))[lang]
    known = {case.id: case for case in cases}
    return "\n\n".join("\n".join(table) for table in _tables(results, known, words)) + "\n"


def written(text: str, tables: str) -> str:
    """A page with the tables between the two marks. Raises `ValueError` for a page without them."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError("the page has no place for the tables of the benchmark")
    return f"{before}{_BEGIN}\n{tables}{_END}{after}"


def _tables(results: Stored, known: Mapping[str, Case], words: Stored) -> Iterator[list[str]]:
    rows = {id: row["tools"] for id, row in results["dossiers"].items() if id in known}
    tools = [name for name in (OURS, *PEERS) if any(name in row for row in rows.values())]
    fresh = {id: row for id, row in rows.items() if known[id].fresh}
    mended = {id: row for id, row in rows.items() if id not in fresh}
    chapters = {number: {id: row for id, row in mended.items() if known[id].chapter == number} for number in words["chapters"]}
    lines = [_line(words["chapters"][number], _of(inside, OURS)) for number, inside in chapters.items()]
    lines += [_line(words["all"], _of(mended, OURS)), *([_line(words["fresh"], _of(fresh, OURS))] if fresh else [])]
    yield [*_head(words, words["chapter"]), *lines]
    yield [*_head(words, words["tool"]), *(_line(words["tools"].get(name, name), _of(rows, name)) for name in tools)]
    if results["perturbed"]:
        harder = {name: figures(row[OURS] for row in each.values()) for name, each in results["perturbed"].items()}
        yield [*_head(words, words["perturbation"]), *(_line(words["perturbations"][name], of) for name, of in harder.items())]
    ours = {id: row[OURS] for id, row in sorted(rows.items()) if OURS in row}
    errors = [(id, words["kinds"][row["kind"]]) for id, row in ours.items() if row["kind"] not in ("hit", "quiet", "open")]
    errors += [(id, words["owner_wrong"]) for id, row in ours.items() if row.get("owner") == "wrong"]
    if errors:
        yield [f"| {words['dossier']} | {words['error']} |", "|---|---|", *(f"| {id} | {error} |" for id, error in errors)]


def _of(rows: Mapping[str, Stored], tool: str) -> Figures:
    return figures(row[tool] for row in rows.values() if tool in row)


def _head(words: Stored, first: str) -> list[str]:
    names = [first, *words["columns"]]
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]


def _line(name: str, of: Figures) -> str:
    wrong = [of.counts[kind] for kind in ("hit", "false_alarm", "missed", "wrong_fact", "wrong_clause")]
    cells = [of.dossiers, *wrong, of.owners["wrong"], of.elsewhere, *map(_percent, (of.precision, of.recall, of.coverage, of.owner))]
    return f"| {name} | " + " | ".join(map(str, cells)) + " |"


def _percent(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.1%}"


def _json(value: Any, depth: int = 0) -> str:
    if depth < 2 and isinstance(value, dict) and value:
        inside = ",\n".join(f"{' ' * (depth + 1)}{json.dumps(key)}: {_json(each, depth + 1)}" for key, each in value.items())
        return f"{{\n{inside}\n{' ' * depth}}}"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
