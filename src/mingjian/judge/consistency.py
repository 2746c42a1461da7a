"""What the app does held against what its policy says, act by act."""

from collections.abc import Iterator, Sequence

from mingjian.model.terms import IDENTIFYING, within
from mingjian.model.types import UNKNOWN, Agreement, Comparison, Coverage, Observation

_HANDLING = ("collect", "use", "share")


def compare_with_policy(observations: Sequence[Observation], coverage: Sequence[Coverage]) -> tuple[Comparison, ...]:
    """One comparison for each act on identifying data and each embedded SDK, and one for each denial that the policy itself contradicts.

    Without a policy there is nothing to compare. What a policy that was read in part leaves out is not called omitted."""
    status = {row.status for row in coverage if row.channel == "policy" and row.status != "absent"}
    if not status & {"complete", "partial"}:
        return ()
    claims = _Claims(observations)
    whole = status == {"complete"}
    found = [claims.held_against(index, act) for index, act in enumerate(observations) if _is_act(act)]
    found += claims.denials()
    return tuple(each for each in found if whole or each.agreement != "omitted")


def _is_act(observation: Observation) -> bool:
    if observation.mode not in ("declared", "possible", "observed") or observation.actor in (None, UNKNOWN) or not observation.certain:
        return False
    if within(observation.action, "embed"):
        return within(observation.actor, "sdk")
    # What a policy says of sharing may not speak of a receiver that is not known to be a third party.
    to = observation.recipient
    if within(observation.action, "share") and (to == UNKNOWN or within(to, "operator") or within(to, "host")):
        return False
    return any(within(observation.action, action) for action in ("collect", "share")) and within(observation.data, IDENTIFYING)


class _Claims:
    """The policy's claims, apart by what a comparison asks of them; each with its index in the report."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        claimed = [(index, each) for index, each in enumerate(observations) if each.mode == "claimed"]
        handled = [(index, each) for index, each in claimed if any(within(each.action, action) for action in _HANDLING)]
        self._embedded = [(index, each) for index, each in claimed if within(each.actor, "sdk") or each.actor == UNKNOWN]
        self._told = [(index, each) for index, each in handled if not each.negated]
        self._denied = [(index, each) for index, each in handled if each.negated and each.certain and each.data is not None]

    def held_against(self, index: int, act: Observation) -> Comparison:
        """How the policy speaks of one act."""
        if within(act.action, "embed"):
            return _of(index, self._named(act))
        denied = [number for number, each in self._denied if _denies(each, act)]
        if denied:
            return Comparison(index, "contradicted", tuple(denied))
        return _of(index, self._spoken_of(act))

    def denials(self) -> Iterator[Comparison]:
        """Denials that another sentence of the same policy contradicts."""
        for index, denial in self._denied:
            if denial.purpose is not None or denial.phase is not None or not within(denial.action, "collect"):
                continue
            against = [
                number
                for number, each in self._told
                if each.certain and within(each.action, "collect") and each.actor == denial.actor and within(each.data, str(denial.data))
            ]
            if against:
                yield Comparison(index, "contradicted", tuple(against))

    def _named(self, act: Observation) -> Iterator[tuple[Agreement, int]]:
        for index, each in self._embedded:
            if each.actor == act.actor:
                yield ("clear" if each.certain else "vague"), index
            elif each.actor == UNKNOWN:
                yield "vague", index

    def _spoken_of(self, act: Observation) -> Iterator[tuple[Agreement, int]]:
        for index, each in self._told:
            if each.data is None or not (within(act.data, each.data) or within(each.data, str(act.data))):
                continue
            if not each.certain or not within(each.data, str(act.data)):
                yield "vague", index
            elif not _same_party(each, act):
                yield "other_party", index
            elif act.purpose is not None and each.purpose is not None and not within(act.purpose, each.purpose):
                yield "other_purpose", index
            else:
                yield "clear", index


_BEST_FIRST: tuple[Agreement, ...] = ("clear", "other_purpose", "other_party", "vague")


def _of(act: int, spoken: Iterator[tuple[Agreement, int]]) -> Comparison:
    """The best that any sentence says of the act, with all sentences that say as much."""
    by_agreement: dict[Agreement, list[int]] = {}
    for agreement, index in spoken:
        by_agreement.setdefault(agreement, []).append(index)
    for agreement in _BEST_FIRST:
        if agreement in by_agreement:
            return Comparison(act, agreement, tuple(by_agreement[agreement]))
    return Comparison(act, "omitted")


def _denies(denial: Observation, act: Observation) -> bool:
    """Whether the sentence rules the act out. What is said of one third party, as who acts or who receives, says nothing of another."""
    if within(denial.actor, "sdk") and denial.actor != act.actor:
        return False
    if denial.recipient is not None and not within(act.recipient, denial.recipient):
        return False
    same_act = within(act.action, denial.action) or (within(denial.action, "collect") and within(act.action, "share"))
    return same_act and denial.purpose is None and denial.phase in (None, act.phase) and within(act.data, str(denial.data))


def _same_party(claim: Observation, act: Observation) -> bool:
    """Whether the sentence speaks of who acts and, where it names recipients, of who receives."""
    if act.recipient is not None and within(claim.action, "share"):
        return claim.recipient is None or within(act.recipient, claim.recipient) or claim.actor == act.actor != "app"
    return claim.actor == act.actor or (within(claim.action, "share") and claim.recipient == act.actor)
