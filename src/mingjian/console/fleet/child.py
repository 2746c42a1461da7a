"""Asking the lake in a process of its own, which can be killed: what a question needs beside the engine's memory, the web server does not
lend it.

Request, a JSON object on standard input: `folder` of the lake, `question`, `given` (its parameters by name; none where nothing is given),
`form` (`json`, `csv` or `page`), `memory` (MiB of the engine), `seconds` (of one query) and `ends_after`. Answer on standard output: the
document of the question as `mingjian lake ask` prints it, its rows as CSV, or for a page the document with `packages`, the digest of the
package of each report that it names. With `many`, a list of questions with what is given, it is the list of their documents, each that has
none replaced by `wrong`. With exit code 1 the answer is `key` and `values` of what was wrong."""

import json
import logging
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mingjian import lake as lakes
from mingjian.errors import MingjianError
from mingjian.lake import questions
from mingjian.lake.questions import Apps, Design, Page, Result
from mingjian.lake.written import csv_lines, document, plain
from mingjian.model.printable import printable_json

if TYPE_CHECKING:
    from mingjian.lake import Lake

Given = Mapping[str, Any]
Answer = Result[Any, Any]

_SPARE = 1 << 30
"""Bytes beside the engine's: one huge value, and the keys of a whole market's clusters."""
_MOST_OUTPUT = 256 << 20
_PACKAGES = "SELECT report, package_sha256 FROM reports WHERE report IN (SELECT unnest($keys::VARCHAR[]))"


def _ranking(lake: "Lake", given: Given, apps: Apps, page: Page) -> Answer:
    return questions.ranking(lake, apps, given["purpose"], bool(given.get("unknown_downloads")), given.get("pack"), page)


def _exposure(lake: "Lake", _given: Given, apps: Apps, page: Page) -> Answer:
    return questions.exposure(lake, apps, page)


def _carriers(lake: "Lake", given: Given, apps: Apps, page: Page) -> Answer:
    return questions.carriers(lake, given["sdk"], apps, given.get("told"), page, given.get("version"))


def _clusters(lake: "Lake", _given: Given, apps: Apps, page: Page) -> Answer:
    return questions.clusters(lake, apps, page)


def _members(lake: "Lake", given: Given, apps: Apps, page: Page) -> Answer:
    return questions.members(lake, given["cluster"], apps, page)


def _ignored_keys(lake: "Lake", _given: Given, apps: Apps, page: Page) -> Answer:
    return questions.ignored_keys(lake, apps, page)


def _trend(lake: "Lake", given: Given, apps: Apps, page: Page) -> Answer:
    return questions.trend(lake, given["of"], given["earlier"], apps, given["verdict"], page)


def _trend_apps(lake: "Lake", given: Given, apps: Apps, page: Page) -> Answer:
    return questions.trend_apps(lake, given["of"], given["name"], given["earlier"], apps, given["verdict"], page)


def _plan(lake: "Lake", given: Given, apps: Apps, page: Page) -> Answer:
    design = {field.name: given[field.name] for field in fields(Design) if given.get(field.name) is not None}
    return questions.plan(lake, apps, Design(**design), page)


def _estimate(lake: "Lake", given: Given, apps: Apps, _page: Page) -> Answer:
    return questions.estimate(lake, _drawn(given), given["clause"], apps.period, given["confidence"])


def _sampled_apps(lake: "Lake", given: Given, apps: Apps, page: Page) -> Answer:
    return questions.sampled_apps(lake, _drawn(given), given["clause"], apps.period, page)


def _drawn(given: Given) -> list[questions.Drawn]:
    return questions.read_plan(Path(given["plan"]).read_bytes())


ASKED: Mapping[str, Callable[["Lake", Given, Apps, Page], Answer]] = {
    "ranking": _ranking,
    "exposure": _exposure,
    "carriers": _carriers,
    "clusters": _clusters,
    "members": _members,
    "ignored_keys": _ignored_keys,
    "trend": _trend,
    "trend_apps": _trend_apps,
    "plan": _plan,
    "estimate": _estimate,
    "sampled_apps": _sampled_apps,
}
"""The questions by name."""


def main() -> None:
    """Reads one request, asks, answers."""
    logging.basicConfig(level=logging.ERROR)
    request = json.load(sys.stdin)
    _confine((request["memory"] << 20) + _SPARE, request["ends_after"])
    sys.exit(answer(request, sys.stdout.buffer))


def answer(request: Mapping[str, Any], out: IO[bytes]) -> int:
    """Writes the answer to one request into a file and returns the exit code."""
    try:
        with lakes.open(request["folder"], memory=f"{request['memory']}MiB", seconds=request["seconds"]) as opened:
            for part in _answered(opened, request):
                out.write(part)
        out.flush()
    except MingjianError as error:
        wrong = _wrong(error)
    except MemoryError:
        wrong = {"key": "lake.too_much_memory", "values": {}}
    else:
        return 0
    # What was written of an answer before it broke off is none.
    out.flush()
    out.seek(0)
    out.truncate()
    out.write(json.dumps(wrong).encode())
    out.flush()
    return 1


def _answered(lake: "Lake", request: Mapping[str, Any]) -> Iterator[bytes]:
    if "many" in request:
        yield json.dumps([_each(lake, question, given) for question, given in request["many"]]).encode()
        return
    given = request["given"]
    if request["question"] == "report":
        yield lake.document(given["key"])
        return
    result = _result(lake, request["question"], given)
    if request["form"] == "csv":
        for line in csv_lines(result.columns, (tuple(map(plain, row)) for row in result.cells())):
            yield f"{line}\n".encode()
        return
    told = document(result)
    if request["form"] == "page":
        told["packages"] = dict(lake.query(_PACKAGES, {"keys": [row["report"] for row in told["rows"] if row.get("report")]}).rows)
    yield printable_json(json.dumps(told, ensure_ascii=False, indent=1)).encode()


def _each(lake: "Lake", question: str, given: Given) -> dict[str, Any]:
    try:
        return document(_result(lake, question, given))
    except MingjianError as error:
        return {"wrong": _wrong(error)}


def _result(lake: "Lake", question: str, given: Given) -> Answer:
    apps = Apps(given.get("period"), given.get("category"), given.get("store"))
    return ASKED[question](lake, given, apps, Page(given["limit"], given["offset"]))


def _wrong(error: MingjianError) -> dict[str, Any]:
    return {"key": error.key, "values": {name: _plain(value) for name, value in error.values.items()}}


def _confine(memory: int, ends_after: int) -> None:
    """Bounds the memory and the output of this process, and its time for when nobody waits any more."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_OUTPUT, _MOST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(ends_after)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)


if __name__ == "__main__":
    main()
