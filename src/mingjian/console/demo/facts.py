"""What a synthetic version does and how completely it was seen: observations and coverage, put together from `facts.yml`."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

from mingjian.console.demo.market import SyntheticVersion, demo_data, permission
from mingjian.judge import Pack, asked
from mingjian.model.line import parse
from mingjian.model.texts import in_both
from mingjian.model.types import Channel, Coverage, Observation

EXTRACTOR = "synthetic"
"""What every observation and coverage of the demo names as its extractor."""

_OF_PACKAGE: tuple[Channel, ...] = ("manifest", "layout", "code", "flow")
_RECORDED: tuple[Channel, ...] = ("api", "network", "ui")


def observations(version: SyntheticVersion, pack: Pack) -> tuple[Observation, ...]:
    """The facts of a version, without evidence. What its dossier could not have shown is left out."""
    channels, phases = _seen(version)
    lines = [line for line in _lines(version) if not any(line.startswith(dropped) for dropped in _dropped(version))]
    lines += [line.format(**_names(version)) for fault in version.faults for line in _fault(fault).get("add", ())]
    found = [_parsed(line) for line in dict.fromkeys(lines)]
    seen = [each for each in found if each.channel in channels and (each.channel not in _RECORDED or each.phase in phases)]
    return (*seen, *(_parsed(line) for line in _answers(version, pack)))


def coverage(version: SyntheticVersion) -> tuple[Coverage, ...]:
    """How completely each channel of a version was seen."""
    channels, phases = _seen(version)
    rows = [
        Coverage(channel, EXTRACTOR, "partial", reason=in_both("console.demo.unread"))
        if channel in _dossier(version).get("partial", ())
        else Coverage(channel, EXTRACTOR, "complete")
        for channel in _OF_PACKAGE
    ]
    rows += [
        Coverage(channel, EXTRACTOR, "complete", phases=phases)
        if phases
        else Coverage(channel, EXTRACTOR, "absent", reason=in_both("console.demo.unrecorded"))
        for channel in _RECORDED
    ]
    supplied: dict[Channel, bool] = {"policy": "policy" in channels, "review": version.reviewed}
    rows += [
        Coverage(channel, EXTRACTOR, "complete")
        if given
        else Coverage(channel, EXTRACTOR, "absent", reason=in_both("console.demo.unsupplied"))
        for channel, given in supplied.items()
    ]
    return tuple(rows)


def _seen(version: SyntheticVersion) -> tuple[frozenset[str], tuple[str, ...]]:
    """The channels that were supplied, and the phases that were recorded."""
    phases = tuple(_dossier(version)["phases"])
    without = {channel for fault in version.faults for channel in _fault(fault).get("without", ())}
    return frozenset({*_OF_PACKAGE, "policy", *(_RECORDED if phases else ())} - without), phases


def _lines(version: SyntheticVersion) -> Iterator[str]:
    """The lines of a version that breaks nothing."""
    app, facts = version.app, demo_data("facts")
    for trait in ("accounts", "targets"):
        if trait in app.traits:
            yield from facts["traits"][trait]
    yield from (line.format(length=version.length) for line in facts["base"])
    yield from (line.format(data=data) for data, line in product(app.necessary, facts["necessary"]))
    yield from (f"declared declare permission.normal.{name} by app" for name in app.install_time)
    for group in app.groups:
        row = facts["groups"][group]
        values = {"permission": permission(group), "data": row["data"], "purpose": row["purpose"]}
        yield from (line.format(**values) for line in facts["permission"])
    for sdk in app.sdks:
        row = demo_data("market")["sdks"][sdk]
        yield from (line.format(sdk=sdk) for line in facts["sdk"])
        yield from (line.format(sdk=sdk, data=data, purpose=row["purpose"]) for data, line in product(row["data"], facts["sdk_data"]))


def _dropped(version: SyntheticVersion) -> tuple[str, ...]:
    return tuple(begin for fault in version.faults for begin in _fault(fault).get("drop", ()))


def _names(version: SyntheticVersion) -> dict[str, str]:
    app = version.app
    return {"sdk": app.sdks[0] if app.sdks else "", "other": app.other, "unrelated": app.unrelated}


def _answers(version: SyntheticVersion, pack: Pack) -> list[str]:
    """A reviewer's answer to every question: yes where a fault says so, else no."""
    if not version.reviewed:
        return []
    yes = {question for fault in version.faults for question in _fault(fault).get("answers", ())}
    questions = sorted({question for _, question in asked((pack,))})
    return [f"shown {'' if question in yes else 'not '}attest.{question} via review" for question in questions]


@cache
def _parsed(line: str) -> Observation:
    return parse(line)


def _fault(name: str) -> dict[str, Any]:
    row: dict[str, Any] = demo_data("facts")["faults"][name]
    return row


def _dossier(version: SyntheticVersion) -> dict[str, Any]:
    row: dict[str, Any] = demo_data("facts")["dossiers"][version.dossier]
    return row
