"""An app package on disk -> Artifact and reader. The package is opened only inside the confined child process."""

from collections.abc import Sequence
from pathlib import Path

from mingjian.errors import InputError
from mingjian.inputs.bundles import may_be_bundle
from mingjian.inputs.files import looks_like, open_file
from mingjian.model.types import Artifact
from mingjian.native import Limits, PackageReader, Questions, read_package

MOST_SPLITS = 256
"""APK files of one set."""


def open_package(given: Sequence[Path], questions: Questions, limits: Limits | None = None) -> tuple[Artifact, PackageReader]:
    """As `open_android`, for who takes no other package: one of iOS or HarmonyOS is refused as such."""
    try:
        return open_android(given, questions, limits)
    except InputError as error:
        if error.key == "input.not_a_package" and may_be_bundle(given[0]):
            raise InputError("input.only_android", path=given[0]) from error
        raise


def open_android(given: Sequence[Path], questions: Questions, limits: Limits | None = None) -> tuple[Artifact, PackageReader]:
    """The package in one file, in the APK files of one split set, or in those directly inside one folder, with all answers about it.

    The artifact of a set is its base APK by digest and size, under the name of the folder. Raises `InputError`."""
    files = members(given)
    named = given[0] if len(given) == 1 else given[0].parent
    for file in files:
        open_file(file, "package").close()
        _refuse_bad_name(file)
    try:
        reader = read_package(files, questions, limits)
    except InputError as error:
        if error.key == "input.not_a_package":
            raise InputError(error.key, **{**error.values, "path": named, "looks": looks_like(files[0])}) from error
        raise
    return Artifact(reader.identity["sha256"], "package", named.absolute().name, reader.identity["size"]), reader


def members(given: Sequence[Path]) -> tuple[Path, ...]:
    """The files of the package: those given, or those of the one folder given by name. Raises `InputError` when there is none."""
    if len(given) != 1 or not given[0].is_dir():
        return tuple(given)
    folder = given[0]
    try:
        files = tuple(sorted(file for file in folder.iterdir() if file.suffix.lower() == ".apk" and not file.is_dir()))
    except PermissionError as error:
        raise InputError("input.denied", path=folder) from error
    if not files:
        raise InputError("input.no_package_in_folder", path=folder)
    if len(files) > MOST_SPLITS:
        raise InputError("input.too_many_files", path=folder, count=len(files), limit=MOST_SPLITS)
    return files


def _refuse_bad_name(path: Path) -> None:
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError as error:
        raise InputError("input.bad_name", path=str(path).encode(errors="replace").decode()) from error
