"""The differences between two reports, for a terminal or as JSON."""

import json
from collections.abc import Iterator

from mingjian.model.citations import pack_of
from mingjian.model.codec import encode
from mingjian.model.printable import printable, printable_json
from mingjian.model.texts import say
from mingjian.model.types import Change, Changes, Subject
from mingjian.model.words import observation_in_words
from mingjian.render.outline import number, verdict_name

KINDS = ("finding", "permission", "sdk", "data", "statement")
"""The kinds of changes in the order in which they are shown."""

_QUOTED = 200
"""How many characters of a sentence are shown."""

_SIGNS = {"new": "+", "gone": "-", "persisting": "="}


def render_json(changes: Changes) -> bytes:
    """The changes as one JSON document."""
    return (printable_json(json.dumps(encode(changes), ensure_ascii=False, indent=1)) + "\n").encode()


def render_text(changes: Changes, lang: str) -> bytes:
    """One line a change, under a heading for each kind."""
    old, new = changes.old, changes.new
    lines = [say("diff.heading", lang, old=_title(old), new=_title(new))]
    if (old.platform, old.package) != (new.platform, new.package):
        lines.append(say("diff.other_app", lang, old=old.package, new=new.package))
    for place, words in ((1, "diff.judged_later"), (2, "diff.judged_before")):
        # A clause that one report was not judged by is neither new nor mended.
        if packs := dict.fromkeys(pack_of(row[0]) for row in changes.verdicts if row[place] == "-"):
            lines.append(say(words, lang, packs=", ".join(packs)))
    if changes.verdicts:
        lines += ["", say("diff.verdicts", lang)]
        lines += [
            f"  {_name(changes, clause)}: {_verdict(before, lang)} → {_verdict(after, lang)}" for clause, before, after in changes.verdicts
        ]
    for what in KINDS:
        of_kind = [change for change in changes.changes if change.what == what]
        if of_kind:
            lines += ["", say(f"diff.{what}", lang)]
            lines += [line for change in of_kind for line in _lines(change, lang, _several(changes))]
    if not changes.verdicts and not changes.changes:
        lines += ["", say("diff.none", lang)]
    return ("\n".join(map(printable, lines)) + "\n").encode()


def _verdict(name: str, lang: str) -> str:
    return verdict_name(name, lang) if name != "-" else "–"  # type: ignore[arg-type]


def _several(changes: Changes) -> bool:
    """Whether the clauses are of several packs, so that a number alone does not name one."""
    named = [row[0] for row in changes.verdicts] + [change.clause for change in changes.changes if change.clause]
    return len({pack_of(clause) for clause in named}) > 1


def _name(changes: Changes, clause: str) -> str:
    return clause if _several(changes) else number(clause)


def _title(subject: Subject) -> str:
    """What stands over a comparison; a policy without its package has only a name."""
    return f"{subject.package} {subject.version}" if subject.package else subject.label


def _lines(change: Change, lang: str, whole: bool) -> Iterator[str]:
    yield f"  {_SIGNS[change.state]} {say(f'diff.{change.state}', lang)}  {change_in_words(change, lang, whole)}"
    if change.what == "statement" and change.observation and change.observation.evidence:
        yield f"      “{change.observation.evidence[0].excerpt[:_QUOTED]}”"


def change_in_words(change: Change, lang: str, whole: bool = False) -> str:
    """What changed, without whether it is new or gone; `whole`, with the whole id of the clause and not its number alone."""
    words = observation_in_words(change.observation, lang) if change.observation else change.name
    return f"{change.clause if whole else number(change.clause)} {words}" if change.clause else words
