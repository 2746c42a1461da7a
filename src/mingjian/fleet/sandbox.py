"""The walls around a child that scans one job's folder: what it keeps, put up from inside, and a watch over it from outside.

Inside, `mingjian.native` confines once more whoever reads hostile bytes. What the kernel lacks is named, never silently left out."""

import ctypes
import errno
import mmap
import os
import resource
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mingjian.fleet.limits import Limits
from mingjian.fleet.outcome import Verdict
from mingjian.native.confined import confine_worker

FULL = "full"
"""The level at which no layer that confines is missing."""
DESCRIPTORS = 256
"""Open at once, in each process."""
_SPARE = 16
"""Processes that the kernel's limit, which counts all of a user's, allows for each that the watch does: a neighbour that forks without end
must not use up what the others start with before the watch sees it."""
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/usr/lib/locale", "/dev/urandom")
_PROGRAM = (
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    *(each for each in sys.path if Path(each).name in ("site-packages", "dist-packages")),
    str(Path(sys.prefix, "pyvenv.cfg")),
    str(Path(__file__).parents[1]),
    *_SYSTEM_FILES,
)
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_NICE = 5
_PROC = Path("/proc")
_BLOCK = 512
_TICKS = os.sysconf("SC_CLK_TCK")
_CPU_SLACK = 1
"""Seconds by which one process alone hears from the kernel first that its time is up."""
_MOST_MAPPED = 1 << 20
"""Bytes of the list of a process's mappings, of which each takes some hundred."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """How far a child is confined: `level` is that of the core, `limits` without it; `missing` names the layers that are not there, each
    with the reason."""

    level: str
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def full(self) -> bool:
        """Whether every layer that confines is there."""
        return self.level == FULL

    def gaps(self) -> str:
        """What is missing and why, on one line."""
        return "; ".join(f"{part}: {reason}" for part, reason in self.missing) or self.level


@dataclass(frozen=True, slots=True)
class Breach:
    """What the watch ended a job for: `limit` is `processes`, `cpu`, `memory`, `files` or `output`."""

    verdict: Verdict
    limit: str


def confine(folder: Path, limits: Limits, read: Sequence[Path] = ()) -> Confinement:
    """Leaves this process, for good and for all that it starts, the program, `read` and its `folder`, into which alone it writes.

    To be called first in a fork that has one thread and leads its own session; its descriptors stay open, so close first what is none of
    its business. Afterwards `TMPDIR` and the working folder lie in `folder`, `PATH` is empty, and what else the environment told is
    forgotten. Nothing in `folder` may be a hard link of what lies elsewhere: writing to it would be writing there. Raises `OSError` when
    a limit that the system has cannot be set."""
    folder = folder.resolve()
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    os.chdir(folder)
    os.umask(0o077)
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, TMPDIR=str(temporary), HOME=str(folder), PATH="")
    tempfile.tempdir = str(temporary)
    mapped = _mappings()
    loaded = {Path(row[5].rstrip()) for row in mapped if "x" in row[1] and row[5].startswith("/")}
    _leave_shared_memory(mapped)
    # Whoever watches goes first, however many processes there will be here.
    os.nice(_NICE)
    wanted = {
        # Never what holds the neighbours.
        "read": sorted({str(path) for path in map(Path.resolve, (*_program(loaded), *read)) if not folder.parent.is_relative_to(path)}),
        "memory": limits.memory,
        "cpu": limits.cpu,
        "worker": {
            "write": [str(folder), os.devnull],
            "execute": sorted(_executed(loaded)),
            "file": limits.output,
            "descriptors": DESCRIPTORS,
            "processes": limits.processes * _SPARE,
        },
    }
    reached = confine_worker(wanted)
    if reached is None:
        return _limit(limits)
    return Confinement(reached["level"], tuple((row["part"], row["reason"]) for row in reached["missing"]))


class Watch:
    """Looks at a job from outside. Made when its folder holds the input and nothing else, which is then not counted."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder.resolve()
        self._limits = limits
        states = [state for state in _files(self._folder) if state is not None]
        self._files = len(states)
        self._bytes = sum(map(_room, states))

    def exceeded(self, keeper: int) -> Breach | None:
        """Which limit the processes that descend from `keeper` are over, counted together; to be asked a few times a second.

        A thread counts as a process. Processor time is also that of those that ended. Memory is what they hold by themselves, their share
        of what they hold in common, and what the kernel holds to find it. Files that were removed and are still open count. Where there is
        no `/proc`, only the folder is looked at."""
        members = tuple(_below(keeper))
        if sum(each.threads for each in members) > self._limits.processes:
            return Breach("limit", "processes")
        if sum(each.seconds for each in members) > self._limits.cpu + _CPU_SLACK:
            return Breach("timeout", "cpu")
        pids = [each.pid for each in members if each.threads]
        if sum(map(_held, pids)) > self._limits.memory:
            return Breach("memory", "memory")
        return self._too_much(pids)

    def _too_much(self, pids: Sequence[int]) -> Breach | None:
        files, size = -self._files, -self._bytes
        for state in _files(self._folder):
            files += 1
            size += 0 if state is None else _room(state)
            # A folder that cannot be looked into could hide any number.
            if state is None or files > self._limits.files:
                return Breach("limit", "files")
            if size > self._limits.output:
                return Breach("limit", "output")
        size += sum({(state.st_dev, state.st_ino): _room(state) for pid in pids for state in _removed(pid)}.values())
        hidden = any(_hides(pid, self._folder) for pid in pids)
        return Breach("limit", "output") if hidden or size > self._limits.output else None


def _limit(limits: Limits) -> Confinement:
    memory = limits.memory + _data_in_use()
    most = {
        # Too few bytes for a file; 0 would not keep the system from handing the memory to a program that it has for that.
        resource.RLIMIT_CORE: (1, 1),
        resource.RLIMIT_DATA: (memory, memory),
        resource.RLIMIT_FSIZE: (limits.output, limits.output),
        resource.RLIMIT_NOFILE: (DESCRIPTORS, DESCRIPTORS),
        # At the soft limit the kernel says that it was the time; at the hard one it kills without a word.
        resource.RLIMIT_CPU: (limits.cpu, limits.cpu + 1),
    }
    for kind, (soft, hard) in most.items():
        highest = resource.getrlimit(kind)[1]
        if highest != resource.RLIM_INFINITY:
            soft, hard = min(soft, highest), min(hard, highest)  # noqa: PLW2901 - the same limit, no higher than it is
        resource.setrlimit(kind, (soft, hard))
    return Confinement("limits", tuple((part, "the core is not built") for part in ("landlock", "seccomp")))


def _data_in_use() -> int:
    """Bytes that a fork holds from its first moment and that the limit counts; 0 where the system does not tell."""
    with suppress(OSError):
        return int((_PROC / "self" / "statm").read_bytes().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _program(loaded: set[Path]) -> Iterator[Path]:
    """What the interpreter may read to go on: itself, its library, the packages beside it, this program, and the folders of the libraries
    that are loaded, since another may be loaded from there."""
    yield from map(Path, _PROGRAM)
    yield from (Path(each) for each in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if each)
    yield from {path.parent for path in loaded}


def _executed(loaded: set[Path]) -> set[str]:
    """The interpreter, and the loader, without which the kernel does not start it."""
    loaders = {str(path) for path in loaded if path.name.startswith(("ld-", "ld.so"))}
    return {str(Path(sys.executable).resolve()), *loaders}


def _leave_shared_memory(mapped: Sequence[Sequence[str]]) -> None:
    """Unmaps what the process that forked this one shares with it and its neighbours: locks of a pool, the index of a database."""
    library = ctypes.CDLL(None)
    for place, rights, *_ in mapped:
        if rights.endswith("s") and "w" in rights:
            start, end = (int(each, 16) for each in place.split("-"))
            library.munmap(ctypes.c_void_p(start), ctypes.c_size_t(end - start))


def _mappings() -> list[list[str]]:
    """What of this process's memory has a name, by rows: place, rights, offset, device, inode, name. Empty where nobody tells."""
    try:
        lines = (_PROC / "self" / "maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    return [row for row in (line.split(maxsplit=5) for line in lines) if len(row) == 6]


@dataclass(frozen=True, slots=True)
class _Member:
    """A process and its threads that live, none when it ended and nobody took leave of it. `seconds` of the processor, with those of its
    children that are gone."""

    pid: int
    threads: int
    seconds: float


def _below(keeper: int) -> Iterator[_Member]:
    """Everything that descends from `keeper`."""
    children: dict[int, list[_Member]] = {}
    for entry in os.listdir(_PROC) if _PROC.is_dir() else ():  # noqa: PTH208 - called several times a second
        if entry.isdigit():
            with suppress(OSError):
                # The name of the program stands in brackets and may hold anything.
                fields = Path(_PROC, entry, "stat").read_bytes().rpartition(b")")[2].split()
                # The first thread stays in the count when it ended, and may have ended before the others.
                threads = int(fields[17]) - (fields[0] in b"ZX")
                seconds = sum(map(int, fields[11:15])) / _TICKS
                children.setdefault(int(fields[1]), []).append(_Member(int(entry), threads, seconds))
    waiting = children.get(keeper, [])
    while waiting:
        member = waiting.pop()
        yield member
        waiting += children.get(member.pid, ())


def _views(pid: int) -> Iterator[Path]:
    """Where a process shows what it holds: by its first thread, and by each, as that one may have ended and shows nothing then."""
    own = _PROC / str(pid)
    yield own
    with suppress(OSError):
        yield from map(Path, os.scandir(own / "task"))


def _held(pid: int) -> int:
    """Bytes that a process holds, its share of what it has in common with others; 0 when it is gone. Of one that hides, all that it has in
    common with others counts as its own."""
    return next(filter(None, map(_seen_to_hold, _views(pid))), 0)


def _seen_to_hold(view: Path) -> int:
    with suppress(OSError):
        tables = sum(_kib(view / "status", b"VmPTE:"))
        try:
            return (tables + sum(_kib(view / "smaps_rollup", b"Pss_Anon:", b"Pss_Shmem:"))) << 10
        except PermissionError:
            _, resident, of_files = (view / "statm").read_bytes().split()[:3]
            return (tables << 10) + (int(resident) - int(of_files)) * mmap.PAGESIZE
    return 0


def _kib(path: Path, *names: bytes) -> Iterator[int]:
    yield from (int(line.split()[1]) for line in path.read_bytes().splitlines() if line.startswith(names))


def _room(state: os.stat_result) -> int:
    return state.st_blocks * _BLOCK


def _files(folder: Path) -> Iterator[os.stat_result | None]:
    """Every entry below a folder, none for a folder that cannot be looked into; what vanishes meanwhile is left out."""
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):
                        state = entry.stat(follow_symlinks=False)
                        if stat.S_ISDIR(state.st_mode):
                            waiting.append(entry.path)
                        yield state
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                yield None


def _removed(pid: int) -> Iterator[os.stat_result]:
    """Files without a name that a process has open, each thread perhaps others; they take room until it ends."""
    for view in _views(pid):
        with suppress(OSError):
            for entry in os.scandir(view / "fd"):
                with suppress(OSError):
                    state = entry.stat()
                    if stat.S_ISREG(state.st_mode) and state.st_nlink == 0:
                        yield state


def _hides(pid: int, folder: Path) -> bool:
    """Whether a process has in memory a file of the folder that was removed, how large nobody can see, or more mappings than anybody could
    look through while others wait."""
    beneath = os.fsencode(folder) + b"/"
    told = next(filter(None, map(_mapped, _views(pid))), b"")
    return len(told) > _MOST_MAPPED or any(beneath in row for row in told.splitlines() if row.rstrip().endswith(b" (deleted)"))


def _mapped(view: Path) -> bytes:
    with suppress(OSError), (view / "maps").open("rb") as file:
        return file.read(_MOST_MAPPED + 1)
    return b""
