"""zlib inflates every DEX, the manifest and the resource table, with their checksums. Nobody can be faster than that."""

import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        if name.endswith(".dex") or name in ("AndroidManifest.xml", "resources.arsc"):
            archive.read(name)
with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
    print(0, status.read().partition("VmHWM:")[2].split()[0])
