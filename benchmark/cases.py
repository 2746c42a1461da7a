"""Cases as text: a base, what a case changes in it, what its twin changes again, and the label that the law gives the result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

HERE = Path(__file__).parent
PACK = "cac-2019"
BEHAVIOURS = tuple(
    f"{chapter}.{item}" for chapter, items in ((1, 4), (2, 4), (3, 9), (4, 6), (5, 3), (6, 5)) for item in range(1, items + 1)
)
"""The numbers of the 31 items of the method."""
Kind = Literal["positive", "negative", "near_miss"]
_CASE = {"base", "story", "changes", "label", "twin", "kind"}
_TWIN = {"story", "changes", "label"}
_LABEL = {"verdict", "data", "owner", "also", "reason"}


class CaseError(Exception):
    """A case that is not as the format wants it; the message names the file and the fault."""


@dataclass(frozen=True, slots=True)
class Label:
    """What the law says of a dossier, written before any tool looked at it.

    `data` are the terms that a right finding may name (one of them, or what lies within it), `owner` whose act it is; both are empty
    where the fault is that something is missing. `also` are other behaviours that the same facts break."""

    violated: bool
    reason: str
    data: tuple[str, ...] = ()
    owner: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One dossier: its sources after all changes, and its label. `twin` is the id of the other of its pair; `fresh` says that it was
    written last, so that what a tool makes of it is counted apart."""

    id: str
    behaviour: str
    kind: Kind
    story: str
    sources: Mapping[str, Any]
    label: Label
    twin: str | None = None
    fresh: bool = False

    @property
    def chapter(self) -> int:
        """The chapter of the method."""
        return int(self.behaviour.partition(".")[0])

    @property
    def clause(self) -> str:
        """The id of the clause, as our packs and a SARIF file of any tool name it."""
        return f"{PACK}/{self.behaviour}"

    def digest(self) -> str:
        """What tells whether the dossier or its label changed since it was scored."""
        told = [self.sources, self.label.violated, self.label.data, self.label.owner, self.label.also]
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def cases(folder: Path = HERE / "cases") -> Iterator[Case]:
    """Every dossier, by the names of the files. Raises `CaseError`."""
    for path in sorted(folder.glob("*/*.yml")):
        yield from _pair(path)


def changed(below: Any, above: Any) -> Any:
    """`above` laid over `below`: mappings are merged, none takes away, everything else replaces.

    Raises `CaseError` for a name that is no text (`no:` is none in YAML), and for a none that takes nothing away."""
    if not isinstance(above, Mapping):
        return above
    merged = dict(below) if isinstance(below, Mapping) else {}
    for key, value in above.items():
        if not isinstance(key, str):
            raise CaseError(f"the name {key!r} is no text: quote it, or take another")
        if value is not None:
            merged[key] = changed(merged.get(key), value)
        elif merged.pop(key, None) is None:
            raise CaseError(f"there is no {key!r} to take away")
    return merged


def differences(left: Any, right: Any, at: str = "") -> Iterator[str]:
    """The places where two sources differ; what stands on one side only is one place, however much it holds."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in sorted(left.keys() | right.keys(), key=str):
            yield from differences(left.get(key), right.get(key), f"{at}/{key}")
    elif left != right:
        yield at


@cache
def base(name: str) -> Mapping[str, Any]:
    """The sources of a base, an innocent dossier that cases change. Raises `CaseError`."""
    sources = {key: value for key, value in _base(name).items() if key not in ("base", "fresh")}
    above = _base(name).get("base")
    return sources if above is None else dict(changed(base(above), sources))


@cache
def _base(name: str) -> Mapping[str, Any]:
    path = HERE / "bases" / f"{name}.yml"
    if not path.is_file():
        raise CaseError(f"{path.name}: there is no such base")
    return _yaml(path)


def _pair(path: Path) -> Iterator[Case]:
    told = _yaml(path)
    behaviour, name = path.parent.name, path.stem
    if behaviour not in BEHAVIOURS:
        raise CaseError(f"{path}: {behaviour} is no behaviour")
    _known(path, told, _CASE)
    sources = _changed(path, base(told["base"]), told.get("changes") or {})
    label = _label(path, told["label"])
    id, pair = f"{behaviour}/{name}", f"{behaviour}/{name}~twin"
    kind = told.get("kind", "positive" if label.violated else "near_miss")
    if kind not in ("positive", "negative", "near_miss") or (kind == "positive") != label.violated:
        raise CaseError(f"{path}: a case of kind {kind} cannot have this verdict")
    twin = told.get("twin")
    fresh = bool(_base(told["base"]).get("fresh"))
    yield Case(id, behaviour, kind, told["story"], sources, label, pair if twin else None, fresh)
    if twin:
        _known(path, twin, _TWIN)
        other = _label(path, {"verdict": "innocent", **twin["label"]})
        yield Case(pair, behaviour, "negative", twin["story"], _changed(path, sources, twin["changes"]), other, id, fresh)


def _changed(path: Path, below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(changed(below, above))
    except CaseError as error:
        raise CaseError(f"{path}: {error}") from error


def _label(path: Path, told: Mapping[str, Any]) -> Label:
    _known(path, told, _LABEL)
    if told.get("verdict") not in ("violated", "innocent"):
        raise CaseError(f"{path}: a verdict is violated or innocent")
    data = told.get("data", ())
    also = tuple(str(each) for each in told.get("also", ()))
    return Label(
        violated=told["verdict"] == "violated",
        reason=" ".join(str(told.get("reason") or "").split()),
        data=(data,) if isinstance(data, str) else tuple(data),
        owner=told.get("owner"),
        also=also,
    )


def _known(path: Path, told: Mapping[str, Any], fields: set[str]) -> None:
    strange = sorted(str(key) for key in told.keys() - fields)
    if strange:
        raise CaseError(f"{path}: unknown field {strange[0]}")


def _yaml(path: Path) -> dict[str, Any]:
    try:
        told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise CaseError(f"{path}:{mark.line + 1 if mark else 1}: not YAML") from error
    if not isinstance(told, dict):
        raise CaseError(f"{path}: not a mapping")
    return told
