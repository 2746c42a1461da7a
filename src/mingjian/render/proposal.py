"""What a report says of an app type that the program proposed."""

from mingjian.model.printable import printable
from mingjian.model.terms import vocabulary
from mingjian.model.texts import in_both
from mingjian.model.types import Ground, Proposal, Subject, Text


def proposal(subject: Subject) -> tuple[Text, ...]:
    """What is proposed and why, with the way to confirm it on the command line."""
    lines = proposed(subject)
    if lines and subject.proposed and subject.proposed.category is not None:
        return (*lines, in_both("proposal.confirm", id=printable(subject.proposed.category)))
    return lines


def proposed(subject: Subject) -> tuple[Text, ...]:
    """Line by line what is proposed and why; nothing where no proposal was asked for or a person has named the type."""
    told = subject.proposed
    if told is None or subject.category is not None:
        return ()
    first = in_both(f"proposal.{told.outcome}") if told.category is None else in_both("proposal.proposed", type=_named(told.category))
    return (first, *_because(told), *_second(told))


def _second(told: Proposal) -> tuple[Text, ...]:
    if told.second is None:
        return ()
    return (in_both("proposal.second", type=in_both("proposal.of_none") if told.second == "none" else _named(told.second)),)


def _named(category: str) -> Text:
    known = vocabulary("categories").get(category)
    return known.name if known else Text(category, category)


def _because(told: Proposal) -> tuple[Text, ...]:
    if not told.grounds:
        return ()
    grounds = [_ground(each) for each in told.grounds]
    listed = Text("；".join(each.zh for each in grounds), "; ".join(each.en for each in grounds))
    return (in_both("proposal.because", grounds=listed),)


def _ground(ground: Ground) -> Text:
    words = Text("、".join(ground.words), ", ".join(ground.words))
    return in_both("proposal.ground", source=in_both(f"proposal.ground.{ground.source}"), words=words)
