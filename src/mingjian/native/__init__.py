"""The one door to the compiled core: a package is read in a confined child process, and its answers come back as typed values."""

from mingjian.native.reader import CoreState, Limits, PackageReader, Questions, probe, read_package

__all__ = ["CoreState", "Limits", "PackageReader", "Questions", "probe", "read_package"]
