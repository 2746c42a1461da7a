"""Measures the shapes of published SDK builds: `rules/catalog/sdk_shapes.txt`, and how well SDKs are recognised by them.

    python tools/sdk_shapes.py measure          # writes the catalogue from all builds of sdk_shapes_builds.txt
    python tools/sdk_shapes.py judge [APK ...]  # one build at a time left out; then libraries and APKs that hold none of the SDKs

Builds are fetched with Maven into $MINGJIAN_CACHE/shapes and turned into DEX there by the dexer that the list names. Nothing of them
is kept in the repository but hashes. Without --fetch only what is already there is used, and what is missing is said."""

import argparse
import json
import os
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mingjian import _core
from mingjian.extract import renamed, shapes
from mingjian.extract.owner import sdk_of
from mingjian.model.shipped import rules_folder

BUILDS = Path(__file__).with_name("sdk_shapes_builds.txt")
FETCH = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"


@dataclass(frozen=True, slots=True)
class Build:
    """One published file. `role`: `sdk`; `library`, whose digests no SDK may have; `held`, which is only judged; `dexer`."""

    role: str
    group: str
    artifact: str
    version: str
    kind: str

    @property
    def file(self) -> str:
        return f"{self.artifact}-{self.version}"

    @property
    def product(self) -> str:
        return f"{self.group}:{self.artifact}"

    def path(self, repository: Path) -> Path:
        return repository.joinpath(*self.group.split("."), self.artifact, self.version, f"{self.file}.{self.kind}")


@dataclass(frozen=True, slots=True)
class Code:
    """The digests of one file: by Java package, and of these those of each class."""

    build: Build | None
    packages: dict[str, dict[str, frozenset[int]]]

    def of_sdks(self) -> dict[str, set[int]]:
        """The digests by the SDK that the catalogue names by the classes."""
        found: dict[str, set[int]] = defaultdict(set)
        for classes in self.packages.values():
            for name, digests in classes.items():
                owner = sdk_of(name)
                if owner is not None:
                    found[owner] |= digests
        return found

    def all(self) -> set[int]:
        return {digest for classes in self.packages.values() for digests in classes.values() for digest in digests}


def builds() -> list[Build]:
    """The rows of the list."""
    rows = (line.split() for line in BUILDS.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return [Build(role, *name.split(":")) for role, name in rows]


def fetched(all_: Iterable[Build], cache: Path, *, fetch: bool) -> list[Build]:
    """The builds whose file is there."""
    there = []
    for build in all_:
        path = build.path(cache / "repository")
        if fetch and not path.exists():
            name = f"{build.group}:{build.artifact}:{build.version}:{build.kind}"
            local = f"-Dmaven.repo.local={cache / 'repository'}"
            told = [f"-Dartifact={name}", "-Dtransitive=false", "-Dstyle.color=never", local]
            subprocess.run(["mvn", "-q", "-B", FETCH, *told], check=False)  # noqa: S607
        if path.exists():
            there.append(build)
        else:
            print(f"missing: {build.product}:{build.version}", file=sys.stderr)
    return there


def dexed(build: Build, dexer: Path, cache: Path) -> Path | None:
    """The build as an archive of DEX files; none, with a message, where the dexer gives up."""
    made = cache / "dex" / f"{build.file}.zip"
    if made.exists():
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        source = build.path(cache / "repository")
        jars = [source]
        if build.kind == "aar":
            with zipfile.ZipFile(source) as archive:
                names = [
                    name for name in archive.namelist() if name == "classes.jar" or (name.startswith("libs/") and name.endswith(".jar"))
                ]
                jars = [Path(archive.extract(name, place)) for name in names]
        options = ["--dex", "--multi-dex", "--core-library", "--min-sdk-version=28", f"--output={place}"]
        command = ["java", "-Xmx2g", "-cp", str(dexer), "com.android.dx.command.Main", *options, *map(str, jars)]
        ended = subprocess.run(command, capture_output=True, check=False)
        found = sorted(place.glob("*.dex"))
        if ended.returncode or not found:
            print(f"not dexed: {build.file}: {ended.stderr[-200:]!r}", file=sys.stderr)
            return None
        part = made.with_suffix(".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in found:
                archive.write(path, path.name)
        part.replace(made)
    return made


def read(path: Path, build: Build | None) -> Code:
    """All digests of a file."""
    query = {"shapes": {**shapes.settings_of_query(), "skipped": [], "known": None}}
    answer = json.loads(_core.Apk.open([str(path)], b"").find(json.dumps(query).encode()))
    packages: dict[str, dict[str, frozenset[int]]] = {}
    for row in answer["shapes"]:
        for each in row["known"]:
            name = each["name"][1:-1].replace("/", ".")
            packages.setdefault(row["name"], {})[name] = frozenset(each["hits"])
    return Code(build, packages)


def catalogue_of(sdks: Iterable[Code], libraries: Iterable[Code]) -> dict[str, set[int]]:
    """The digests of each SDK that neither another SDK nor a library has."""
    found: dict[str, set[int]] = defaultdict(set)
    for code in sdks:
        for id, digests in code.of_sdks().items():
            found[id] |= digests
    seen = Counter(digest for digests in found.values() for digest in digests)
    common = {digest for digest, count in seen.items() if count > 1}.union(*(code.all() for code in libraries))
    return {id: own for id, digests in sorted(found.items()) if (own := digests - common)}


def rows_of(known: dict[str, set[int]]) -> Iterator[str]:
    """The lines of the catalogue."""
    for id, digests in known.items():
        content = b"".join(digest.to_bytes(shapes.BYTES, "little") for digest in sorted(digests))
        yield f"{id} {b64encode(content).decode()}\n"


def recognised_in(code: Code, known: dict[str, set[int]]) -> dict[str, renamed.Recognised]:
    """What the packages of a file are taken for when no name says anything and no other clue is there."""
    asked = [(digest, id) for id, digests in known.items() for digest in sorted(digests)]
    places = {digest: at for at, (digest, _) in enumerate(asked)}
    rows = []
    for name, classes in code.packages.items():
        hits = [
            {"name": f"L{each};", "digests": len(digests), "hits": sorted(places[one] for one in digests if one in places)}
            for each, digests in sorted(classes.items())
            if any(one in places for one in digests)
        ]
        if hits:
            rows.append({"name": name, "classes": len(classes), "digests": len(set().union(*classes.values())), "known": hits})
    shapes.known = lambda: asked  # type: ignore[assignment,return-value]
    return renamed.recognised(rows, {}, frozenset())  # type: ignore[arg-type]


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("measure", "judge"))
    parser.add_argument("apks", nargs="*", type=Path)
    parser.add_argument("--fetch", action="store_true")
    given = parser.parse_args()
    cache = Path(os.environ.get("MINGJIAN_CACHE", Path.home() / ".cache" / "mingjian")) / "shapes"
    there = fetched(builds(), cache, fetch=given.fetch)
    dexer = next(build for build in there if build.role == "dexer").path(cache / "repository")
    codes = [read(path, build) for build in there if build.role != "dexer" and (path := dexed(build, dexer, cache))]
    sdks, libraries, held = ([code for code in codes if code.build and code.build.role == role] for role in ("sdk", "library", "held"))
    if given.verb == "measure":
        known = catalogue_of(sdks, libraries)
        (rules_folder() / "catalog" / "sdk_shapes.txt").write_text("".join(rows_of(known)), "ascii")
        print(*(f"{id} {len(digests)}" for id, digests in known.items()), sep="\n")
    else:
        judge(sdks, libraries, [*held, *(read(path, None) for path in given.apks)], given.apks)


def judge(sdks: list[Code], libraries: list[Code], held: list[Code], apks: list[Path]) -> None:
    """Prints, in digests, what of each build is recognised by the others: as its SDK for sure, as doubtful, as another's for sure."""
    print("build | digests | sure | doubtful | another's: sure | doubtful | with no build of it, another's: sure, doubtful")
    for code in sdks:
        assert code.build
        others = [each for each in sdks if each is not code]
        strangers = [each for each in sdks if each.build and each.build.product != code.build.product]
        tally = _tally(code, catalogue_of(others, libraries))
        alone = set(code.of_sdks())
        known = {id: digests for id, digests in catalogue_of(strangers, libraries).items() if id not in alone}
        blind = _tally(code, known)
        print(f"{code.build.file} | {tally[0]} | {tally[1]} | {tally[2]} | {tally[3]} | {tally[4]} | {blind[3]}, {blind[4]}")
    known = catalogue_of(sdks, libraries)
    names = [code.build.file if code.build else "" for code in held]
    names[len(names) - len(apks) :] = [path.name for path in apks] if apks else []
    for name, code in zip(names, held, strict=True):
        found = recognised_in(code, known)
        taken = [
            f"{each.words} {'sure' if each.certain else 'doubtful'}" for each in found.values() if sdk_of(f"{each.package}.X") != each.sdk
        ]
        print(f"{name} | packages {len(code.packages)} | falsely recognised: {', '.join(taken) or 'none'}")


def _tally(code: Code, known: dict[str, set[int]]) -> tuple[int, int, int, int, int]:
    counts = [0, 0, 0, 0, 0]
    found = recognised_in(code, known)
    for package, classes in code.packages.items():
        owners = {sdk_of(name) for name in classes}
        size = len(set().union(*classes.values()))
        one = found.get(package)
        if owners != {None}:
            counts[0] += size
        if one is not None:
            right = owners == {one.sdk}
            counts[(1 if right else 3) + (not one.certain)] += size
    return counts[0], counts[1], counts[2], counts[3], counts[4]


if __name__ == "__main__":
    main()
