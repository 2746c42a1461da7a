"""How many packages the fleet reads in an hour on one core, what its engine adds to a scan, and what known code spares.

Packages are made of the real ones that `tools/corpus.sh` fetches: the DEX files of several in one, to the sizes of `KINDS`, each with a
package name of its own in its manifest and a DEX file of its own. CPU (user and system) is what the operating system accounts to `mingjian
fleet run` and all that it started, so it holds on a busy machine; the clock does not. Beside it androguard answers the question of
`tools/bench.py` on some of these packages in a plain pool of as many processes.

BENCH_PACKAGES says how many packages of the mix are made, BENCH_PEER_PACKAGES on how many small ones androguard is tried, which needs
15 s and more for each; BENCH_PEERS=0 leaves it out."""

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from bench import APKS, CACHE, command, prepare
from mingjian.extract import questions
from mingjian.native import read_package

PACKAGES = int(os.environ.get("BENCH_PACKAGES", "20"))
PEER_PACKAGES = int(os.environ.get("BENCH_PEER_PACKAGES", "4"))
PEERS = os.environ.get("BENCH_PEERS", "1") == "1"
KINDS = {
    "small": ("apidemos", "settings"),
    "typical": ("apidemos", "settings", "espresso"),
    "large": ("apidemos", "settings", "espresso", "uiautomator2"),
}
"""Whose DEX files go into one package; the first gives all the rest, manifest and resources."""
MIX = ("large", "typical", "small", "typical", "large")
"""What share of the packages is of which kind, so that the average has about 40 MB of DEX."""
TINY = CACHE / "corpus" / "appium-uiautomator2-server-10.6.6/package/apks/appium-uiautomator2-server-debug-androidTest.apk"
AVERAGE = 40e6
MARKET = 2_600_000
GOAL = 2000
CHANNELS = 0.3
"""The share of a store's packages that differ from another in a channel mark alone. An assumption, not a measurement."""
OF_ONE_APP = 3
"""Channel packages beside an app that has such. Known code spares those from the third package of an app on."""
_LOOP = """
import sys
from pathlib import Path
from mingjian.judge import load
from mingjian.scan import DEFAULT_PACKS, Options, scan
from mingjian.model.codec import dump_report
options = Options(packs=[load(name) for name in DEFAULT_PACKS])
for package in sorted(Path(sys.argv[1]).iterdir()):
    dump_report(scan(package, options=options))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU and of the clock, and what was said."""

    cpu: float
    wall: float
    output: str = ""


def spend(*words: str) -> Cost:
    """One program of Python with all that it starts."""
    return spend_of(sys.executable, *words)


def spend_of(*words: str) -> Cost:
    """Any program with all that it starts."""
    began = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    output = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"bench: {' '.join(words[-6:])} failed: {output}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, output)


def fleet(packages: Path, *options: str) -> Cost:
    """A run of the local engine into a new lake."""
    with tempfile.TemporaryDirectory(dir=packages.parent) as lake:
        words = ("-m", "mingjian.cli", "fleet", "run", str(packages), "--lake", f"{lake}/lake", "--engine", "local")
        return spend(*words, "--lang", "en", *options)


def loop(packages: Path) -> Cost:
    """The same scans one after another in one process, without an engine."""
    return spend("-c", _LOOP, str(packages))


class Maker:
    """Makes packages. What the packages of a kind have in common is packed once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifests: dict[str, bytes] = {}
        self.dex: dict[str, int] = {}

    def app(self, kind: str, number: int, out: Path) -> None:
        """The package of an app of its own."""
        common = self._common(kind)
        shutil.copyfile(common, out)
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
            count = sum(name.endswith(".dex") for name in archive.namelist())
            archive.writestr("AndroidManifest.xml", renamed(self._manifests[kind], number))
            archive.writestr(f"classes{count + 1}.dex", own_dex(number))

    def channel(self, app: Path, number: int, out: Path) -> None:
        """The same package with another channel's mark."""
        shutil.copyfile(app, out)
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(f"META-INF/channel_{number}", b"")

    def _common(self, kind: str) -> Path:
        path = self._folder / kind
        if kind in self._manifests:
            return path
        size = count = 0
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
            for place, name in enumerate(KINDS.get(kind, (kind,))):
                with zipfile.ZipFile(TINY if kind == "tiny" else CACHE / "corpus" / APKS[name]) as archive:
                    for entry in archive.infolist():
                        if re.fullmatch(r"classes\d*\.dex", entry.filename):
                            count += 1
                            size += entry.file_size
                            out.writestr(f"classes{count if count > 1 else ''}.dex", archive.read(entry))
                        elif place == 0 and entry.filename == "AndroidManifest.xml":
                            self._manifests[kind] = archive.read(entry)
                        elif place == 0 and not entry.filename.startswith("META-INF/"):
                            out.writestr(entry.filename, archive.read(entry), entry.compress_type)
        self.dex[kind] = size
        return path


def renamed(manifest: bytes, number: int) -> bytes:
    """The manifest with another package name of the same length. Names of classes stay, so that Android would enter the same code."""
    for known in ("io.appium.android.apis", "io.appium.uiautomator2.server.test"):
        # A string of the pool: its length, itself, and its end.
        whole = struct.pack("<H", len(known)) + known.encode("utf-16-le") + bytes(2)
        if whole in manifest:
            return manifest.replace(whole, struct.pack("<H", len(known)) + f"{known[:-5]}{number:05}".encode("utf-16-le") + bytes(2))
    raise SystemExit("bench: the manifest does not hold the package name that it should")


def own_dex(number: int) -> bytes:
    """A small real DEX file with four bytes more, and a header that says so: no two apps have the same code."""
    with zipfile.ZipFile(TINY) as archive:
        dex = bytearray(archive.read("classes4.dex") + struct.pack("<I", number))
    for field in (32, 104):  # The size of the file and that of its data section.
        struct.pack_into("<I", dex, field, struct.unpack_from("<I", dex, field)[0] + 4)
    dex[12:32] = sha1(dex[32:], usedforsecurity=False).digest()
    struct.pack_into("<I", dex, 8, zlib.adler32(dex[12:]))
    return bytes(dex)


def folder_of(maker: Maker, folder: Path, kinds: list[str]) -> Path:
    """A folder with one app for each of the kinds."""
    folder.mkdir()
    for number, kind in enumerate(kinds):
        maker.app(kind, number, folder / f"{number:04}.apk")
    return folder


def engine(maker: Maker, folder: Path) -> list[str]:
    """What the engine adds to each scan: the slope over tiny packages, so that starting and storing once do not count."""
    few, many = folder_of(maker, folder / "few", ["tiny"] * 5), folder_of(maker, folder / "many", ["tiny"] * 45)
    by_fleet = (fleet(many, "--slots", "1").cpu - fleet(few, "--slots", "1").cpu) / 40
    by_loop = (loop(many).cpu - loop(few).cpu) / 40
    return [f"| engine, per package beyond a scan | {1000 * (by_fleet - by_loop):.0f} ms of {1000 * by_fleet:.0f} ms, tiny packages |"]


def market(maker: Maker, folder: Path, count: int) -> list[str]:
    """The mix by one slot and by two, beside a plain loop."""
    packages = folder_of(maker, folder / "market", [MIX[number % len(MIX)] for number in range(count)])
    dex = sum(maker.dex[MIX[number % len(MIX)]] for number in range(count)) / count
    size = sum(path.stat().st_size for path in packages.iterdir()) / count
    one, two, plain = fleet(packages, "--slots", "1"), fleet(packages, "--slots", "2"), loop(packages)
    counted = [row for name in ("0000.apk", "0001.apk", "0002.apk") for row in read_package((packages / name,), questions()).found["dex"]]
    hidden = sum(row["shadowed"] for row in counted) / sum(row["classes"] + row["shadowed"] for row in counted)
    each = one.cpu / count
    # As if what is hidden cost nothing.
    average = each * AVERAGE / (dex * (1 - hidden))
    return [
        f"| packages | {count}, on average {dex / 1e6:.1f} MB of DEX in {size / 1e6:.1f} MB |",
        f"| classes hidden by one of the same name, which are not searched | {100 * hidden:.0f} % |",
        f"| CPU per package, fleet with one slot, all included | {each:.2f} s |",
        f"| CPU per package, a plain loop of scan | {plain.cpu / count:.2f} s |",
        f"| from one slot to two, by the clock | {one.wall / two.wall:.2f} times ({one.wall:.1f} s to {two.wall:.1f} s) |",
        f"| from one slot to two, CPU | {two.cpu / one.cpu:.2f} times |",
        f"| packages of {AVERAGE / 1e6:.0f} MB of DEX per core and hour, hidden classes counted | {3600 * dex / AVERAGE / each:,.0f} |",
        f"| the same, hidden classes not counted | {3600 / average:,.0f} (goal {GOAL:,}) |",
        f"| {MARKET:,} average packages in a day | {MARKET * average / 86400:.1f} cores |",
    ]


def channels(maker: Maker, folder: Path, count: int) -> list[str]:
    """The same with a share of channel packages, with kept answers and without."""
    marked = round(count * CHANNELS)
    packages = folder_of(maker, folder / "channels", [MIX[number % len(MIX)] for number in range(count - marked)])
    for number in range(marked):
        maker.channel(packages / f"{number // OF_ONE_APP:04}.apk", number, packages / f"channel-{number}.apk")
    kept, anew = fleet(packages, "--slots", "1"), fleet(packages, "--slots", "1", "--no-cache")
    told = [line for line in kept.output.splitlines() if "was read before" in line]
    return [
        f"| {marked} of {count} are channel packages | {told[0] if told else 'no package was known'} |",
        f"| CPU with kept answers, to reading all | {kept.cpu:.1f} s to {anew.cpu:.1f} s, {kept.cpu / anew.cpu:.2f} |",
    ]


def androguard(maker: Maker, folder: Path, count: int) -> list[str]:
    """androguard in a plain pool and the fleet over the same packages, with as many processes each. androguard searches less and judges
    nothing, and a package that takes its process along would end its pool."""
    prepare()
    packages = folder_of(maker, folder / "peer", ["small"] * count)
    processes = str(min(2, os.cpu_count() or 1))
    ours = fleet(packages, "--slots", processes)
    pool = spend_of(*command("androguard", packages), processes)
    what = f"{count} packages of {maker.dex['small'] / 1e6:.0f} MB of DEX"
    return [
        f"| androguard in a plain pool of {processes}, {what} | {pool.cpu:.1f} s of CPU, {pool.wall:.1f} s |",
        f"| the fleet with {processes} slots over them, all included | {ours.cpu:.1f} s of CPU, {ours.wall:.1f} s |",
        f"| androguard's to ours | {pool.cpu / ours.cpu:.0f} times the CPU, {pool.wall / ours.wall:.0f} times by the clock |",
    ]


def main() -> int:
    """Prints one table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "common").mkdir()
        maker = Maker(folder / "common")
        print("| fleet | |\n|---|---|")
        print("\n".join(market(maker, folder, PACKAGES)), flush=True)
        print("\n".join(channels(maker, folder, PACKAGES)), flush=True)
        print("\n".join(engine(maker, folder)), flush=True)
        if PEERS:
            print("\n".join(androguard(maker, folder, PEER_PACKAGES)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
