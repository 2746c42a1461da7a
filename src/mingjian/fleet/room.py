"""Whether the disk has room for more."""

import shutil
from pathlib import Path

from mingjian.errors import TryAgainError

MOST_USED = 0.8
ENOUGH = 20 << 30
"""Bytes that are room enough on a disk of any size."""


def check_room(folder: Path) -> None:
    """Raises `TryAgainError` when the disk of `folder` is over four fifths full and has less than `ENOUGH` left."""
    disk = shutil.disk_usage(folder)
    if disk.used > MOST_USED * disk.total and disk.free < ENOUGH:
        raise TryAgainError("fleet.disk_full", path=folder, percent=round(100 * disk.used / disk.total))
