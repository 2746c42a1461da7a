"""Facts and explanations in a reader's words: observation lines, canonical labels of `Why`, and what is missing, in Chinese or English.

`names` gives the name of a third party by its id (`sdk.umeng`), and may give a signal's (`signal.<name>`) or a question's
(`attest.<id>`); what has no name stands for itself.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from mingjian.model.line import COUNTS
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import PERSONAL, Vocabulary, named, vocabulary, within
from mingjian.model.texts import keys, say
from mingjian.model.types import UNKNOWN, Observation, Text

Names = Mapping[str, Text]

_NO_NAMES: Names = {}
_VOCABULARIES: dict[str, Vocabulary] = {"action": "actions", "data": "data", "for": "purposes", "during": "phases", "via": "channels"}
_WORDS = ("to", "by", "for", "during", "via")
_SIGNAL = re.compile(r"[a-z0-9][a-z0-9_-]*")


def observation_in_words(observation: Observation, lang: str, names: Names | None = None) -> str:
    """One fact as one sentence without a full stop, its channel in brackets."""
    said = {
        "to": observation.recipient,
        "by": observation.actor,
        "for": observation.purpose,
        "during": observation.phase,
        "via": observation.channel,
    }
    mode = say(f"words.mode.{observation.mode}", lang)
    head = mode if observation.certain else say("words.perhaps", lang, mode=mode)
    words = {word: value for word, value in said.items() if value is not None}
    sentence = _sentence(head, observation.negated, (observation.action, observation.data), words, lang, names or _NO_NAMES)
    if observation.tally is None:
        return sentence
    numbers = [(word, getattr(observation.tally, word)) for word in COUNTS]
    key = (observation.mode, observation.action)
    counts = [say(_tally_key(word, *key), lang, n=f"{number:g}") for word, number in numbers if number is not None]
    return say("words.comma", lang).join([sentence, *counts])


def label_in_words(label: str, lang: str, names: Names | None = None) -> str:
    """The canonical line of an expression in words; a line of another shape comes back as it is. coupling: `judge.labels` writes them."""
    known = names or _NO_NAMES
    kind, _, rest = label.partition(" ")
    if not rest and label != "not":
        return label
    if label in ("all of", "any of", "not", "applies if", "violated if", "suspected if"):
        return say(f"words.{label.replace(' ', '_')}", lang)
    try:
        match kind:
            case "seen":
                return say("words.seen", lang, what=_pattern(rest, lang, known))
            case "some":
                variable, _, pattern = rest.partition(": ")
                return say("words.some", lang, variable=variable, what=_pattern(pattern, lang, known))
            case "case":
                variable, _, said = rest.partition(":")
                return say("words.case", lang, variable=variable, what=_said(said.split(), lang, known))
            case "signal":
                return say("words.signal", lang, name=_name(f"signal.{rest}", lang, known) or _signal_title(rest, lang))
            case "tally":
                field, way, number, _, pattern = rest.split(" ", 4)
                mode, action, *_ = pattern.split(" ")
                limit = say(_tally_key(field, mode, action), lang, n=say(f"words.{way}", lang, n=number))
                return say("words.tally", lang, limit=limit, what=_pattern(pattern, lang, known))
            case "attested":
                return say("words.attested", lang, question=_name(f"attest.{rest}", lang, known) or rest)
            case "denied":
                return say("words.denied", lang, question=_name(f"attest.{rest}", lang, known) or rest)
            case "ask":
                name, *arguments = rest.split(" ")
                values = dict(argument.split("=", 1) for argument in arguments)
                return say(f"words.ask.{name}", lang, **{word: _value(word, value, lang, known) for word, value in values.items()})
            case "clause":
                clause, _, verdict = rest.rpartition(" ")
                return say("words.clause", lang, clause=clause, verdict=say(f"verdict.{verdict}", lang))
    except (LookupError, ValueError):
        return label
    return label


def missing_in_words(missing: str, lang: str) -> str:
    """What a reader can do about something that is missing: `policy`, `api@before_consent`, `subject.category`."""
    if f"words.missing.{missing}" in keys():
        return say(f"words.missing.{missing}", lang)
    channel, _, phase = missing.partition("@")
    term = vocabulary("channels").get(channel)
    if term is None:
        return missing
    record: str = term.fields["record"]["zh" if lang == "zh" else "en"]
    return record.replace("{phase}", named("phases", phase, lang))


def channel_in_words(channel: str, lang: str) -> str:
    """The name of a channel with its phase, as clauses list them: `api@before_consent`."""
    name, _, phase = channel.partition("@")
    if not phase:
        return named("channels", name, lang)
    return say("words.channel_in_phase", lang, channel=named("channels", name, lang), phase=named("phases", phase, lang))


def term_in_words(field: str, term: str, lang: str, names: Names | None = None) -> str:
    """One term of a field: `action`, `data`, `by`, `to`, `for`, `during` or `via`."""
    if term == UNKNOWN:
        return say("words.unknown.party" if field in ("by", "to") else "words.unknown", lang)
    if field in ("by", "to"):
        known = say(f"words.party.{term}", lang) if f"words.party.{term}" in keys() else term.removeprefix("host.")
        return _name(term, lang, names or _NO_NAMES) or known
    if field == "data" and (term == PERSONAL or f"words.family.{term}" in keys()):
        return say(f"words.family.{term}", lang)
    if field == "data" and within(term, "permission"):
        _, group, *rest = term.split(".", 2)
        return say("words.permission", lang, group=_group(group, lang), name=rest[0]) if rest else _group(group, lang)
    return named(_VOCABULARIES[field], term, lang) if field in _VOCABULARIES else term


def _pattern(line: str, lang: str, names: Names) -> str:
    words = line.split(" ")
    mode = words.pop(0)
    negated = words[0] == "not"
    words = words[1:] if negated else words
    action = words.pop(0)
    data = words.pop(0) if words[0] not in _WORDS else None
    said = dict(zip(words[::2], words[1::2], strict=True))
    return _sentence(say(f"words.mode.{mode}", lang), negated, (action, data), said, lang, names)


def _sentence(head: str, negated: bool, act: tuple[str, str | None], said: Mapping[str, str], lang: str, names: Names) -> str:
    action = say("words.any_act", lang) if act[0] == "*" else _value("action", act[0], lang, names)
    if within(act[0], "attest"):
        question = act[0].partition(".")[2]
        action = say(f"words.{'denied' if negated else 'confirmed'}", lang, question=_name(act[0], lang, names) or question)
    elif negated:
        action = say("words.negated", lang, action=action)
    if act[1] is not None:
        action = say("words.act_on", lang, action=action, data=_value("data", act[1], lang, names))
    if "by" in said:
        action = say("words.who", lang, actor=_value("by", said["by"], lang, names), act=action)
    pieces = [_value("during", said["during"], lang, names)] if "during" in said else []
    pieces += [action, *(say(f"words.{word}", lang, what=_value(word, said[word], lang, names)) for word in ("to", "for") if word in said)]
    what = say("words.comma", lang).join(pieces)
    return say("words.sentence", lang, mode=head, what=what, via=_value("via", said["via"], lang, names))


def _said(words: list[str], lang: str, names: Names) -> str:
    pieces = [_value("data", words.pop(0), lang, names)] if words and words[0] not in _WORDS else []
    for word, value in zip(words[::2], words[1::2], strict=True):
        pieces.append(say(f"words.{word}", lang, what=_value(word, value, lang, names)))
    return say("words.comma", lang).join(pieces)


def _tally_key(field: str, mode: str, action: str) -> str:
    """The text for a number; that of some acts counts something of its own (see `rules/terms/actions.yml`)."""
    while action:
        for own in (f"words.tally.{field}.{mode}.{action}", f"words.tally.{field}.{action}"):
            if own in keys():
                return own
        action = action.rpartition(".")[0]
    return f"words.tally.{field}"


def _name(id: str, lang: str, names: Names) -> str | None:
    known = names.get(id)
    return known.of(lang) if known else None


def _value(field: str, word: str, lang: str, names: Names) -> str:
    choices = _split(word)
    if len(choices) > 1:
        return say("words.or", lang).join(_value(field, choice, lang, names) for choice in choices)
    if word.startswith("!(") and word.endswith(")"):
        return say("words.except", lang, what=_value(field, word[2:-1], lang, names))
    if word.startswith("$"):
        variable, _, bound = word.partition(".")
        return say(f"words.bound.{bound}", lang, variable=variable)
    if word in ("any", "none"):
        return say(f"words.{word}", lang)
    return term_in_words(field, word, lang, names)


def _split(word: str) -> list[str]:
    """The choices of a list, not looking into brackets."""
    choices = [""]
    depth = 0
    for letter in word:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            choices.append("")
        else:
            choices[-1] += letter
    return choices


@cache
def _signal_title(name: str, lang: str) -> str:
    file = rules_folder() / "signals" / f"{name}.yml"
    if not _SIGNAL.fullmatch(name) or not file.is_file():
        return name
    title: dict[str, str] = read_yaml(file)["title"]
    return title["zh" if lang == "zh" else "en"]


@cache
def _group(name: str, lang: str) -> str:
    rows: dict[str, dict[str, Any]] = read_yaml(rules_folder() / "catalog" / "permissions.yml")["groups"]
    row = rows.get(name)
    return str(row["zh" if lang == "zh" else "en"]) if row else name
