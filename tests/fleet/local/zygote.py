"""Starts the command line by a fork of a process that has loaded it, in a process group of its own, so that it can be killed often.

Reads lines of JSON, `[arguments, output]`; answers each with the process' id and, when that has ended, with its status."""

import json
import os
import sys

import mingjian.cli.fleet  # noqa: F401  loaded once, before any fork
from mingjian.cli import main
from mingjian.fleet.limits import Limits
from mingjian.fleet.work import Scan
from mingjian.scan import DEFAULT_PACKS


def serve() -> None:
    """Until standard input ends."""
    Scan(DEFAULT_PACKS, Limits())
    for line in sys.stdin:
        arguments, output = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(written, 1)
            os.dup2(written, 2)
            sys.argv = ["mingjian", *arguments]
            main()
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
