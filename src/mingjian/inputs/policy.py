"""The files of one policy -> artifacts and documents. Each file is parsed in a confined child process of its own."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mingjian.errors import InputError
from mingjian.inputs.files import read
from mingjian.model.document import Block, Cell, Document, Link, Origin, Table
from mingjian.model.shipped import catalog
from mingjian.model.texts import in_both, keys
from mingjian.model.types import Artifact, Text
from mingjian.native import process

MOST_FILES = 64
"""Files of one policy."""
SECONDS = 18.0
"""Wall time that reading one file may take."""
MEMORY = 640 << 20
"""Bytes that reading one file may take beyond what the reading process holds before it begins."""
_MOST_ANSWER = 128 << 20
_SHELL = 200
"""Characters below which a page without a whole sentence is taken for what scripts or images should fill."""
_SENTENCE = re.compile(r"[^。；.;]{20,}?[。；.;]")

_START = process.program("mingjian.inputs.documents.child", ("mingjian", "mingjian.native", "mingjian.inputs", "mingjian.inputs.documents"))


def open_policy(paths: Sequence[Path]) -> tuple[tuple[Artifact, ...], tuple[Document, ...]]:
    """The policy that stands in these files, in this order; a folder stands for the files in it, by name.

    What could not be read of a file is told in `Document.lost`. Raises `InputError` for a file that is no document at all."""
    files = _files(paths)
    with ThreadPoolExecutor(max(1, min(len(files), os.cpu_count() or 1))) as pool:
        opened = list(pool.map(_open, files))
    return tuple(artifact for artifact, _ in opened), tuple(document for _, document in opened)


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        try:
            inside = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        except OSError as error:
            raise InputError("input.denied", path=path) from error
        if not inside:
            raise InputError("input.policy_empty_folder", path=path)
        files += inside
    if len(files) > MOST_FILES:
        raise InputError("input.policy_too_many_files", path=paths[0], count=len(files), limit=MOST_FILES)
    return files


def _open(path: Path) -> tuple[Artifact, Document]:
    artifact, content = read(path, "policy")
    ended = process.run(_START, _request(content), seconds=SECONDS, most=_MOST_ANSWER)
    if ended.why is not None:
        raise InputError(ended.why, path=path, seconds=round(SECONDS), megabytes=MEMORY >> 20, signal=ended.signal)
    try:
        answer = json.loads(ended.output)
        if "error" in answer:
            raise InputError(_known_error(answer["error"]), path=path)
        document = _document(artifact, answer["document"])
        about = {str(key): value for key, value in answer["about"].items() if isinstance(value, int | str)}
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError("input.crashed", path=path, signal=ended.signal) from error
    return artifact, replace(document, lost=tuple(dict.fromkeys((*document.lost, *_instead(document, about)))))


def _request(content: bytes) -> bytes:
    library = find_spec("pypdfium2")
    head = {
        "memory": MEMORY,
        "seconds": int(SECONDS) - 6,
        "layout": _pages()["layout"],
        "library": str(Path(library.origin).parents[1]) if library and library.origin else "",
    }
    return json.dumps(head).encode() + b"\n" + content


@cache
def _pages() -> dict[str, Any]:
    pages: dict[str, Any] = catalog("policy_pages")
    return pages


def _known_error(key: str) -> str:
    if key not in keys() or not key.startswith("input.policy_"):
        raise ValueError(key)
    return key


def _document(artifact: Artifact, plain: Mapping[str, Any]) -> Document:
    """The child's answer as a document. Raises `ValueError` or the like where it is none: the child met hostile bytes."""
    text = plain["text"]
    if not isinstance(text, str):
        raise TypeError("text")
    return Document(
        artifact.sha256,
        artifact.name,
        text,
        tuple(Block(kind, *_span(start, end, text), int(level)) for kind, start, end, level in plain["blocks"]),
        tuple(
            Table(
                *_span(start, end, text),
                tuple(tuple(Cell(*_span(one, two, text), bool(header)) for one, two, header in row) for row in rows),
            )
            for start, end, rows in plain["tables"]
        ),
        tuple(Link(*_span(start, end, text), str(target)) for start, end, target in plain["links"]),
        tuple(Origin(int(start), str(place), int(offset)) for start, place, offset in plain["origins"]),
        tuple(_lost(row["key"], row["values"]) for row in plain["lost"]),
    )


def _span(start: int, end: int, text: str) -> tuple[int, int]:
    if not 0 <= int(start) <= int(end) <= len(text):
        raise ValueError("offsets")
    return int(start), int(end)


def _lost(key: str, values: Mapping[str, object]) -> Text:
    if not key.startswith("coverage.policy."):
        raise ValueError(key)
    return in_both(key, **values)


def _instead(document: Document, about: Mapping[str, int | str]) -> tuple[Text, ...]:
    """What stands where the policy should be, if the file is a page that has none."""
    shown = f"{about.get('title', '')}\n{document.text}"
    if len(document.text) <= _pages()["blocked"]["most"] and not _any(_pages()["blocked"]["speaks"], document.text):
        for kind, patterns in _pages()["blocked"]["kinds"].items():
            if _any(patterns, shown):
                return (in_both(f"coverage.policy.{kind}"),)
    if len(document.text) >= _SHELL or _SENTENCE.search(document.text):
        return ()
    if int(about.get("images") or 0):
        return (in_both("coverage.policy.images"),)
    if int(about.get("scripts") or 0) or _any(_pages()["blocked"]["kinds"]["scripts"], f"{about.get('said', '')}"):
        return (in_both("coverage.policy.scripts"),)
    if not document.text or _any(_pages()["blocked"]["shell"], document.text):
        return () if document.lost else (in_both("coverage.policy.empty"),)
    return ()


def _any(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text) for pattern in patterns)
