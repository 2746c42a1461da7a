"""What several formats show alike: verdict marks, the short reason beside a clause, and what to record next."""

from collections import Counter, defaultdict
from typing import cast

from mingjian.model.citations import counted
from mingjian.model.terms import named
from mingjian.model.texts import say
from mingjian.model.types import VERDICTS, Cap, Channel, Clause, Evidence, Finding, Hit, Observation, Report, Text, Verdict
from mingjian.model.words import missing_in_words, observation_in_words

MARKS: dict[Verdict, str] = {"violated": "✗", "suspected": "!", "inconclusive": "?", "satisfied": "✓", "not_applicable": "–"}

PLACES_SHOWN = 10
"""Places of one observation that pages show."""

_ASKS_FOR_MORE = ("inputs", "policy")
"""Where the reason for what was not read says what to supply, which is more than the channel alone can say."""


def number(clause: str) -> str:
    """`3.1` of `cac-2019/3.1`."""
    return clause.rpartition("/")[2]


def verdict_name(verdict: Verdict, lang: str) -> str:
    """What a reader calls a verdict."""
    return say(f"verdict.{verdict}", lang)


def rows(report: Report) -> list[tuple[Clause, Finding]]:
    """Every clause with its finding, in the order of the report's clauses."""
    findings = {finding.clause: finding for finding in report.findings}
    return [(clause, findings[clause.id]) for clause in report.clauses]


def counts(report: Report) -> dict[Verdict, int]:
    """How many clauses came out each way, strongest verdict first; those of drafts are not counted."""
    found = Counter(finding.verdict for finding in counted(report))
    return {verdict: found[verdict] for verdict in VERDICTS}


def capped(report: Report) -> dict[Cap, list[str]]:
    """Why clauses are only suspected that the facts would call violated, with their numbers; those of drafts are told as drafts."""
    found: dict[Cap, list[str]] = {}
    for finding in counted(report):
        if finding.capped is not None:
            found.setdefault(finding.capped, []).append(number(finding.clause))
    return found


def names(report: Report) -> dict[str, Text]:
    """What a reader calls the third parties of this report, and the questions that a reviewer answered."""
    questions = [question for clause in report.clauses for question in clause.checklist]
    asked = Counter(question.id for question in questions)
    # An observation names a question by its id alone; one that several clauses use for different questions stays an id.
    known = {f"attest.{question.id}": question.text for question in questions if asked[question.id] == 1}
    return known | {actor.id: actor.name for actor in report.actors}


def evidence_of(report: Report, hit: Hit) -> list[Observation]:
    """The observations of a hit."""
    return [report.observations[index] for index in hit.observations]


def places(observation: Observation) -> tuple[tuple[Evidence, ...], int]:
    """The evidence to show of an observation, and in how many more places it was found."""
    shown = observation.evidence[:PLACES_SHOWN]
    return shown, max(observation.sites - len(shown), 0)


def reason(report: Report, finding: Finding, lang: str) -> str:
    """One line: the first hit and how many more, or what is missing. A hit without observations is a fault by absence."""
    shown = [hit for hit in finding.hits if hit.observations]
    if shown:
        words = observation_in_words(evidence_of(report, shown[0])[0], lang, names(report))
        more = len(shown) - 1
        return words + (say("report.more", lang, n=more) if more else "")
    if finding.missing:
        channels = dict.fromkeys(source_name(missing, lang) for missing in finding.missing)
        return say("report.missing", lang, what=say("list.and", lang).join(channels))
    return say("report.nothing_found", lang) if finding.hits else ""


def source_name(missing: str, lang: str) -> str:
    """The channel of a missing `api@before_consent`, without its phase; for `subject.category`, what that field is called."""
    if missing.startswith("subject."):
        return say(f"report.{missing}", lang)
    return named("channels", missing.partition("@")[0], lang)


def next_steps(report: Report, lang: str) -> list[tuple[str, list[str]]]:
    """What to supply or record, each with the numbers of the clauses that wait for it; the most useful first.

    Channels of a recording are put together by phase, for one run records them all."""
    unread = {row.channel: row.reason for row in report.coverage if row.extractor in _ASKS_FOR_MORE and row.status in ("failed", "partial")}
    waiting: defaultdict[str, dict[str, None]] = defaultdict(dict)
    channels: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for clause, finding in rows(report):
        for missing in finding.missing if finding.verdict == "inconclusive" else ():
            channel, _, phase = missing.partition("@")
            reason = unread.get(cast(Channel, channel))
            step = phase or (reason.of(lang) if reason else missing_in_words(missing, lang))
            waiting[step][number(clause.id)] = None
            if phase:
                channels[phase][named("channels", channel, lang)] = None
    for phase, names_of in channels.items():
        recorded = say("report.record", lang, phase=named("phases", phase, lang), channels=say("list.and", lang).join(names_of))
        waiting[recorded] = waiting.pop(phase)
    return sorted(((step, list(clauses)) for step, clauses in waiting.items()), key=lambda item: (-len(item[1]), item[1]))
