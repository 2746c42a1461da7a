"""Whose native library a file is, by its name."""

import re
from fnmatch import fnmatchcase, translate
from functools import cache

from mingjian.extract import catalogue


def owner_of_library(path: str) -> str | None:
    """The SDK that a native library belongs to by its file name; none when no SDK or more than one uses that name."""
    base = path.rpartition("/")[2]
    if not _any_library().fullmatch(base):
        return None
    owners = {id for pattern, id in _library_names() if fnmatchcase(base, pattern)}
    return owners.pop() if len(owners) == 1 else None


@cache
def _library_names() -> tuple[tuple[str, str], ...]:
    return tuple((pattern, sdk.id) for sdk in catalogue.sdks().values() for pattern in sdk.native_libs)


@cache
def _any_library() -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern, _ in _library_names()))
