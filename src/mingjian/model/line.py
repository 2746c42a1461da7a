"""One observation as one readable line, both ways.

    observed collect device.android_id by sdk.umeng_analytics during before_consent via api
    claimed not share contacts for ads
    possible ask permission.location.ACCESS_FINE_LOCATION by app during app_start via code count 3

Order: mode, `perhaps` (not certain), `not` (negated), action, data, `to` recipient, `by` actor, `for` purpose, `during` phase,
`via` channel, then the tally (`count`, `second`, `minute`, `period`, `same`). What does not apply is left out. The channel may be left out
where the mode implies it. Evidence is not part of the line.
"""

from typing import get_args

from mingjian.model.types import Channel, Mode, Observation, Tally

IMPLIED: dict[Mode, Channel] = {
    "claimed": "policy",
    "declared": "manifest",
    "possible": "code",
    "observed": "api",
    "shown": "ui",
}
"""The channel that each mode speaks through unless the line says otherwise."""

_MODES: dict[str, Mode] = {mode: mode for mode in get_args(Mode)}
_CHANNELS: dict[str, Channel] = {channel: channel for channel in get_args(Channel)}
_WORDS = ("to", "by", "for", "during", "via")
COUNTS = ("count", "second", "minute", "period", "same")


class LineError(ValueError):
    """A line that is no observation. The message says which word, for the author of a rule."""


def parse(line: str) -> Observation:
    """The observation that a line states. Raises `LineError`; whether the terms exist is the linter's question."""
    words = line.split()
    if not words or words[0] not in _MODES:
        raise LineError(f"a line begins with one of {', '.join(_MODES)}: {line!r}")
    mode = _MODES[words.pop(0)]
    certain = not _take(words, "perhaps")
    negated = _take(words, "not")
    if not words or words[0] in _WORDS or words[0] in COUNTS:
        raise LineError(f"no action in {line!r}")
    action = words.pop(0)
    data = None if not words or words[0] in _WORDS or words[0] in COUNTS else words.pop(0)
    named: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word not in _WORDS and word not in COUNTS:
            raise LineError(f"{word!r} is not expected in {line!r}")
        if word in named:
            raise LineError(f"{word!r} stands twice in {line!r}")
        if not words:
            raise LineError(f"nothing follows {word!r} in {line!r}")
        named[word] = words.pop(0)
    via = named.get("via", IMPLIED[mode])
    if via not in _CHANNELS:
        raise LineError(f"{via!r} is no channel; one of {', '.join(_CHANNELS)}")
    return Observation(
        mode=mode,
        channel=_CHANNELS[via],
        action=action,
        data=data,
        actor=named.get("by"),
        recipient=named.get("to"),
        purpose=named.get("for"),
        phase=named.get("during"),
        negated=negated,
        certain=certain,
        tally=_tally(named, line),
    )


def format_line(observation: Observation) -> str:
    """The line of an observation; `parse` of it gives the same observation without evidence, sites and extractor."""
    words: list[str] = [observation.mode]
    if not observation.certain:
        words.append("perhaps")
    if observation.negated:
        words.append("not")
    words.append(observation.action)
    if observation.data is not None:
        words.append(observation.data)
    named = (
        ("to", observation.recipient),
        ("by", observation.actor),
        ("for", observation.purpose),
        ("during", observation.phase),
        ("via", observation.channel),
    )
    for word, value in named:
        if value is not None:
            words += (word, value)
    if observation.tally is not None:
        for word in COUNTS:
            number = getattr(observation.tally, word)
            if number is not None:
                words += (word, f"{number:g}" if isinstance(number, float) else str(number))
    return " ".join(words)


def _take(words: list[str], word: str) -> bool:
    if words and words[0] == word:
        words.pop(0)
        return True
    return False


def _tally(named: dict[str, str], line: str) -> Tally | None:
    given = [word for word in COUNTS if word in named]
    if not given:
        return None
    try:
        return Tally(
            count=int(named.get("count", "1")),
            second=int(named["second"]) if "second" in named else None,
            minute=int(named["minute"]) if "minute" in named else None,
            period=float(named["period"]) if "period" in named else None,
            same=int(named["same"]) if "same" in named else None,
        )
    except ValueError as error:
        raise LineError(f"not a number after {' / '.join(given)} in {line!r}") from error
