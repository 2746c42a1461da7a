"""Removing what a child left, which may be made to resist."""

import os
import shutil
from contextlib import suppress
from pathlib import Path


def remove(folder: Path) -> None:
    """Removes a folder of ours with all that a child put into it, also folders nested deeper than a path may be long, or closed to us. What
    the system does not let go stays, and nothing is raised."""
    with suppress(OSError, RecursionError):
        shutil.rmtree(folder)
        return
    with suppress(OSError):
        _flatten(folder)
        shutil.rmtree(folder)


def _flatten(folder: Path) -> None:
    """Takes folders apart from the top, moving up what is in them, until none is left, so that every path stays short."""
    moved = 0
    while nested := [entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]:
        for path in nested:
            os.chmod(path, 0o700)  # noqa: PTH101 - a folder, as was just seen, that no child is left to replace
            for entry in os.scandir(path):
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)  # noqa: PTH101 - the same
                    moved += 1
                    os.rename(entry.path, folder / f".{moved}")  # noqa: PTH104 - paths of scandir
                else:
                    os.unlink(entry.path)  # noqa: PTH108 - paths of scandir
            os.rmdir(path)  # noqa: PTH106 - paths of scandir
