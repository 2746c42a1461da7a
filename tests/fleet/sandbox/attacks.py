"""What a child tries that was taken over: each way told with what came of it. Nothing here harms even where the walls have a gap."""

import ctypes
import errno
import fcntl
import gc
import json
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.synchronize import SemLock
from pathlib import Path

from walled import call, tried

Found = dict[str, str]


@dataclass(frozen=True)
class Others:
    """What is not the child's: a neighbour's folder and process, and a file of the house that its user may write."""

    neighbour: Path
    process: int
    house: Path


def sockets(folder: Path, others: Others) -> Found:
    families = {
        "tcp": (socket.AF_INET, socket.SOCK_STREAM, 0),
        "tcp6": (socket.AF_INET6, socket.SOCK_STREAM, 0),
        "udp": (socket.AF_INET, socket.SOCK_DGRAM, 0),
        "ping": (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP),
        "raw": (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        "unix": (socket.AF_UNIX, socket.SOCK_STREAM, 0),
        "netlink": (socket.AF_NETLINK, socket.SOCK_RAW, 0),
        "packet": (socket.AF_PACKET, socket.SOCK_RAW, 0),
        "vsock": (socket.AF_VSOCK, socket.SOCK_STREAM, 0),
    }
    ways: dict[str, Callable[[], object]] = {name: lambda how=how: socket.socket(*how) for name, how in families.items()}
    return tried({**ways, "pair": socket.socketpair})


def writing(folder: Path, others: Others) -> Found:
    theirs = others.neighbour / "input"

    def reopened(path: str) -> None:
        held = os.open(path, os.O_RDONLY)
        os.open(f"/proc/self/fd/{held}", os.O_WRONLY)

    def led_astray() -> None:
        (folder / "way").symlink_to(others.house)
        (folder / "way").write_bytes(b"x")

    return tried(
        {
            "another folder": lambda: Path("/var/tmp/mingjian-sandbox").touch(),
            "the folder above": (folder.parent / "new").touch,
            "beside itself": lambda: Path("../beside").touch(),
            "the neighbour's folder": (others.neighbour / "new").touch,
            "the neighbour's file": lambda: theirs.open("r+b"),
            "the house": lambda: others.house.open("ab"),
            "cut off": lambda: os.truncate(others.house, 0),
            "the program": lambda: Path(os.__file__).open("ab"),
            "the program, opened again": lambda: reopened(os.__file__),
            "the house, opened again": lambda: reopened(str(others.house)),
            "a hard link": lambda: os.link(others.house, folder / "link"),
            "a hard link of the program": lambda: os.link(os.__file__, folder / "code"),
            "a hard link outwards": lambda: os.link(folder / "input", others.neighbour / "mine"),
            "renamed in": lambda: theirs.rename(folder / "theirs"),
            "renamed out": lambda: (folder / "input").rename(others.neighbour / "input"),
            "a symbolic link": led_astray,
            "a pipe with a name": lambda: os.mkfifo(folder / "pipe"),
            "a device": lambda: os.mknod(folder / "device", 0o600 | 0o020000, os.makedev(1, 3)),
            "shared memory": lambda: Path("/dev/shm/mingjian-sandbox").touch(),
            "removed": theirs.unlink,
            "its mode": lambda: others.house.chmod(0o777),
            "its times": lambda: os.utime(others.house, (0, 0)),
            "its owner": lambda: os.chown(others.house, os.getuid(), os.getgid()),
            "its attributes": lambda: os.setxattr(others.house, "user.a", b"b"),
            "elsewhere": lambda: os.chdir(others.neighbour),
        }
    )


def cutting(folder: Path, others: Others) -> Found:
    """What may be read, opened so that it is cut off: older versions of Landlock do not look at that, so the system call is refused."""
    ways = {"to read": os.O_RDONLY, "to read and write at once": os.O_ACCMODE}
    return tried({way: lambda how=how: os.open(os.__file__, how | os.O_TRUNC) for way, how in ways.items()})


def core(folder: Path, others: Others) -> list[int]:
    """Of how many bytes a core file may be."""
    return list(resource.getrlimit(resource.RLIMIT_CORE))


def reading(folder: Path, others: Others) -> Found:
    def peer(name: str, of: int) -> Callable[[], object]:
        return lambda: Path(f"/proc/{of}/{name}").open("rb").read(1)

    ways: dict[str, Callable[[], object]] = {
        "the neighbour's package": (others.neighbour / "input").read_bytes,
        "the neighbour's folder": lambda: os.scandir(others.neighbour),
        "the folder above": lambda: os.scandir(folder.parent),
        "the house": others.house.read_bytes,
        "users": Path("/etc/passwd").read_bytes,
        "processes": lambda: os.scandir("/proc"),
        "the root": lambda: os.scandir("/"),
        "a disk": lambda: os.open("/dev/mem", os.O_RDONLY),
        "the parent's root": lambda: os.scandir(f"/proc/{os.getppid()}/root/etc"),
    }
    ways |= {f"the parent's {name}": peer(name, os.getppid()) for name in ("environ", "mem", "maps", "cmdline", "fd/0")}
    ways |= {f"the neighbour's {name}": peer(name, others.process) for name in ("environ", "mem", "maps")}
    return tried(ways)


def programs(folder: Path, others: Others) -> Found:
    script = folder / "script"
    script.touch(0o755)
    script.write_text("#!/bin/sh\n")

    def run(*command: str) -> Callable[[], object]:
        return lambda: subprocess.run(command, check=False, stdin=subprocess.DEVNULL)

    return tried(
        {
            "its own": run(str(folder / "shell"), "-c", "true"),
            "its own script": run(str(script)),
            "the system's shell": run("/bin/sh", "-c", "true"),
            "in memory": lambda: os.memfd_create("program"),
            "by descriptor": lambda: os.execve(os.open(sys.executable, os.O_RDONLY), ["x"], {}),
        }
    )


_CALLS = {
    "ptrace": 101, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "bpf": 321,
    "add_key": 248, "keyctl": 250, "io_uring_setup": 425, "perf_event_open": 298, "kexec_load": 246, "init_module": 175,
    "finit_module": 313, "personality": 135, "userfaultfd": 323, "memfd_create": 319, "memfd_secret": 447, "open_by_handle_at": 304,
    "pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424, "process_vm_readv": 310, "process_vm_writev": 311,
    "process_madvise": 440, "kcmp": 312, "setsid": 112, "setpgid": 109, "capset": 126, "setuid": 105, "iopl": 172, "swapon": 167,
    "syslog": 103, "execveat": 322, "rt_sigqueueinfo": 129, "timer_create": 222, "eventfd2": 290, "signalfd4": 289, "splice": 275,
    "io_setup": 206, "mlock": 149, "mlockall": 151, "fallocate": 285, "truncate": 76, "creat": 85, "linkat": 265, "symlinkat": 266,
    "mknodat": 259, "fchmod": 91, "utimensat": 280, "modify_ldt": 154, "process_mrelease": 448, "syncfs": 306, "shmget": 29, "semget": 64,
    "msgget": 68, "mq_open": 240, "fanotify_init": 300, "inotify_init1": 294, "setpriority": 141, "sched_setaffinity": 203,
    "sched_setscheduler": 144, "ioprio_set": 251, "fsopen": 430, "open_tree": 428, "mount_setattr": 442, "quotactl": 179, "acct": 163,
    "ioperm": 173, "vmsplice": 278, "migrate_pages": 256, "socket": 41,
}  # fmt: skip
"""By their numbers on x86-64."""


def calls(folder: Path, others: Others) -> Found:
    # What a wall stops is refused before its arguments are looked at.
    ways: dict[str, Callable[[], object]] = {name: lambda number=number: call(number, -1, 0, 0, 0, 0) for name, number in _CALLS.items()}
    new_namespaces = 0x10000000 | 0x40000000 | signal.SIGCHLD
    return tried({**ways, "clone into a namespace": lambda: call(56, new_namespaces, 0, 0, 0, 0)})


def signals(folder: Path, others: Others) -> Found:
    def by_descriptor(of: int) -> None:
        reader, _ = os.pipe()
        fcntl.fcntl(reader, fcntl.F_SETOWN, of)

    return tried(
        {
            "the parent": lambda: os.kill(os.getppid(), signal.SIGCONT),
            "the neighbour": lambda: os.kill(others.process, signal.SIGCONT),
            "the neighbour's group": lambda: os.killpg(others.process, signal.SIGCONT),
            "the first of all": lambda: os.kill(1, signal.SIGCONT),
            "a thread of the parent": lambda: call(234, os.getppid(), os.getppid(), signal.SIGCONT),
            "by a descriptor": lambda: by_descriptor(os.getppid()),
            "its limits": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU),
            "its rank": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
        }
    )


def escaping(folder: Path, others: Others) -> Found:
    """Out of the process group, as a child that does not lead it."""
    if os.fork() == 0:
        found = tried({"session": os.setsid, "group": lambda: os.setpgid(0, 0), "another's group": lambda: os.setpgid(0, others.process)})
        (folder / "found").write_text(json.dumps(found))
        os._exit(0)
    os.wait()
    told: Found = json.loads((folder / "found").read_text())
    return told


def raising(folder: Path, others: Others) -> Found:
    kinds = ("DATA", "CPU", "FSIZE", "NOFILE", "CORE", "NPROC")

    def raised(name: str) -> None:
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        try:
            resource.setrlimit(kind, (hard + 1, hard + 1))
        except ValueError as error:
            raise PermissionError(errno.EPERM, str(error)) from error

    ways: dict[str, Callable[[], object]] = {name: lambda name=name: raised(name) for name in kinds}
    return tried({**ways, "outliving the parent": lambda: call(157, 1, 0, 0, 0, 0)})


def shared(folder: Path, others: Others) -> Found:
    """Memory that no limit counts."""
    return tried({"without a file": lambda: mmap.mmap(-1, 1 << 20), "of the system": lambda: Path("/dev/zero").open("r+b")})


def locks(folder: Path, others: Others) -> int:
    """Takes the locks of the pool, without which no neighbour gets work or answers."""
    held = [each for each in gc.get_objects() if issubclass(type(each), SemLock)]
    for lock in held:
        lock._semlock.acquire(False)  # type: ignore[attr-defined]
    return len(held)


def forks(folder: Path, how: str) -> None:
    """Many times over the limit, and then waits to be ended: without end it would be the machine's, had the walls a gap."""
    for _ in range(8 if how == "tree" else 200):
        try:
            if how == "exec":
                subprocess.Popen([sys.executable, "-ISc", "import time; time.sleep(60)"], stdin=subprocess.DEVNULL)
            elif os.fork() == 0 and how != "tree":
                if how == "setsid":
                    tried({"session": os.setsid, "group": lambda: os.setpgid(0, 0)})
                    if os.fork():
                        os._exit(0)
                time.sleep(60)
        except BlockingIOError:
            break
    time.sleep(60)


def eats(folder: Path, how: str) -> str:
    if how == "by itself":
        return repr(len(b"x" * (1 << 30)))
    if how == "with many":
        for _ in range(8):
            if os.fork() == 0:
                kept = bytearray(os.urandom(1 << 20)) * 64
                time.sleep(60)
                return repr(len(kept))
        time.sleep(60)
    if how == "in a file":
        with (folder / "memory").open("w+b") as file:
            file.truncate(1 << 30)
    return ""


def fills(folder: Path, how: str) -> None:
    """The disk, or the folder with names."""
    piece = b"x" * (1 << 20)
    if how == "one file":
        with (folder / "large").open("wb") as file:
            for _ in range(64):
                file.write(piece)
    kept = []
    if how == "a closed folder":
        (folder / "closed").mkdir(0)
        return
    for number in range(1 << 20):
        if how == "names":
            (folder / str(number)).touch()
            time.sleep(0.001)
            continue
        if how == "depth":
            os.mkdir("d" * 200, dir_fd=kept[-1] if kept else None)
            kept.append(os.open("d" * 200, os.O_RDONLY, dir_fd=kept[-1] if kept else None))
            continue
        file = (folder / str(number)).open("w+b")
        file.write(piece * 4)
        file.flush()
        if how == "removed":
            kept.append(file)
            (folder / str(number)).unlink()
        elif how == "mapped":
            kept.append(mmap.mmap(file.fileno(), 4096, access=mmap.ACCESS_READ))
            (folder / str(number)).unlink()
            file.close()
        if number == 4:
            time.sleep(60)


def maps(folder: Path, how: str) -> None:
    """So much in memory, of next to nothing, that either looking through it or the kernel's own tables for it cost dear."""
    size = 6 << 20
    (folder / "mapped").write_bytes(bytes(size))
    library = ctypes.CDLL(None)
    # Not the module's own, which keeps a descriptor for each.
    library.mmap.restype = ctypes.c_void_p
    file = os.open(folder / "mapped", os.O_RDONLY)
    for number in range(30_000 if how == "many" else 9_000):
        # Beside each other with the same rights they would be one.
        rights = mmap.PROT_READ if number % 2 or how == "touched" else 0
        length = mmap.PAGESIZE if how == "many" else size
        place = library.mmap(None, ctypes.c_size_t(length), rights, mmap.MAP_PRIVATE, file, ctypes.c_long(0))
        for page in range(0, size, 2 << 20) if how == "touched" else ():
            ctypes.string_at(place + page, 1)
    time.sleep(60)


def spins(folder: Path, others: Others) -> None:
    """Ten processes at once, none of which takes too much time by itself."""
    for _ in range(9):
        if os.fork() == 0:
            break
    while True:
        pass


def behind_a_thread(folder: Path, how: str) -> None:
    """The first thread ends, and with it what the kernel shows of the process under its number, while another goes on."""

    def go_on() -> None:
        time.sleep(0.2)
        if how == "processes":
            threading.stack_size(256 << 10)
            for _ in range(40):
                threading.Thread(target=time.sleep, args=(60,)).start()
        else:
            fills(folder, how)
        time.sleep(60)

    kept = bytearray(os.urandom(1 << 20)) * (100 if how == "memory" else 1)
    if how == "memory" and os.fork() == 0:
        kept[::4096] = bytes(len(kept) // 4096)
    threading.Thread(target=time.sleep if how == "memory" else go_on, args=(60,) if how == "memory" else ()).start()
    ctypes.CDLL(None).syscall(60, 0)


def hides(folder: Path, others: Others) -> None:
    """Has the kernel show nothing of this process to others of its user, and eats."""
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    eats(folder, "with many")


def opens(folder: Path, others: Others) -> str:
    kept = []
    while True:
        try:
            kept.append(os.open(folder / "input", os.O_RDONLY))
        except OSError as error:
            return f"{len(kept) < 512} {error.errno}"


def leaves(folder: Path, others: Others) -> str:
    """Processes in the background, which hold every pipe that the child had."""
    for _ in range(4):
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(60)
    return "gone"


def works(folder: Path, seconds: float) -> str:
    """What a neighbour does: reads what is its own, starts a process, writes its result."""
    content = (folder / "input").read_bytes()
    time.sleep(seconds)
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    (folder / "report.json").write_bytes(content[::-1])
    return str(len(bytearray(32 << 20)))
