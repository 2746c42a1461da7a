"""Facts and explanations in a reader's words: observation lines, canonical labels of `Why`, and what is missing, in Chinese or English.

`names` gives the name of a third party by its id (`sdk.umeng`), and may give a signal's (`signal.<name>`) or a question's
(`attest.<id>`); what has no name stands for itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.model.line import COUNTS
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import PERSONAL, Term, Vocabulary, named, vocabulary, within
from mingjian.model.texts import keys, say
from mingjian.model.types import UNKNOWN, Observation, Text

Names = Mapping[str, Text]

_NO_NAMES: Names = {}
_VOCABULARIES: dict[str, Vocabulary] = {"action": "actions", "data": "data", "for": "purposes", "during": "phases", "via": "channels"}
_WORDS = ("to", "by", "for", "during", "via")
_SAID_ANYWAY = {("words.tally.count", 1), ("words.tally.second", 1), ("words.tally.minute", 1), ("words.tally.same", 0)}
_SIGNAL = re.compile(r"[a-z0-9][a-z0-9_-]*")


def observation_in_words(observation: Observation, lang: str, names: Names | None = None) -> str:
    """One fact as one line without a full stop: who does what, then how often, when and how it is known."""
    fields = {"data": "data", "to": "recipient", "by": "actor", "for": "purpose", "during": "phase", "via": "channel"}
    said: dict[str, str | None] = {word: getattr(observation, field) for word, field in fields.items()}
    mode = say(_own("words.mode", observation.mode, observation.action), lang)
    head = mode if observation.certain else say("words.perhaps", lang, mode=mode)
    statement = _Statement(head, observation.negated, observation.action, {word: term for word, term in said.items() if term is not None})
    return _sentence(statement, _counts(observation, lang), lang, names or _NO_NAMES)


def _counts(observation: Observation, lang: str) -> list[str]:
    """The numbers of a tally. A count of one, and that nothing came together or came back, is what the sentence says anyway."""
    found: list[str] = []
    for word in COUNTS if observation.tally else ():
        number: float | None = getattr(observation.tally, word)
        key = _own(f"words.tally.{word}", observation.mode, observation.action)
        if number is not None and (key, number) not in _SAID_ANYWAY:
            found.append(say(key, lang, n=f"{number:g}"))
    return found


def label_in_words(label: str, lang: str, names: Names | None = None) -> str:
    """The canonical line of an expression in words; a line of another shape comes back as it is. coupling: `judge.labels` writes them."""
    known = names or _NO_NAMES
    kind, _, rest = label.partition(" ")
    if not rest and label not in ("not", "proven"):
        return label
    if label in ("all of", "any of", "not", "proven", "applies if", "violated if", "suspected if"):
        return say(f"words.{label.replace(' ', '_')}", lang)
    try:
        match kind:
            case "seen":
                return say("words.seen", lang, what=_pattern(rest, lang, known))
            case "some":
                variable, _, pattern = rest.partition(": ")
                return say("words.some", lang, variable=_letter(variable), what=_pattern(pattern, lang, known))
            case "case":
                variable, _, said = rest.partition(":")
                return say("words.case", lang, variable=_letter(variable), what=_said(said.split(), lang, known))
            case "signal":
                return say("words.signal", lang, name=_name(f"signal.{rest}", lang, known) or _signal_title(rest, lang))
            case "tally":
                field, way, number, _, pattern = rest.split(" ", 4)
                mode, action, *_ = pattern.split(" ")
                key = _own(f"words.tally.{field}", mode, action)
                limit = say(f"words.limit.{field}" if key == f"words.tally.{field}" else key, lang, n=say(f"words.{way}", lang, n=number))
                return say("words.tally", lang, limit=limit, what=_pattern(pattern, lang, known))
            case "attested":
                return say("words.confirmed", lang, question=_name(f"attest.{rest}", lang, known) or rest)
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
    """One term of a field: `action` (or `does`, its form after a name), `data`, `by`, `to`, `for`, `during` or `via`."""
    if term == UNKNOWN:
        return say(_for_field("unknown", field), lang)
    if field in ("by", "to"):
        known = say(f"words.party.{term}", lang) if f"words.party.{term}" in keys() else _plain(term)
        return _name(term, lang, names or _NO_NAMES) or known
    if field in ("purpose", "permission"):
        field = "for" if field == "purpose" else "data"
    if field == "data" and (term == PERSONAL or f"words.family.{term}" in keys()):
        return say(f"words.family.{term}", lang)
    if field == "data" and within(term, "permission"):
        return _permission(term, lang)
    if field == "does":
        known_action = vocabulary("actions").get(term)
        return str(known_action.fields.get("does", term)) if known_action else term
    return named(_VOCABULARIES[field], term, lang) if field in _VOCABULARIES else term


@dataclass(frozen=True, slots=True)
class _Statement:
    """A fact or a pattern, taken apart: how it is known in words, and the terms it says under `data` and the words of the line."""

    head: str
    negated: bool
    action: str
    said: Mapping[str, str]


def _pattern(line: str, lang: str, names: Names) -> str:
    words = line.split(" ")
    mode = words.pop(0)
    negated = words[0] == "not"
    words = words[1:] if negated else words
    action = words.pop(0)
    data = {"data": words.pop(0)} if words[0] not in _WORDS else {}
    said = dict(zip(words[::2], words[1::2], strict=True))
    return _sentence(_Statement(say(_own("words.mode", mode, action), lang), negated, action, {**data, **said}), [], lang, names)


def _sentence(statement: _Statement, counts: list[str], lang: str, names: Names) -> str:
    said = statement.said
    act = _act(statement, lang, names)
    for word in ("to", "for"):
        if word in said:
            act = say(f"words.act_{word}", lang, act=act, what=_value(word, said[word], lang, names))
    pieces = [act, *counts]
    if "during" in said:
        pieces.append(_value("during", said["during"], lang, names))
    pieces.append(say("words.source", lang, mode=statement.head, via=_value("via", said["via"], lang, names)))
    return " · ".join(pieces)


def _act(statement: _Statement, lang: str, names: Names) -> str:
    """Who does what to which data."""
    action, negated, actor = statement.action, statement.negated, statement.said.get("by")
    if within(action, "attest"):
        question = action.partition(".")[2]
        return say(f"words.{'denied' if negated else 'confirmed'}", lang, question=_name(action, lang, names) or question)
    verbs = [vocabulary("actions")[term] for term in _split(action) if term in vocabulary("actions")]
    acting = action == "*" or (bool(verbs) and all("does" in term.fields for term in verbs))
    form = "does" if acting and not negated and lang != "zh" else "action"
    act = say(f"words.any_act.{form}", lang) if action == "*" else _value(form, action, lang, names)
    if negated:
        act = say("words.does_not" if acting else "words.negated", lang, action=act)
    thing = _thing(statement, verbs, lang, names)
    act = say("words.act_on", lang, act=act, what=thing) if thing else act
    if actor is None:
        return act
    return say("words.who" if acting else "words.whose", lang, actor=_value("by", actor, lang, names), act=act)


def _thing(statement: _Statement, verbs: Sequence[Term], lang: str, names: Names) -> str | None:
    """The data that is said, or what the acts are about when none is."""
    if "data" in statement.said:
        return _value("data", statement.said["data"], lang, names)
    about = [term.fields["object"]["zh" if lang == "zh" else "en"] for term in verbs if "object" in term.fields]
    return str(about[0]) if verbs and len(about) == len(verbs) else None


def _said(words: list[str], lang: str, names: Names) -> str:
    pieces = [_value("data", words.pop(0), lang, names)] if words and words[0] not in _WORDS else []
    for word, value in zip(words[::2], words[1::2], strict=True):
        pieces.append(say(f"words.{word}", lang, what=_value(word, value, lang, names)))
    return say("words.comma", lang).join(pieces)


def _own(key: str, mode: str, action: str) -> str:
    """The key of a text, or that which the mode and some acts have of their own: a count may mean sp or taps (see `actions.yml`)."""
    base = f"{key}.{mode}" if key == "words.mode" else key
    while action:
        for own in (f"{key}.{mode}.{action}", f"{key}.{action}"):
            if own in keys():
                return own
        action = action.rpartition(".")[0]
    return base


def _for_field(word: str, field: str) -> str:
    """`words.none`, or the form that the field has of its own."""
    own = f"words.{word}.{field}"
    return own if own in keys() else f"words.{word}"


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
        return say(f"words.bound.{bound}", lang, variable=_letter(variable))
    if word in ("any", "none"):
        return say(_for_field(word, field), lang)
    return term_in_words(field, word, lang, names)


def _plain(party: str) -> str:
    """The name in a party's term: a host, a company, or an SDK that the catalogue lacks."""
    for root in ("host.", "company.", "sdk.unlisted.", "program."):
        party = party.removeprefix(root)
    return party


def _letter(variable: str) -> str:
    """What a reader sees of `$x`: X."""
    return variable.removeprefix("$").upper()


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


def _permission(term: str, lang: str) -> str:
    """`permission.camera.CAMERA`, or a whole group; those outside the dangerous groups have names of their own or none."""
    _, group, *rest = term.split(".", 2)
    known = _permission_names(lang)
    if not rest:
        return say("words.permission.group", lang, group=known.get(group, group))
    title = known.get(group) or known.get(rest[0])
    if title is None:
        return say("words.permission.unnamed", lang, name=rest[0])
    return say("words.permission", lang, group=title, name=rest[0])


@cache
def _permission_names(lang: str) -> dict[str, str]:
    """The names of the permission groups, and of the permissions that stand for themselves."""
    catalog: dict[str, dict[str, dict[str, Any]]] = read_yaml(rules_folder() / "catalog" / "permissions.yml")
    rows = {**catalog["special"], **catalog["groups"]}
    return {name: str(row["zh" if lang == "zh" else "en"]) for name, row in rows.items()}
