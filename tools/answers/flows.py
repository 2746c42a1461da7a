"""mitmproxy's own reader over a file of flows, and nothing else. Runs in mitmproxy's environment."""

import resource
import sys
from pathlib import Path

from mitmproxy.io import FlowReader

with Path(sys.argv[1]).open("rb") as file:
    count = sum(1 for _ in FlowReader(file).stream())
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
