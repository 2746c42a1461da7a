"""This program's core answers, loaded as the confined child of a scan loads it: without the front door of the package."""

import json
import sys
import types

package = types.ModuleType("mingjian")
folder, apk, query = sys.argv[1:]
package.__path__ = [folder]
sys.modules["mingjian"] = package

from mingjian import _core  # noqa: E402

opened = _core.Apk.open([apk], b"{}")
opened.manifest()
with open(query, "rb") as file:  # noqa: PTH123  pathlib alone would cost a tenth of the run
    finds = json.loads(opened.find(file.read()))["finds"]
sites = sum(find["kind"] == "call" and find["q"].startswith("API-") and find["via"] == "exact" and "!" not in find["dex"] for find in finds)
with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
    print(sites, status.read().partition("VmHWM:")[2].split()[0])
