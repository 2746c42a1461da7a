"""Reads one bundle in a confined child process that can be killed."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import msgspec

from mingjian.errors import InputError
from mingjian.inputs.bundles.sniff import may_be_ios
from mingjian.inputs.bundles.values import Binary, Code, Declared, Fault, Head
from mingjian.inputs.files import artifact
from mingjian.model.texts import in_both, keys
from mingjian.model.types import Artifact
from mingjian.native import Limits, process

_START = process.program("mingjian.inputs.bundles.child", ("mingjian", "mingjian.native", "mingjian.inputs", "mingjian.inputs.bundles"))
_NOT_OURS = "no_bundle"
_LEVELS: dict[str, Literal["full", "partial", "none"]] = {"full": "full", "partial": "partial", "limits": "partial"}


@dataclass(frozen=True, slots=True)
class BundleQuestions:
    """Names to look for in code: imported symbols, classes by name, whole texts, and how names of classes begin."""

    imports: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def plain(self) -> dict[str, tuple[str, ...]]:
        """As JSON has it."""
        return {"imports": self.imports, "classes": self.classes, "texts": self.texts, "prefixes": self.prefixes}


@dataclass(frozen=True, slots=True)
class BundleReader:
    """All that was read of a bundle. `lost` says why the code was not read to the end."""

    sha256: str
    declared: Declared
    binaries: tuple[Binary, ...]
    faults: tuple[Fault, ...]
    """Of the code; those of everything else are in `declared`."""
    confined: Literal["full", "partial", "none"]
    lost: Fault | None = None


def open_bundle(given: Sequence[Path], questions: BundleQuestions, limits: Limits | None = None) -> tuple[Artifact, BundleReader] | None:
    """The package of iOS or HarmonyOS in one file; none when the file is neither. Raises `InputError` for one that is damaged."""
    limits = limits or Limits()
    (path,) = given
    file = artifact(path, "package")
    ended = process.run(_START, _request(path, questions, limits), seconds=limits.timeout, most=limits.output)
    line, _, rest = ended.output.partition(b"\n")
    values = {"path": path, "seconds": round(limits.timeout), "megabytes": limits.memory >> 20, "signal": ended.signal}
    try:
        head = msgspec.json.decode(line, type=Head)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(ended.why or "input.crashed", **values) from error
    if head.error is not None:
        if head.error.code == _NOT_OURS:
            return None
        raise InputError("input.bundle_unreadable", path=path, why=in_both(checked(head.error.code), detail=head.error.detail))
    if head.declared is None:
        raise InputError("input.crashed", **values)
    code, lost = Code([], []), None
    try:
        code = msgspec.json.decode(rest, type=Code)
    except (msgspec.MsgspecError, ValueError):
        lost = Fault(head.declared.info, (ended.why or "input.crashed").removeprefix("input."))
    if ended.why is not None and lost is None:
        lost = Fault(head.declared.info, ended.why.removeprefix("input."))
    level = _LEVELS.get(head.confinement, "none")
    return file, BundleReader(file.sha256, head.declared, tuple(code.binaries), tuple(code.faults), level, lost)


def checked(code: str) -> str:
    """The key of the text for a code of the child's, which met hostile bytes; a general one for what no text says."""
    key = f"bundle.fault.{code}"
    return key if key in keys() else "bundle.fault.other"


def _request(path: Path, questions: BundleQuestions, limits: Limits) -> bytes:
    # To load it takes longer than to read most bundles of the other system.
    library = find_spec("lief") if may_be_ios(path) else None
    head = {
        "path": str(path.absolute()),
        "memory": limits.memory,
        "seconds": math.ceil(limits.timeout),
        "library": str(Path(library.origin).parents[1]) if library and library.origin else "",
        "asked": questions.plain(),
    }
    return json.dumps(head).encode() + b"\n"
