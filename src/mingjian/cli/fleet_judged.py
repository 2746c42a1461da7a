"""Judges a lake again for `fleet judge`, and tells what would change. Loaded only when that verb is called."""

import getpass
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from mingjian import lake as lakes
from mingjian.cli import text
from mingjian.errors import UsageError
from mingjian.fleet.flips import App, Flips, flips
from mingjian.fleet.judging import Question, Tell, adopt, judge, loaded
from mingjian.lake.again import Failed, Judgement
from mingjian.model.periods import bounds
from mingjian.model.printable import printable, printable_json

FAILED = 1
"""The exit code when a report could not be judged: it keeps the findings it has."""

_MEMORY = "2GiB"
_SECONDS = 3600
_TOLD_FAILURES = 20


def judged(folder: Path, packs: tuple[str, ...], period: str | None, adopting: bool, slots: int | None, **how: Any) -> int:
    """Judges, tells what would change, and adopts it where that is asked for. The exit code."""
    question = Question(folder.absolute(), loaded(packs), _half_year(period), _user(), slots or os.cpu_count() or 1)
    judgement = judge(question, _progress())
    with lakes.open(question.folder, memory=_MEMORY, seconds=_SECONDS) as opened:
        told = _Told(judgement, flips(opened, judgement, how["apps"]))
    as_json = how["form"] == "json"
    if not as_json:
        click.echo("\n".join(_changes(told, how["lang"])))
    try:
        if adopting:
            told = replace(told, adopted=adopt(question, _progress()))
    finally:
        # What would change is told whether or not the adoption comes to its end.
        if as_json:
            click.echo(_as_json(told))
    if not as_json:
        click.echo("\n".join(_state(told)))
    return FAILED if told.failed else 0


@dataclass(frozen=True, slots=True)
class _Told:
    judgement: Judgement
    flips: Flips
    adopted: Judgement | None = None
    """What was adopted, in which there may be reports that came since."""

    @property
    def failed(self) -> list[Failed]:
        """Those that could not be judged."""
        return [failed for part in (self.adopted or self.judgement).parts for failed in part.failed]


def _half_year(period: str | None) -> str | None:
    try:
        bounds(period or "2026H2")
    except ValueError as error:
        raise UsageError("fleet.judge.no_period", period=period) from error
    return period


def _user() -> str:
    """Who asks, by the system's account."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _progress() -> Tell:
    """Tells how far a judging is, and first what needs none."""
    begun = False

    def tell(done: int, total: int) -> None:
        nonlocal begun
        click.echo(text("fleet.judge.progress" if begun or not done else "fleet.judge.known", done=done, total=total), err=True)
        begun = True

    return tell


def _changes(told: _Told, lang: str) -> Iterator[str]:
    """What these packs change."""
    judgement, found = told.judgement, told.flips
    named = ", ".join(f"{pack.id}@{pack.version} ({pack.digest[:12]})" for pack in judgement.packs)
    yield text(
        "fleet.judge.head", packs=named, reports=judgement.reports, apps=found.newest, period=judgement.period or text("fleet.judge.all")
    )
    for packs, count in found.until_now:
        yield text("fleet.judge.until_now", packs=printable(", ".join(packs)), count=count)
    titles = {clause.id: clause.title.of(lang) for clause in judgement.clauses}
    changing = [flip for flip in found.matrix if flip.changes and flip.before and flip.after]
    yield text("fleet.judge.flips" if changing else "fleet.judge.no_flips")
    for flip in changing:
        words = {"before": _verdict(flip.before), "after": _verdict(flip.after), "apps": flip.apps, "reports": flip.reports}
        yield "  " + text("fleet.judge.flip", clause=flip.clause, title=titles.get(flip.clause, ""), **words)
    for side in ("before", "after"):
        if clauses := found.only(side):
            yield text(f"fleet.judge.only_{side}", clauses=", ".join(clauses))
    if found.apps:
        yield text("fleet.judge.apps", shown=len(found.apps), count=found.flipping)
    named_twice = {name for name, count in Counter(app.package for app in found.apps).items() if count > 1}
    for app in found.apps:
        yield "  " + printable(_app(app, app.package in named_twice))


def _state(told: _Told) -> Iterator[str]:
    """What could not be judged, and whose findings the lake has now."""
    if told.failed:
        yield text("fleet.judge.failed", count=len(told.failed))
    for failed in told.failed[:_TOLD_FAILURES]:
        yield f"  {failed.report}  {text(f'fleet.judge.fault.{failed.fault}')}"
    id = told.judgement.id
    if not told.adopted:
        yield text("fleet.judge.settled" if told.judgement.settled else "fleet.judge.not_adopted", id=id)
        return
    if came := told.adopted.reports - told.judgement.reports:
        yield text("fleet.judge.came", count=came)
    yield text("fleet.judge.adopted", id=id)


def _app(app: App, signed: bool) -> str:
    """One line; with the certificate where the package's name is not enough to tell the app."""
    changes = "; ".join(f"{clause} {_verdict(before)} → {_verdict(after)}" for clause, before, after in app.changes)
    downloads = "-" if app.downloads is None else f"{app.downloads:,}"
    package = f"{app.package} ({(app.signer or '-')[:12]})" if signed else app.package
    return f"{package}  {app.label}  {app.store or '-'}  {downloads}  {changes}  {app.report}"


def _verdict(verdict: str | None) -> str:
    return text(f"verdict.{verdict}") if verdict else ""


def _as_json(told: _Told) -> str:
    judgement, found = told.judgement, told.flips
    document = {
        "judgement": judgement.id,
        "packs": [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in judgement.packs],
        "until_now": [{"packs": packs, "reports": count} for packs, count in found.until_now],
        "period": judgement.period,
        "by": judgement.by,
        "at": judgement.at,
        "reports": judgement.reports,
        "apps": found.newest,
        "verdicts": [asdict(flip) for flip in found.matrix],
        "only_before": found.only("before"),
        "only_after": found.only("after"),
        "flipping": found.flipping,
        "flipping_apps": [asdict(app) for app in found.apps],
        "failed": [{"report": failed.report, "fault": failed.fault} for failed in told.failed],
        "settled": judgement.settled,
        "adopted": told.adopted is not None,
        "reports_adopted": told.adopted.reports if told.adopted else 0,
    }
    return printable_json(json.dumps(document, ensure_ascii=False, indent=1))
