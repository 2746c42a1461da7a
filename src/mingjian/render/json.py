"""The report as JSON: the one complete form, from which every other can be made again."""

from mingjian.model.codec import dump_report
from mingjian.model.types import Report


def render(report: Report, lang: str, detail: bool) -> bytes:  # noqa: ARG001  a report in JSON carries both languages and every detail
    """The document of schema `mingjian-report/1`."""
    return dump_report(report)
