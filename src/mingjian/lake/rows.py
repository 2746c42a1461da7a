"""What the tables say of a report, a listing and a job that gave none. Pure: values in, rows out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from mingjian.model.periods import PLACE
from mingjian.model.printable import printable
from mingjian.model.types import VERDICTS, Report, Text

Row = dict[str, Any]

_MOST_NUMBER = (1 << 63) - 1
MOST_TEXT = 4096
"""Characters of a cell. What is longer ends with `…`; the report itself keeps it whole."""

MOST_NAME = 256
"""Characters of a package's name and of its type, which stand beside every row. Stores take names of at most 223."""
MOST_ITEMS, MOST_ITEM = 256, 64
"""Items of a list in a cell, and characters of each: fingerprints, what a clause lacks, and packs, all of which are short."""

Listed = tuple[str, int, Mapping[str, Any]]
"""Run, place in it, and what the store tells, each of which may be missing: `location`, `store`, `region`, `category`, `shelf`,
`downloads`, `operator`."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A report that waits to be taken into the lake. `path` is its file, or none when the lake has the report already and only the listings
    are new. `period` is that of the listings, and of the report where the lake does not know its key yet."""

    key: str
    path: Path | None
    period: str
    listings: Sequence[Listed] = ()


@dataclass(frozen=True, slots=True)
class Poison:
    """A job that gave no report, as `poison` keeps it. `key` is empty where the package could not be fetched whole."""

    run: str
    place: int
    period: str
    location: str
    verdict: str
    reason: Text | None = None
    key: str = ""
    tries: int = 0
    seconds: float = 0


def rows_of(key: str, period: str, report: Report) -> dict[str, list[Row]]:
    """The rows of each table that comes out of a report. Those of `subjects` lack the place in a pack."""
    severity = {clause.id: clause.severity for clause in report.clauses}
    subject = report.subject
    head = {"report": key, "period": period, "package": _cell(subject.package, MOST_NAME), "category": _cell(subject.category, MOST_NAME)}
    return {
        "subjects": [_subject(key, period, report)],
        "observations": [
            {
                **head,
                "place": place,
                "mode": item.mode,
                "channel": item.channel,
                "action": _cell(item.action),
                "data": _cell(item.data),
                "actor": _cell(item.actor),
                "recipient": _cell(item.recipient),
                "purpose": _cell(item.purpose),
                "phase": _cell(item.phase),
                "negated": item.negated,
                "certain": item.certain,
                "sites": _number(item.sites),
                "extractor": _cell(item.extractor),
                "version": _cell(item.version),
            }
            for place, item in enumerate(report.observations)
        ],
        "coverage": [
            {
                **head,
                "channel": row.channel,
                "extractor": _cell(row.extractor),
                "status": row.status,
                "artifact": _cell(row.artifact),
                "count": _number(row.count),
                **_reason(row.reason),
            }
            for row in report.coverage
        ],
        "findings": [
            {
                **head,
                "clause": _cell(finding.clause),
                "verdict": finding.verdict,
                "severity": severity.get(finding.clause),
                "hits": len(finding.hits),
                "fingerprints": _cells(hit.fingerprint for hit in finding.hits),
                "missing": _cells(finding.missing),
            }
            for finding in report.findings
        ],
    }


def listing_row(key: str, period: str, listed: Listed) -> Row:
    """The row of a listing. What the store did not tell is null."""
    run, place, told = listed
    row: Row = {"report": key, "run": _cell(run), "place": place, "period": period}
    row |= {name: _cell(told.get(name) or None) for name in ("location", "store", "region", "category", "shelf", "operator")}
    downloads = told.get("downloads")
    return row | {"downloads": None if downloads is None else _number(downloads)}


def poison_row(poison: Poison) -> Row:
    """The row of a job that gave no report."""
    return {
        "run": _cell(poison.run),
        "place": poison.place,
        "period": poison.period,
        "key": poison.key or None,
        "location": _cell(poison.location),
        "verdict": _cell(poison.verdict),
        **_reason(poison.reason),
        "tries": poison.tries,
        "seconds": poison.seconds,
    }


def _subject(key: str, period: str, report: Report) -> Row:
    subject, tool = report.subject, report.tool
    counts = Counter(finding.verdict for finding in report.findings)
    return {
        "report": key,
        "package_sha256": _cell(subject.id),
        "period": period,
        "platform": subject.platform,
        "package": _cell(subject.package, MOST_NAME),
        "label": _cell(subject.label),
        "version": _cell(subject.version),
        "operator": _cell(subject.operator),
        "category": _cell(subject.category, MOST_NAME),
        "signer": _cell(subject.signer.sha256) if subject.signer else None,
        "tool": _cell(tool.version),
        "catalogue": _cell(tool.catalogue),
        "confined": tool.confined,
        "packs": _cells(f"{pack.id}@{pack.version}" for pack in report.packs),
        "created_at": _moment(report.created_at),
        **{verdict: counts[verdict] for verdict in VERDICTS},
    }


def _reason(reason: Text | None) -> Row:
    return {"reason_zh": _cell(reason.zh) if reason else None, "reason_en": _cell(reason.en) if reason else None}


def _cells(texts: Iterable[str]) -> list[str | None]:
    return [_cell(text, MOST_ITEM) for text in islice(texts, MOST_ITEMS)]


def _cell(text: str | None, most: int = MOST_TEXT) -> str | None:
    """A text that a table can hold and a terminal can show."""
    if text is None:
        return None
    shown = printable(text[:most])
    return shown if len(text) <= most and len(shown) <= most else shown[: most - 1] + "…"


def _number(value: int) -> int:
    """A number that a column of 64 bits holds."""
    return max(-_MOST_NUMBER, min(value, _MOST_NUMBER))


def _moment(said: str) -> str | None:
    """A moment on Shanghai's clock in ISO 8601, so that moments sort as texts; none for what names no moment."""
    try:
        moment = datetime.fromisoformat(said)
        return moment.astimezone(PLACE).isoformat(timespec="seconds") if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
