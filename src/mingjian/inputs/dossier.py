"""A dossier: one folder with everything about one inspection. Its `dossier.yml` names the files and says what people know of the app.

The file is a YAML mapping: `package` (a file, or the list of a split set), `policy`, `runs` and `review` (lists of files), `previous` (the
stored report of an earlier version), `category`, `operator`, `operator_hosts`, `description` (what the store says of the app) and `note`.
Files are named from the folder on, with `/` between the parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from mingjian.errors import InputError
from mingjian.inputs.files import read

FILE = "dossier.yml"
"""The file that makes a folder a dossier."""

_FILES = ("package", "policy", "runs", "review", "previous")
_SINGLE = ("package", "previous")
_WORDS = ("category", "operator", "note", "description")
_MOST_FILES = 256
_MOST_HOSTS = 1000
_LONGEST = 4000
_DEEPEST = 8
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,126}")
_OUTSIDE = re.compile(r"[\x00-\x1f\\]|\A[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the folder holds. All paths lie in it and are plain files or, of a package, a folder; words that are not given are none."""

    folder: Path
    package: tuple[Path, ...] = ()
    policy: tuple[Path, ...] = ()
    runs: tuple[Path, ...] = ()
    review: tuple[Path, ...] = ()
    previous: Path | None = None
    category: str | None = None
    operator: str | None = None
    operator_hosts: tuple[str, ...] = ()
    note: str | None = None
    description: str | None = None


def is_dossier(folder: Path) -> bool:
    """Whether a path is a folder with a `dossier.yml`."""
    return (folder / FILE).is_file()


def open_dossier(folder: Path) -> Dossier:
    """The dossier in a folder. Raises `InputError` that names the line or field which is wrong, or the file that is missing."""
    path = folder / FILE
    document = _document(path)
    strange = sorted(str(field)[:100] for field in document.keys() - {*_FILES, *_WORDS, "operator_hosts"})
    if strange:
        raise InputError("input.dossier_unknown", path=path, field=strange[0])
    files = {field: tuple(_inside(folder, each, field) for each in _names(path, field, document)) for field in _FILES}
    previous = files["previous"]
    category, operator, note, description = (_word(path, field, document) for field in _WORDS)
    if len(previous) > 1:
        raise InputError("input.dossier_wrong", path=path, field="previous")
    earlier = previous[0] if previous else None
    package, policy, runs, review = (files[field] for field in ("package", "policy", "runs", "review"))
    return Dossier(folder, package, policy, runs, review, earlier, category, operator, _hosts(path, document), note, description)


def _document(path: Path) -> Mapping[Any, Any]:
    _, content = read(path, "review")
    try:
        depth = 0
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
                raise InputError(
                    "input.dossier_not_yaml", path=path, line=event.start_mark.line + 1 if event.start_mark else 1, why="alias, or too deep"
                )
        document = yaml.load(content, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or type(error).__name__
        raise InputError("input.dossier_not_yaml", path=path, line=mark.line + 1 if mark else 1, why=why) from error
    if not isinstance(document, dict):
        raise InputError("input.dossier_not_yaml", path=path, line=1, why=type(document).__name__)
    return document


def _names(path: Path, field: str, document: Mapping[Any, Any]) -> list[str]:
    value = document.get(field)
    if value is None:
        return []
    names = [value] if field in _SINGLE and isinstance(value, str) else value
    if not isinstance(names, list) or len(names) > _MOST_FILES or not all(isinstance(name, str) and name for name in names):
        raise InputError("input.dossier_wrong", path=path, field=field)
    return names


def _inside(folder: Path, name: str, field: str) -> Path:
    """The file of that name in the folder: nothing outside, not by a link either, so that a dossier is the same on every machine."""
    parts = PurePosixPath(name).parts
    if _OUTSIDE.search(name) or name.startswith("/") or ".." in parts or not parts or len(name) > _LONGEST:
        raise InputError("input.dossier_outside", path=folder / FILE, name=name)
    path = folder
    try:
        for part in parts:
            path = path / part
            if path.is_symlink():
                raise InputError("input.dossier_outside", path=folder / FILE, name=name)
        if not path.is_file() and not (field == "package" and path.is_dir()):
            raise InputError("input.dossier_missing", path=folder / FILE, name=name)
    except (OSError, ValueError) as error:
        raise InputError("input.dossier_missing", path=folder / FILE, name=name) from error
    return path


def _word(path: Path, field: str, document: Mapping[Any, Any]) -> str | None:
    value = document.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _LONGEST:
        raise InputError("input.dossier_wrong", path=path, field=field)
    return value.strip()


def _hosts(path: Path, document: Mapping[Any, Any]) -> tuple[str, ...]:
    hosts = document.get("operator_hosts") or []
    if (
        not isinstance(hosts, list)
        or len(hosts) > _MOST_HOSTS
        or not all(isinstance(host, str) and _HOST.fullmatch(host) for host in hosts)
    ):
        raise InputError("input.dossier_wrong", path=path, field="operator_hosts")
    return tuple(host.lower() for host in hosts)
