"""Which version of this program is at work, and what the version of an SDK looks like."""

import re
from importlib.metadata import PackageNotFoundError, version

SDK_VERSION = re.compile(r"[0-9A-Za-z._+-]{1,64}", re.ASCII)
"""The whole of what a package states; nothing else is taken for a version or can be asked for."""


def own_version() -> str | None:
    """The installed version; none where the sources run without having been installed."""
    try:
        return version("mingjian")
    except PackageNotFoundError:
        return None
