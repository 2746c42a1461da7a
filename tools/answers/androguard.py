"""The reference. It resolves no arguments, so it answers less."""

import json
import sys

sys.path.pop(0)  # or this file would be imported in place of the peer

from androguard.misc import AnalyzeAPK
from loguru import logger

logger.remove()
package, _, analysis = AnalyzeAPK(sys.argv[1])
package.get_permissions()
list(analysis.get_strings())
with open(sys.argv[2], encoding="utf-8") as file:  # noqa: PTH123
    methods = set(json.load(file))
sites = 0
for method in analysis.get_methods():
    if f"{method.class_name}->{method.name}{method.descriptor.replace(' ', '')}" in methods:
        sites += len(method.get_xref_from())
with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
    print(sites, status.read().partition("VmHWM:")[2].split()[0])
