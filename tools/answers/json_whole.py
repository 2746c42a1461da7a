"""The limit of the language for one document: json.load, and nothing else."""

import json
import resource
import sys
from pathlib import Path

with Path(sys.argv[1]).open("rb") as file:
    count = len(json.load(file)["log"]["entries"])
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
