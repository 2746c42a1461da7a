"""What this machine has to give: processors and memory, and whether the system has ended somebody for want of memory.

Where a container, a service or a slice has less than the machine, that is what counts. Outside Linux only the processors are told."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_GROUPS = Path("/sys/fs/cgroup")


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> int | None:
    """Bytes of memory that all processes here may hold together; none where nobody tells."""
    told = [_counted(_PROC / "meminfo", b"MemTotal:")]
    for group in _groups():
        for name in ("memory.max", "memory.limit_in_bytes"):
            with suppress(OSError, ValueError):
                # Without a limit it says `max`, or more than any machine has.
                told.append(int((group / name).read_bytes()) >> 10)
    known = [each for each in told if each is not None]
    return min(known) << 10 if known else None


def fitting(most_memory: int) -> int:
    """How many jobs of so many bytes at most find room at once: one for each processor, and never so many that they could hold more than
    there is; at least one."""
    there = memory()
    return max(1, min(processors(), there // most_memory)) if there is not None else processors()


def ended_for_memory() -> int:
    """How many processes the system has ended so far for want of memory, among those that share ours where that is told, else on the
    machine; 0 where nobody tells."""
    for path in (group / name for group in _groups() for name in ("memory.events", "memory.oom_control")):
        told = _counted(path, b"oom_kill")
        if told is not None:
            return told
    return _counted(_PROC / "vmstat", b"oom_kill") or 0


def _groups() -> Iterator[Path]:
    """The control groups that account for this process' memory, its own first and then those above it."""
    with suppress(OSError):
        for line in (_PROC / "self" / "cgroup").read_text(encoding="utf-8", errors="replace").splitlines():
            _, kinds, path = line.split(":", 2)
            # The second version of the interface has one tree for everything, the first one for each kind.
            if kinds == "" or "memory" in kinds.split(","):
                own = Path(path.lstrip("/"))
                yield from (_GROUPS / kinds / each for each in (own, *own.parents))


def _counted(path: Path, name: bytes) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in path.read_bytes().splitlines():
            words = line.split()
            if words and words[0] == name:
                return int(words[1])
    return None
