"""Code against recordings: what the package could do and no run did is what to exercise next; what a run did has its place in code."""

from collections.abc import Sequence

from mingjian.model.terms import IDENTIFYING, within
from mingjian.model.types import Coverage, Observation

_TRIED = "attempt"
_COLLECTED = "collect"


def unexercised(observations: Sequence[Observation], coverage: Sequence[Coverage] = ()) -> tuple[Observation, ...]:
    """The acts of code on identifying data that no run observed or saw tried: the same action and data by the same actor. Without any
    recording of calls there is nothing to compare with, and nothing is returned. In the order given."""
    if not any(row.channel == "api" and row.status in ("complete", "partial") for row in coverage) and not any(
        map(_is_recorded, observations)
    ):
        return ()
    done = {_act(each) for each in observations if _is_recorded(each)}
    return tuple(
        each for each in observations if _could(each) and each.certain and within(each.data, IDENTIFYING) and _act(each) not in done
    )


def sites_of(observed: Observation, observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """The observations of code whose places can do what a run observed: the same action and data by the same actor."""
    return tuple(each for each in observations if _could(each) and _act(each) == _act(observed))


def _act(observation: Observation) -> tuple[str, str | None, str | None]:
    # A call that was refused or came back empty has run as well.
    action = _COLLECTED if observation.action == _TRIED else observation.action
    return action, observation.data, observation.actor


def _could(observation: Observation) -> bool:
    return observation.mode == "possible" and observation.channel == "code" and not observation.negated


def _is_recorded(observation: Observation) -> bool:
    return observation.mode == "observed" and observation.channel == "api"
