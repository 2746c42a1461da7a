"""Brings everything that a listing names into a job's own folder, and tells what arrived by digest. Nothing of it is opened here."""

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from mingjian.errors import InputError, TryAgainError
from mingjian.fleet import disk, objects, web
from mingjian.fleet.inputs.folder import is_set
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.spool import File
from mingjian.inputs.dossier import FILE, is_dossier, open_dossier
from mingjian.inputs.files import MOST_BYTES, ArtifactKind
from mingjian.inputs.package import members
from mingjian.model.texts import in_both
from mingjian.model.types import Text

_MOST_FILES = 256
_SUFFIX = 9
_PAGE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What `scan` takes: `package` is one file, the files of a split set, or the folder of a dossier. `files` are all that arrived in
    `folder`, each with its kind (`package`, `policy`, `run`, `review`, `dossier`); `lost` says which beside the package could not be had,
    and why: the report then rests on less than the listing names."""

    folder: Path
    package: tuple[Path, ...]
    policy: tuple[Path, ...]
    runs: tuple[Path, ...]
    review: tuple[Path, ...]
    files: tuple[tuple[str, File], ...]
    lost: tuple[Text, ...]

    def digest(self) -> str:
        """The digest over everything that arrived: kind, local name and content. Names are part of it, as they stand in the report."""
        rows = "\n".join(f"{kind} {file.path.relative_to(self.folder)} {file.sha256}" for kind, file in self.files)
        return hashlib.sha256(rows.encode()).hexdigest()


def fetch(listing: Listing, folder: Path, limits: Limits, *, link: bool = False) -> Fetched:
    """Fetches to `folder/input`, under names that depend on nothing but the kind and number of a file, within `limits.timeout` and from
    where `limits` allow. With `link` files are not copied but linked: only where the child cannot write to the folder `input`.

    Raises `InputError` where the package is not to be had or is another than `sha256` says (the verdict is then `refused`), `TryAgainError`
    for a server or a disk that fails or a key that is missing here (no verdict; what lies in the folder is worth nothing), `UsageError` for
    settings of the object store that make no sense."""
    return _Fetch(folder / "input", monotonic() + limits.timeout, limits, link).all_of(listing)


class _Fetch:
    def __init__(self, folder: Path, until: float, limits: Limits, link: bool) -> None:
        self._folder = folder
        self._until = until
        self._limits = limits
        self._link = link
        self._files: list[tuple[str, File]] = []
        self._lost: list[Text] = []

    def all_of(self, listing: Listing) -> Fetched:
        package = self._package(listing.location)
        digests = [file.sha256 for kind, file in self._files if kind == "package"]
        if listing.sha256 and listing.sha256 not in digests:
            raise InputError(
                "fleet.fetch.digest", location=listing.location[:200], wanted=listing.sha256, found=digests[0] if digests else "-"
            )
        policy = self._beside("policy", listing.policy)
        runs = self._beside("run", listing.runs)
        review = self._beside("review", listing.review)
        return Fetched(self._folder, package, policy, runs, review, tuple(self._files), tuple(self._lost))

    def _package(self, location: str) -> tuple[Path, ...]:
        path = Path(location)
        if _is_address(location) or not disk.is_there(path, stat.S_ISDIR):
            return (self._one("package", location, self._folder / "package"),)
        disk.refuse_links(path)
        try:
            if is_dossier(path):
                return (self._dossier(path),)
            files = members([path])
        except OSError as error:
            raise disk.unreadable(path, error) from error
        # One app is one listing: a folder of several is an input of its own.
        if not is_set([file.name for file in files]) and len(files) > 1:
            raise InputError("fleet.fetch.no_set", location=location[:200])
        return tuple(self._one("package", str(file), self._folder / "package" / file.name) for file in files)

    def _dossier(self, source: Path) -> Path:
        """The files that the dossier names, and no others, at their places in it."""
        to = self._folder / "dossier"
        self._one("dossier", str(source / FILE), to / FILE)
        dossier = open_dossier(source)
        kinds = {"package": dossier.package, "policy": dossier.policy, "run": dossier.runs, "review": dossier.review}
        for kind, paths in kinds.items():
            for path in dict.fromkeys(members(paths) if kind == "package" and len(paths) == 1 else paths):
                self._one(kind, str(path), to / path.relative_to(source))
        return to

    def _beside(self, kind: str, locations: tuple[str, ...]) -> tuple[Path, ...]:
        """What could be had of them. A page that is gone or whose server is down is no reason to leave the package unread."""
        found: list[Path] = []
        for number, location in enumerate(locations, 1):
            to = self._folder / f"{kind}-{number}"
            try:
                if kind == "policy" and location.lower().startswith(("http:", "https:")):
                    found.append(self._page(location, to))
                else:
                    found.append(self._one(kind, location, to.with_suffix(_suffix(location))))
            except InputError as error:
                self._lost.append(in_both(error.key, **error.values))
        return tuple(found)

    def _page(self, address: str, to: Path) -> Path:
        try:
            file = web.policy(address, to, min(self._until, monotonic() + _PAGE_SECONDS), private=self._limits.private)
        except TryAgainError as error:
            # Operators' servers are many, and some are always down; the house is not.
            if error.key == "fleet.fetch.house":
                raise
            raise InputError(error.key, **error.values) from error
        return self._kept("policy", file)

    def _one(self, kind: str, location: str, to: Path) -> Path:
        most = MOST_BYTES[_limit_of(kind)]
        if len(self._files) >= _MOST_FILES:
            raise InputError("fleet.fetch.many", location=location[:200], limit=_MOST_FILES)
        if location.lower().startswith("s3://"):
            return self._kept(kind, objects.brought(location, to, most, self._until))
        if _is_address(location):
            allowed = self._limits
            return self._kept(kind, web.package(location, to, most, self._until, private=allowed.private, insecure=allowed.insecure))
        return self._kept(kind, disk.brought(Path(location), to, most, self._until, self._link))

    def _kept(self, kind: str, file: File) -> Path:
        self._files.append((kind, file))
        return file.path


def _limit_of(kind: str) -> ArtifactKind:
    match kind:
        case "package" | "policy" | "run":
            return kind
        case _:
            return "review"


def _is_address(location: str) -> bool:
    return location.lower().startswith(("s3://", "https:", "http:"))


def _suffix(location: str) -> str:
    """How the file's name ends, by which some formats are told from others."""
    suffix = Path(location.partition("?")[0]).suffix.lower()
    return suffix if 1 < len(suffix) <= _SUFFIX and suffix[1:].isascii() and suffix[1:].isalnum() else ""
