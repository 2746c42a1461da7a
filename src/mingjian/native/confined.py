"""Confines the process that reads a document, and the one that scans a subject. Run inside the child only: it cannot be undone."""

import json
from collections.abc import Mapping
from typing import Any

try:
    import resource
except ImportError:  # There is none on Windows, where the time that the parent allows is the only limit.
    resource = None  # type: ignore[assignment]

try:
    from mingjian import _core
except ImportError:  # Documents are read without the compiled core, too.
    _core = None  # type: ignore[assignment]


def confine(memory: int, seconds: int) -> str:
    """No file, program, socket or signal from here on, at most so many bytes beyond what is held and seconds of processor time.

    Gives the level reached: that of the core, or `limits` without it, or `none`."""
    if _core is not None:
        level: str = json.loads(_core.confine(json.dumps({"read": [], "memory": memory, "cpu": seconds}).encode()))["level"]
        return level
    if resource is None:
        return "none"
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # At the soft limit the kernel says that it was the time; at the hard one it kills without a word.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return "limits"


def confine_worker(wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """Confines a process that works in a folder and starts readers: request and answer of `confine` on the boundary page. None without the
    compiled core, when nothing was done."""
    if _core is None:
        return None
    reached: dict[str, Any] = json.loads(_core.confine(json.dumps(wanted).encode()))
    return reached
