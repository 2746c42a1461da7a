"""Mingjian (明鉴) inspects mobile apps for unlawful collection and use of personal information, clause by clause.

>>> import mingjian
>>> report = mingjian.scan("app.apk", category="food_delivery")
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mingjian.scan import scan as scan

__all__ = ["scan"]


class _Package(ModuleType):
    """This package. What scans is loaded when `scan` is asked for, as most verbs of the command line do without it and start faster."""

    @property
    def scan(self) -> Any:
        return import_module("mingjian.scan").scan

    @scan.setter
    def scan(self, module: ModuleType) -> None:
        """The module of that name, which its import puts here, does not hide the function."""


sys.modules[__name__].__class__ = _Package
