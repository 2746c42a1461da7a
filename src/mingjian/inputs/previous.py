"""The stored report of an earlier version of the same app."""

import re
from itertools import zip_longest
from pathlib import Path

from mingjian.errors import InputError, UsageError
from mingjian.inputs.files import read
from mingjian.model.codec import DecodeError, load_report
from mingjian.model.types import Artifact, Report, Subject

_NUMBERS = re.compile(r"\d{1,18}(?:\.\d{1,18}){0,9}")


def open_previous(path: Path) -> tuple[Artifact, Report]:
    """The report in a file, of this or an older schema. Raises `InputError` for what is no report."""
    found, content = read(path, "previous")
    try:
        report = load_report(content)
    except DecodeError as error:
        raise InputError("error.not_a_report", path=str(path), why=str(error)) from error
    return found, report


def refuse_stranger(path: Path, old: Subject, new: Subject) -> None:
    """Raises `UsageError` unless `old` is an earlier version of the app `new` on the same platform. Versions that are no numbers cannot be
    told apart in time and are taken as they are given."""
    if old.platform != new.platform:
        raise UsageError("previous.other_platform", path=str(path), old=old.platform, new=new.platform)
    if old.package != new.package:
        raise UsageError("previous.other_app", path=str(path), old=old.package or old.label, new=new.package or new.label)
    if old.id == new.id:
        raise UsageError("previous.same", path=str(path), version=new.version)
    if _later(old.version, new.version):
        raise UsageError("previous.later", path=str(path), old=old.version, new=new.version)


def _later(one: str, other: str) -> bool:
    """Whether the first version is later than the second, by the numbers they begin with."""
    first, second = _NUMBERS.match(one.strip()), _NUMBERS.match(other.strip())
    if first is None or second is None:
        return False
    pairs = zip_longest(map(int, first[0].split(".")), map(int, second[0].split(".")), fillvalue=0)
    return next((left > right for left, right in pairs if left != right), False)
