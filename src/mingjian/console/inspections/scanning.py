"""The scan of stored files, and judging again: laid out in a private folder, read by a child process, which comes back as a report."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from mingjian.console import vault
from mingjian.console.inspections.child import REPORT
from mingjian.console.inspections.models import Inspection, Material
from mingjian.errors import InputError
from mingjian.model.codec import load_report
from mingjian.model.types import Report

SECONDS = 900
"""How long one scan may take."""
ANSWERS = "answers.yml"
"""What the file of the console's own answers is called in a report."""
_ENDS_AFTER = SECONDS + 60
_READING_SECONDS = 300
_MEMORY = 4 << 30
_KILLED = -9
"""How a child ends that the system ended for want of memory."""
_MOST_REPORT = 256 << 20
_MOST_ANSWER = 1 << 16
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


class ChildError(RuntimeError):
    """The child ended without an answer: a fault of ours, not of the input."""


def scanned(inspection: Inspection, materials: Sequence[Material]) -> Report:
    """The report on the files of an inspection, with the names by which they were sent.

    Raises `MingjianError` for what is wrong with them, and `ChildError` when the scan itself broke."""
    with TemporaryDirectory(prefix="mingjian-scan-") as place:
        folder = Path(place)
        files = _laid_out(folder, materials)
        shown = {str(path): material.name for path, material in files.items()}
        report = _in_child(folder, _request(folder, inspection, files), shown)
    names = {material.sha256: material.name for material in materials}
    artifacts = tuple(replace(each, name=names.get(each.sha256, each.name)) for each in report.subject.artifacts)
    subject = replace(report.subject, artifacts=artifacts, store=inspection.store or None, downloads=inspection.downloads)
    return replace(report, subject=subject)


def judged(inspection: Inspection, answers: bytes) -> Report:
    """The inspection's report judged again: with a reviewer's answers, a file as `inputs.review` reads it (empty where nobody answered),
    and for the app type that a person gave, if one did. Raises as `scanned` does."""
    with TemporaryDirectory(prefix="mingjian-judge-") as place:
        folder = Path(place)
        file = folder / ANSWERS
        file.write_bytes(answers)
        told = {"answers": str(file) if answers else "", "category": inspection.settled}
        request = {**_bounds(folder), "report": str(vault.path(inspection.report_sha256)), **told}
        return _in_child(folder, request, {str(file): ANSWERS})


def _laid_out(folder: Path, materials: Sequence[Material]) -> dict[Path, Material]:
    """Links to the files in the vault, under numbers for names: of what they were called only the ending stays, which tells the format.
    Files of a kind that differ in the ending alone have the same number, for a screen and its picture belong together by their names."""
    stems = sorted({(material.kind, Path(material.name).stem) for material in materials})
    found: dict[Path, Material] = {}
    for material in materials:
        number = stems.index((material.kind, Path(material.name).stem)) + 1
        ending = _SUFFIX.search(material.name)
        path = folder / material.kind / f"{number:03}{ending[0].lower() if ending else ''}"
        path.parent.mkdir(exist_ok=True)
        while path in found:
            path = path.with_name(f"{path.stem}_{path.suffix}")
        path.symlink_to(vault.path(material.sha256))
        found[path] = material
    return found


def _request(folder: Path, inspection: Inspection, files: dict[Path, Material]) -> dict[str, object]:
    by_kind = {kind: sorted(str(path) for path, material in files.items() if material.kind == kind) for kind in Material.Kind.values}
    return {
        **_bounds(folder),
        "package": by_kind["package"],
        "policy": by_kind["policy"],
        "runs": by_kind["run"],
        "review": by_kind["review"],
        "dossier": next(iter(by_kind["dossier"]), ""),
        "category": inspection.category,
        "operator": inspection.operator,
        "most_bytes": settings.UPLOAD_LIMIT,
        "seconds": _READING_SECONDS,
    }


def _bounds(folder: Path) -> dict[str, object]:
    """What every request says: where to work, and what the child ends by when nobody ends it."""
    return {"folder": str(folder), "memory": _MEMORY, "ends_after": _ENDS_AFTER, "parent": os.getpid()}


def _in_child(folder: Path, request: dict[str, object], shown: dict[str, str]) -> Report:
    """The report that the child leaves in the folder. `shown` gives the names by which files of the request are told to a reader."""
    answer = _answer(json.dumps(request).encode())
    if answer:
        values: dict[str, object] = answer["values"]
        raise InputError(str(answer["key"]), **{name: _named(value, shown, folder) for name, value in values.items()})
    path = folder / REPORT
    if path.stat().st_size > _MOST_REPORT:
        raise InputError("console.inspections.fault.report_large", most=_MOST_REPORT >> 20)
    return load_report(path.read_bytes())


def _answer(request: bytes) -> dict[str, Any]:
    """What the child says. It and what it started are gone when this returns."""
    command = [sys.executable, "-m", "mingjian.console.inspections.child"]
    with TemporaryDirectory(prefix="mingjian-scan-") as working:
        child = subprocess.Popen(  # noqa: S603  the command is ours and holds no input
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=working, env=_environment(), start_new_session=True
        )
        try:
            output, _ = child.communicate(request, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise InputError("console.inspections.fault.late", minutes=SECONDS // 60) from error
        finally:
            _end(child)
    if child.returncode == _KILLED:
        raise InputError("console.inspections.fault.memory")
    if child.returncode != 0 or len(output) > _MOST_ANSWER:
        raise ChildError(f"the scan ended with {child.returncode}")
    found: dict[str, Any] = json.loads(output)
    return found


def _environment() -> dict[str, str]:
    """What the child needs to start, and no secret of the console."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "PYTHONPATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Ends the child with all that it started."""
    if sys.platform == "win32":
        child.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _named(value: object, shown: dict[str, str], folder: Path) -> object:
    """A value of a fault as its reader may see it: the name that a file was sent by, and no folder of this machine."""
    if not isinstance(value, str):
        return value
    return shown.get(value) or value.replace(f"{folder}/", "")
