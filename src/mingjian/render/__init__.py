"""A report to bytes, one file per format."""

from collections.abc import Callable
from importlib import import_module

from mingjian.model.types import Report

FORMATS: tuple[str, ...] = ("text", "json", "html", "sarif")
"""Every format by name; the module of the same name in this folder has `render(report, lang, detail) -> bytes`."""


def renderer(name: str) -> Callable[[Report, str, bool], bytes]:
    """The renderer of one of `FORMATS`, imported only now: a table in a terminal must not wait for a template engine."""
    render: Callable[[Report, str, bool], bytes] = import_module(f"mingjian.render.{name}").render
    return render
