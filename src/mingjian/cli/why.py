"""`why`: who reaches a method, and from where."""

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from mingjian.cli import text
from mingjian.cli.options import lang_option
from mingjian.cli.progress import waiting
from mingjian.extract import actor
from mingjian.extract.why import Reasons, Site, method_named, reasons_for
from mingjian.inputs import Limits, is_dossier, open_dossier
from mingjian.model.printable import printable, printable_json
from mingjian.model.texts import keys, say
from mingjian.model.types import UNKNOWN, Text
from mingjian.model.way import Guard, Place, Way
from mingjian.model.words import term_in_words

NO_WAY = 3
"""The exit code when nothing is known to lead to the method: as with `inconclusive`, that is unknown."""

_SHOWN = 50
"""Places that the text shows; `--json` has more."""
_FILE = click.Path(path_type=Path)


@click.command(help=text("cli.why.help"), short_help=text("cli.why.short"), epilog=text("cli.why.examples"))
@click.argument("paths", nargs=-1, required=True, type=_FILE, metavar="PATH...")
@click.argument("method", metavar="METHOD")
@click.option("--timeout", type=click.FloatRange(min=1), default=300.0, show_default=True, help=text("cli.scan.timeout"))
@click.option("--json", "as_json", is_flag=True, help=text("cli.why.json"))
@lang_option
def why(paths: tuple[Path, ...], method: str, timeout: float, as_json: bool, lang: str) -> int:
    """Tells who reaches one method."""
    asked = method_named(method)
    given = open_dossier(paths[0]).package if len(paths) == 1 and is_dossier(paths[0]) else paths
    with waiting(text("cli.scan.reading", path=str(paths[0]))) if sys.stderr.isatty() else nullcontext():
        reasons = reasons_for(given or paths, asked, Limits(timeout=timeout))
    if as_json:
        click.echo(printable_json(json.dumps(_document(reasons), ensure_ascii=False, indent=1)))
    else:
        for line in _lines(reasons, lang):
            click.echo(printable(line))
    return 0 if any(site.ways for site in reasons.sites) else NO_WAY


def _lines(reasons: Reasons, lang: str) -> Iterator[str]:
    reached = [site for site in reasons.sites if site.ways]
    unreached = reasons.sites[len(reached) :]
    n = len(reasons.sites) + reasons.further_sites
    yield say("why.head", lang, method=str(reasons.asked), n=n, reached=len(reached))
    for site in reached[:_SHOWN]:
        yield ""
        yield from _site(site, lang)
    if unreached:
        yield ""
        yield say("why.unreached_some" if reached else "why.unreached", lang)
        for site in unreached[: max(_SHOWN - len(reached), 1)]:
            yield f"  {site.locator} · {_of(site, lang)}"
    yield ""
    shown = min(len(reached), _SHOWN) + min(len(unreached), max(_SHOWN - len(reached), 1))
    if n > shown:
        yield say("why.further_sites", lang, n=n - shown)
    if reasons.further_ways:
        yield say("why.further_ways", lang, n=reasons.further_ways)
    spots = [say(f"why.spot.{name}", lang, n=count) for name, count in reasons.spots.items() if count and f"why.spot.{name}" in keys()]
    yield say("why.spots", lang, what=say("list.and", lang).join(spots)) if spots else say("why.spots.none", lang)
    if not reasons.complete:
        yield say("why.incomplete", lang)


def _site(site: Site, lang: str) -> Iterator[str]:
    yield site.locator
    yield f"  {_of(site, lang)}"
    for number, way in enumerate(site.ways, 1):
        phase = say(f"why.phase.{way.phase}", lang) if f"why.phase.{way.phase}" in keys() else way.phase
        certainty = say("why.certain" if way.certain else "why.perhaps", lang)
        begun = say("why.initiator", lang, owner=say("list.and", lang).join(_owner(each, lang) for each in way.initiators))
        kind = say(f"why.kind.{way.kind}" if f"why.kind.{way.kind}" in keys() else "why.kind.unknown", lang)
        yield f"  {number}. {phase} · {kind} {way.component} · {begun} · {certainty}"
        if way.triggers:
            yield f"     {say('why.triggers', lang, names=say('list.and', lang).join(way.triggers))}"
        for step, frame in enumerate(way.frames):
            yield f"     {'→' if step else ' '} {frame.place}  [{_owner(frame.owner, lang)}]"
        if way.guard:
            yield f"     {_guard(way.guard, lang)}"


def _of(site: Site, lang: str) -> str:
    return say("why.site", lang, kind=say(f"why.site.{site.kind}", lang), owner=_owner(site.owner, lang))


def _guard(guard: Guard, lang: str) -> str:
    named = say("why.guard.named", lang, name=guard.key) if guard.key is not None else ""
    return say(f"why.guard.{guard.flag}", lang, named=named, reads=guard.reads, place=guard.place)


def _owner(owner: str, lang: str) -> str:
    known = actor(owner)
    names: dict[str, Text] = {owner: known.name} if known else {}
    return say("why.owner.unknown", lang) if owner == UNKNOWN else term_in_words("by", owner, lang, names)


def _document(reasons: Reasons) -> dict[str, Any]:
    return {
        "schema": "mingjian-why/1",
        "package": {"sha256": reasons.artifact.sha256, "file": reasons.artifact.name, "name": reasons.package},
        "asked": str(reasons.asked),
        "sites": [
            {
                "kind": site.kind,
                **_place(site.place),
                "locator": site.locator,
                "owner": site.owner,
                "ways": [_way(way) for way in site.ways],
            }
            for site in reasons.sites
        ],
        "further_sites": reasons.further_sites,
        "further_ways": reasons.further_ways,
        "spots": dict(reasons.spots),
        "complete": reasons.complete,
    }


def _way(way: Way) -> dict[str, Any]:
    guard = way.guard
    return {
        "phase": way.phase,
        "kind": way.kind,
        "component": way.component,
        "initiator": way.initiators[0],
        "triggers": list(way.triggers),
        "certain": way.certain,
        "chain": [{**_place(frame.place), "owner": frame.owner} for frame in way.frames],
        "guard": {"flag": guard.flag, "key": guard.key, "reads": guard.reads, **_place(guard.place)} if guard else None,
    }


def _place(place: Place) -> dict[str, Any]:
    return {"method": place.method, "unit": place.unit}
