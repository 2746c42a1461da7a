"""Which version of this program is at work."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str | None:
    """The installed version; none where the sources run without having been installed."""
    try:
        return version("mingjian")
    except PackageNotFoundError:
        return None
