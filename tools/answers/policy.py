"""This program reads one policy, from the file to the statements."""

import resource
import sys
from pathlib import Path

from mingjian.inputs import open_policy
from mingjian.nlp.read import read

reading = read(open_policy([Path(file) for file in sys.argv[1:]])[1])
with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
    own = int(status.read().partition("VmHWM:")[2].split()[0])
print(len(reading.statements), max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
