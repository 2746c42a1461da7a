"""What the lake's tables hold: columns and their types in DuckDB, and the order of rows. A change of either is a new `VERSION`."""

import re
from collections.abc import Mapping

FORMAT = "mingjian-lake/1"
"""What `lake.json` says: the shape of the folder."""
VERSION = "lake/1"
"""The shape of the tables, which the manifest keeps for every file."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "subjects": {
        "report": "VARCHAR",
        "package_sha256": "VARCHAR",
        "period": "VARCHAR",
        "platform": "VARCHAR",
        "package": "VARCHAR",
        "label": "VARCHAR",
        "version": "VARCHAR",
        "operator": "VARCHAR",
        "category": "VARCHAR",
        "signer": "VARCHAR",
        "tool": "VARCHAR",
        "catalogue": "VARCHAR",
        "confined": "VARCHAR",
        "packs": "VARCHAR[]",
        "created_at": "VARCHAR",
        "violated": "INTEGER",
        "suspected": "INTEGER",
        "inconclusive": "INTEGER",
        "satisfied": "INTEGER",
        "not_applicable": "INTEGER",
        "pack": "VARCHAR",
        "offset": "BIGINT",
        "size": "BIGINT",
    },
    "observations": {
        "report": "VARCHAR",
        "period": "VARCHAR",
        "package": "VARCHAR",
        "category": "VARCHAR",
        "place": "INTEGER",
        "mode": "VARCHAR",
        "channel": "VARCHAR",
        "action": "VARCHAR",
        "data": "VARCHAR",
        "actor": "VARCHAR",
        "recipient": "VARCHAR",
        "purpose": "VARCHAR",
        "phase": "VARCHAR",
        "negated": "BOOLEAN",
        "certain": "BOOLEAN",
        "sites": "BIGINT",
        "extractor": "VARCHAR",
        "version": "VARCHAR",
    },
    "coverage": {
        "report": "VARCHAR",
        "period": "VARCHAR",
        "package": "VARCHAR",
        "category": "VARCHAR",
        "channel": "VARCHAR",
        "extractor": "VARCHAR",
        "status": "VARCHAR",
        "artifact": "VARCHAR",
        "count": "BIGINT",
        "reason_zh": "VARCHAR",
        "reason_en": "VARCHAR",
    },
    "findings": {
        "report": "VARCHAR",
        "period": "VARCHAR",
        "package": "VARCHAR",
        "category": "VARCHAR",
        "clause": "VARCHAR",
        "verdict": "VARCHAR",
        "severity": "VARCHAR",
        "hits": "INTEGER",
        "fingerprints": "VARCHAR[]",
        "missing": "VARCHAR[]",
    },
    "listings": {
        "report": "VARCHAR",
        "run": "VARCHAR",
        "place": "BIGINT",
        "period": "VARCHAR",
        "location": "VARCHAR",
        "store": "VARCHAR",
        "region": "VARCHAR",
        "category": "VARCHAR",
        "shelf": "VARCHAR",
        "downloads": "BIGINT",
        "operator": "VARCHAR",
    },
    "poison": {
        "run": "VARCHAR",
        "place": "BIGINT",
        "period": "VARCHAR",
        "key": "VARCHAR",
        "location": "VARCHAR",
        "verdict": "VARCHAR",
        "reason_zh": "VARCHAR",
        "reason_en": "VARCHAR",
        "tries": "INTEGER",
        "seconds": "DOUBLE",
    },
}

ORDER: Mapping[str, tuple[str, ...]] = {
    "subjects": ("report",),
    "observations": ("report", "place"),
    "coverage": ("report", "channel", "extractor", "artifact", "status", "count", "reason_en"),
    "findings": ("report", "clause"),
    "listings": ("report", "run", "place"),
    "poison": ("run", "place"),
}
"""By which columns the rows of a file are sorted, so that the same rows make the same bytes."""

OF_REPORTS = ("subjects", "observations", "coverage", "findings")
"""The tables whose rows come out of a report and lie in one part with its pack."""


CLOCK = "SET GLOBAL TimeZone = 'Asia/Shanghai'"
"""On which clock moments with a time zone become texts, wherever the machine stands."""

_ZONED = re.compile(r"TIME(?:STAMP)? WITH TIME ZONE")


def typed(table: str) -> str:
    """The columns of a table as SQL, each cast to its type: a file that holds another type fails or is read as what is promised."""
    return ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in TABLES[table].items())


def zoneless(kind: str) -> str:
    """A type of DuckDB with texts for moments that have a time zone, which Python's side of it reads with a library more."""
    return _ZONED.sub("VARCHAR", kind)


def nothing(table: str) -> str:
    """A query of a table's columns that gives no row."""
    return "SELECT " + ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in TABLES[table].items()) + " WHERE false"
