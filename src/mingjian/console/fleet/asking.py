"""Asking the lake for a page: in a child, in time, and not by everybody at once."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO, Any, Literal

from django.conf import settings

from mingjian.errors import MingjianError

Form = Literal["json", "csv", "page"]

SECONDS = 20
"""How long one query of a question may take; a question has up to four."""
MEMORY = 512
"""MiB of the engine."""

_ENDS_AFTER = 60
"""Seconds after which a question is ended, whatever it does."""
_AT_ONCE = 2
_PATIENCE = 5
"""Seconds that a reader waits for a turn."""
_CHUNK = 1 << 16
_TURNS = BoundedSemaphore(_AT_ONCE)
_NOT_SET = "console.lake.wrong.not_set"
_NOTHING = ("lake.ask.no_apps", "lake.ask.empty_period")
_WRONG = {
    "lake.none": "console.lake.wrong.none",
    "lake.not_installed": "console.lake.wrong.not_installed",
    "lake.too_long": "console.lake.wrong.too_long",
    "lake.too_much_memory": "console.lake.wrong.too_much_memory",
}
"""What the program says to whoever types a command, as a page says it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its parameters by name; those that are none are not given."""

    question: str
    given: Mapping[str, Any]


class WrongError(MingjianError):
    """The question has no answer: `key` and `values` say why."""

    @property
    def nothing(self) -> bool:
        """The lake has nothing of the half-year that was asked about: for a reader that is an answer."""
        return self.key in _NOTHING

    @property
    def status(self) -> int:
        """404 where no lake is set, 422 for what was asked wrongly, else 503."""
        if self.key == _NOT_SET:
            return 404
        return 422 if self.key.startswith("lake.ask.") else 503


def document(asked: Asked, form: Form = "page") -> dict[str, Any]:
    """The answer as `mingjian lake ask` writes it in JSON; for a page with `packages`, the digest of the package by report.

    Raises `WrongError` for what has no answer."""
    with stream(asked, form) as file:
        told: dict[str, Any] = json.load(file)
    return told


def stream(asked: Asked, form: Form) -> IO[bytes]:
    """The answer as a file that is open and that has no name. Raises as `document` does."""
    return _in_turn({"question": asked.question, "given": dict(asked.given), "form": form})


def documents(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """The answers of several questions to one state of the lake, within one child; `wrong` with `key` and `values` for one that has none.
    Raises as `document` does where there is none at all."""
    with _in_turn({"many": [[each.question, dict(each.given)] for each in asked]}) as file:
        told: list[dict[str, Any]] = json.load(file)
    return told


def _in_turn(wanted: dict[str, Any]) -> IO[bytes]:
    if settings.LAKE is None:
        raise WrongError(_NOT_SET)
    request = wanted | {"folder": str(settings.LAKE), "memory": MEMORY, "seconds": SECONDS, "ends_after": _ENDS_AFTER}
    if not _TURNS.acquire(timeout=_PATIENCE):
        raise WrongError("console.lake.wrong.busy")
    try:
        return _answer(json.dumps(request).encode())
    finally:
        _TURNS.release()


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The content piece by piece; the file is closed at its end."""
    with file:
        while piece := file.read(_CHUNK):
            yield piece


def _answer(request: bytes) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115  whoever reads the answer closes it
    try:
        code = _in_child(request, file)
    except subprocess.TimeoutExpired as error:
        file.close()
        raise WrongError("console.lake.wrong.too_long") from error
    file.seek(0)
    if code == 0:
        return file
    with file:
        if code != 1:
            raise WrongError("console.lake.wrong.ended")
        told = json.load(file)
    raise WrongError(_WRONG.get(told["key"], told["key"]), **told["values"])


def _in_child(request: bytes, file: IO[bytes]) -> int:
    """Has a child write its answer into a file, and returns its exit code."""
    command = [sys.executable, "-m", "mingjian.console.fleet.child"]
    return subprocess.run(command, input=request, stdout=file, timeout=_ENDS_AFTER, check=False).returncode  # noqa: S603  our own program
