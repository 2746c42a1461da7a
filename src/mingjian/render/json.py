"""The report as JSON: the one complete form, from which every other can be made again."""

import json

from mingjian.model.codec import DERIVED, dump_report, encode
from mingjian.model.conducts import conducts_of
from mingjian.model.printable import printable_json
from mingjian.model.types import Report


def render(report: Report, lang: str, detail: bool) -> bytes:  # noqa: ARG001  a report in JSON carries both languages and every detail
    """The document of schema `mingjian-report/1`. Where several packs judged, it also tells the conducts, which reading it again leaves
    out, as they follow from the findings."""
    if len(report.packs) < 2:
        return dump_report(report)
    document = encode(report) | {DERIVED: encode(conducts_of(report))}
    return (printable_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n").encode()
