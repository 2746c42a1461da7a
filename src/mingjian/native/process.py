"""A fresh interpreter that reads hostile bytes and can be killed: started, fed, heard up to a size, and judged by how it ended.

It is no fork: it shares no memory and no descriptor with the caller, and it may be started from any thread and from a worker of a pool.
What it sends back is bytes, never unpickled."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mingjian.errors import MingjianError

_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_START = """
import sys, types
for name, folder in {folders!r}.items():
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [folder]
from {module} import main
main()
"""
"""The child takes its packages without their front doors, which would import the whole pipeline and its dependencies."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the child ended: `why` is the key of the text that says why it did not answer to the end, none when it did; `output` is what
    it wrote until then."""

    output: bytes
    why: str | None
    signal: str


def program(module: str, packages: Sequence[str]) -> str:
    """The program that runs `main` of `module`; `packages` are those above it that are taken without their front doors."""
    root = Path(__file__).parents[2]
    return _START.format(module=module, folders={name: str(root.joinpath(*name.split("."))) for name in packages})


def run(source: str, request: bytes, *, seconds: float, most: int) -> Ended:
    """Runs the program `source` in a fresh interpreter with `request` as its input, for so many seconds, taking at most so many bytes.

    Raises `MingjianError` when no process can be started."""
    # -I and -S: neither the environment, nor the working folder, nor site-packages can bring in other code.
    command = [sys.executable, "-I", "-S", "-c", source]
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    try:
        child = subprocess.Popen(  # noqa: S603 - the command is made by us and holds no input
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=kept
        )
    except OSError as error:
        raise MingjianError("core.no_child", why=str(error)) from error
    late = threading.Event()

    def stop() -> None:
        late.set()
        child.kill()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        output, complaint = _talk(child, request, most)
    finally:
        timer.cancel()
        child.kill()
        child.wait()
    return _judge(child.returncode, output, complaint, late=late.is_set(), most=most)


def _talk(child: "subprocess.Popen[bytes]", request: bytes, most: int) -> tuple[bytes, bytes]:
    assert child.stdin and child.stdout and child.stderr
    with child.stdout, child.stderr:
        try:
            with child.stdin:
                child.stdin.write(request)
        except BrokenPipeError:
            # It ended before it had read everything; how it ended says why.
            pass
        output = child.stdout.read(most + 1)
        if len(output) > most:
            child.kill()
        complaint = child.stderr.read(1 << 16)
        child.wait()
        return output, complaint


def _judge(code: int, output: bytes, complaint: bytes, *, late: bool, most: int) -> Ended:
    name = signal.Signals(-code).name if code < 0 and -code in signal.valid_signals() else str(code)
    if late or name == "SIGXCPU":
        return Ended(output, "input.timeout", name)
    if len(output) > most:
        return Ended(output, "input.output", name)
    if code == 0:
        return Ended(output, None, name)
    # The core aborts with these words.
    if b"memory allocation of" in complaint or b"MemoryError" in complaint:
        return Ended(output, "input.memory", name)
    # By the system when memory runs out, or by whoever may.
    if name == "SIGKILL":
        return Ended(output, "input.killed", name)
    return Ended(output, "input.crashed", name)
