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
sites = 0
with open(sys.argv[2], encoding="utf-8") as file:  # noqa: PTH123
    methods = json.load(file)
for signature in methods:
    owner, member = signature.split("->")
    name, _, proto = member.partition("(")
    method = analysis.get_method_analysis_by_name(owner, name, "(" + proto)
    sites += len(method.get_xref_from()) if method else 0
with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
    print(sites, status.read().partition("VmHWM:")[2].split()[0])
