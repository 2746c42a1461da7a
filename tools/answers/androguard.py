"""The reference. It resolves no arguments, so it answers less. With a folder and a number of processes it answers for each package
in it, in a plain pool; the peak is then that of the process that waits."""

import json
import sys

sys.path.pop(0)  # or this file would be imported in place of the peer

from multiprocessing import Pool
from pathlib import Path

from androguard.misc import AnalyzeAPK
from loguru import logger

_METHODS = set(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))


def sites(path: str) -> int:
    """How many call sites of the catalogue's methods a package has."""
    package, _, analysis = AnalyzeAPK(path)
    package.get_permissions()
    list(analysis.get_strings())
    return sum(
        len(method.get_xref_from())
        for method in analysis.get_methods()
        if f"{method.class_name}->{method.name}{method.descriptor.replace(' ', '')}" in _METHODS
    )


def main() -> None:
    """Prints the call sites and the peak memory."""
    logger.remove()
    if len(sys.argv) > 3:
        packages = sorted(map(str, Path(sys.argv[1]).iterdir()))
        with Pool(int(sys.argv[3])) as pool:
            found = sum(pool.map(sites, packages, chunksize=1))
            pool.close()
            pool.join()
    else:
        found = sites(sys.argv[1])
    print(found, Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()
