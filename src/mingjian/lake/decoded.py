"""Reports out of their bytes. Everything in a lake was decoded strictly before it was staged, so here speed counts: ten times that of
`model.codec`, which is asked where a document is of an older schema or is none at all."""

import msgspec

from mingjian.model.codec import SCHEMA, DecodeError, load_report
from mingjian.model.types import Report

MOST_ENTRIES = 1_000_000
"""Fields, and entries of lists, that a report may have: about a hundred times what real packages need. Memory and time depend on
these far more than on bytes: at this bound, decoding a report and writing it again takes 2 s and 300 MB."""

_DECODER = msgspec.json.Decoder(Report)


def crowded(document: bytes) -> bool:
    """Whether a document may have more entries than a report may have: told without building anything, by the marks that begin each, of
    which those in texts are counted too."""
    return sum(map(document.count, (b",", b"[", b"{"))) > MOST_ENTRIES


def bounded(document: bytes) -> Report:
    """The report of a document of this schema, in memory in proportion to what fits its fields: nothing else is ever built. Raises
    `DecodeError`; a field that no report has is passed over."""
    try:
        report = _DECODER.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError("", str(error)) from error
    if report.schema != SCHEMA:
        raise DecodeError("schema", "not a report of this version")
    return report


def report_of(document: bytes) -> Report:
    """The report of a document. Raises `DecodeError` for what is none; a field that no report has is passed over."""
    try:
        report = _DECODER.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return load_report(document)
    return report if report.schema == SCHEMA else load_report(document)
