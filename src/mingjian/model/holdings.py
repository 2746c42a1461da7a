"""What observations hold by name: permissions, third-party code, data, what the policy states; for comparing two versions of one app."""

from collections.abc import Callable, Sequence

from mingjian.model.line import format_line
from mingjian.model.terms import PERSONAL, within
from mingjian.model.types import Observation

Held = dict[str, int]
"""The index of the last observation that states it, by name."""

_MEASURED = ("publish.rules", "publish.obscure")
"""What is measured of a policy is no statement: it changes with every edit."""
_COMPARED = ("change.add", "change.rules.compared")
"""What an earlier comparison found is no holding of the version itself."""


def permissions(observations: Sequence[Observation]) -> Held:
    """Declared permissions by term."""
    return _by(observations, lambda item: item.data if within(item.action, "declare") and within(item.data, "permission") else None)


def embedded(observations: Sequence[Observation]) -> Held:
    """Third-party code by actor."""
    return _by(observations, lambda item: item.actor if within(item.action, "embed") else None)


def collected(observations: Sequence[Observation]) -> Held:
    """Data that the code could collect, or that was seen to be collected, by term."""
    return _by(observations, _collected)


def claimed(observations: Sequence[Observation]) -> Held:
    """What the policy states, by line."""
    return _by(observations, lambda item: format_line(item) if item.mode == "claimed" and item.action not in _MEASURED else None)


def _collected(item: Observation) -> str | None:
    acts = within(item.action, "collect") and item.mode in ("possible", "observed")
    return item.data if acts and within(item.data, PERSONAL) else None


def _by(observations: Sequence[Observation], name: Callable[[Observation], str | None]) -> Held:
    named = ((name(item), index) for index, item in enumerate(observations) if item.action not in _COMPARED)
    return {found: index for found, index in named if found is not None}
