"""The limit of the language for a file of lines: json.loads over each, and nothing else."""

import json
import resource
import sys
from pathlib import Path

count = 0
with Path(sys.argv[1]).open("rb") as lines:
    for line in lines:
        json.loads(line)
        count += 1
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
