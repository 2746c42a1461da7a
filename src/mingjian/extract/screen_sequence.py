"""What only a row of screens tells: what came back, what was told before, where a tap led, whether the app let the user go on."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from math import inf

from mingjian.extract import sign_in
from mingjian.extract.catalogue import permission_term
from mingjian.extract.consent_screen import Box
from mingjian.extract.policy_screen import names_policy, tapped_label
from mingjian.extract.screen import Said, pattern, screen_words
from mingjian.extract.screen_kept import PHASE, kept
from mingjian.extract.screen_reading import Reading
from mingjian.extract.screen_shut import PHASE as UPDATED
from mingjian.extract.screen_shut import shut
from mingjian.extract.settings_screen import entry_of
from mingjian.extract.timeline import Phases
from mingjian.model.run import Mark
from mingjian.model.types import Evidence
from mingjian.nlp.language import simplified

_HINDERED = ("after_denial", "after_refusal", "after_update")
_REFUSED = ("after_denial", "after_refusal")
_DENIALS = ("declined", "withdrawn", "permission_denied", "item_denied")
_ANSWERS = (*_DENIALS, "accepted", "permission_granted")
_STARTS = ("launch", "foreground", "install")
_DEAD = ("withdraw", "delete", "correct", "account.cancel", "complain")
_USE = "foreground"
_POLICY = "policy"
_GENERIC = "permission"
_LOOPS = 2
_MOST_EXITS = 200
_SCREENS_OF_A_GATE = 2


@dataclass(frozen=True, slots=True)
class Sight:
    """One screen where and when it was seen. `order` sorts the sights of a session; `counts` says whether the silence of the tool that
    took it can mean something, `activity` the class of the page."""

    order: tuple[float, int, int]
    ts: float | None
    phases: Phases
    evidence: Evidence
    reading: Reading
    taps: int | None = None
    by: str = ""
    counts: bool = True
    activity: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark and where it stands."""

    mark: Mark
    phases: Phases
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Shown:
    """Something shown, in these phases, at these places."""

    said: Said
    phases: Phases
    evidence: tuple[Evidence, ...]


def shown(sights: Sequence[Sight], marks: Sequence[Marked]) -> Iterator[Shown]:
    """Everything that the sights of one session show, in the order in which they were seen; `marks`, which have times, in order of time."""
    yield from _alone(sights, marks)
    yield from _boxes(sights, marks)
    yield from _asked_again(sights, marks)
    yield from _asked_together(sights, marks)
    yield from _told_before(sights)
    yield from _policy(sights)
    yield from _dead(sights)
    yield from _exits(sights, marks)
    yield from _behind_sign_in(sights)
    yield from _gates(sights, marks)
    for number, before, after, certain in kept(sights, marks):
        said = Said("persist", number.excerpt, data=number.data, certain=certain)
        yield Shown(said, (PHASE,), (before.evidence, after.evidence))
    for page, permission, opened, closed in shut(sights, marks, _last_denied(marks, inf)):
        yield Shown(Said("block.function", page.excerpt, data=permission), (UPDATED,), (opened.evidence, closed.evidence))


def _alone(sights: Sequence[Sight], marks: Sequence[Marked]) -> Iterator[Shown]:
    """What each screen says by itself; a page that blocks is put to what was denied before it, where its words name nothing."""
    for sight in sights:
        for said in sight.reading.said:
            phases = tuple(phase for phase in sight.phases if not said.phases or phase in said.phases)
            if not phases:
                continue
            blocks = said.action == "block" and said.data is None
            yield Shown(replace(said, data=_last_denied(marks, sight.ts)) if blocks else said, phases, (sight.evidence,))


def _boxes(sights: Sequence[Sight], marks: Sequence[Marked]) -> Iterator[Shown]:
    """Boxes for consent at their first sight. A box that the user's own tap ticked is not preset."""
    seen: set[str] = set()
    before: Sight | None = None
    for sight in sights:
        for box in sight.reading.boxes:
            if box.key in seen:
                continue
            seen.add(box.key)
            preset = box.checked and not _ticked_by(sight.by, box)
            # Somebody acted where no screen was taken: it may have been a tap on the box.
            unseen = box.checked and not sight.by and any(_between(marks, before, sight, ("user_action",)))
            action = "tick.preset" if preset else "tick"
            yield Shown(Said(action, box.excerpt, certain=box.certain and not unseen), sight.phases, (sight.evidence,))
        before = sight


def _ticked_by(by: str, box: Box) -> bool:
    tapped = simplified(by)
    return bool(tapped) and (box.key in by or box.excerpt[:20] in tapped or bool(pattern("consent", "given").search(tapped)))


def _asked_again(sights: Sequence[Sight], marks: Sequence[Marked]) -> Iterator[Shown]:
    """What is asked for once more after it was refused, and what comes back each time without letting the user get anywhere else."""
    denied = _first_denials(marks)
    times: dict[str, int] = {}
    again: dict[tuple[str, str], list[Sight]] = {}
    in_a_row: dict[str, list[Sight]] = {}
    before: Sight | None = None
    for sight in sights:
        key = sight.reading.asks or sight.reading.wants
        if key is None:
            if sight.reading.kind == "app" and not any(said.action == "block" for said in sight.reading.said):
                in_a_row.clear()
        elif before is None or (before.reading.asks or before.reading.wants) != key or any(_between(marks, before, sight, _DENIALS)):
            times[key] = times.get(key, 0) + 1
            refused = times[key] > 1 or (sight.ts is not None and sight.ts >= denied.get(_group(key), inf))
            phases = [phase for phase in sight.phases if refused and phase in _refusals(key)]
            for phase in phases:
                again.setdefault((key, phase), []).append(sight)
            if not _at_once(sight, marks):
                in_a_row.pop(key, None)
            elif phases:
                in_a_row.setdefault(key, []).append(sight)
                if len(in_a_row[key]) == _LOOPS:
                    yield _loop(key, in_a_row[key])
        before = sight
    for (key, phase), found in again.items():
        once = len(found) == 1
        if once and found[0].reading.wants:
            continue  # A page that says where to turn a permission on is help.
        # On a tap of the user's: they may have gone back themselves to what needs it.
        called_for = once and bool(found[0].by)
        said = Said("ask.again", found[0].reading.words, data=_data(key), count=len(found), certain=key != _GENERIC and not called_for)
        yield Shown(said, (phase,), tuple(sight.evidence for sight in found))


def _at_once(sight: Sight, marks: Sequence[Marked]) -> bool:
    """Whether the screen came up as soon as something was denied."""
    if sight.ts is None:
        return False
    before = reversed(marks[: bisect_right(marks, sight.ts, key=_time)])
    denial = next((marked for marked in before if marked.mark.name in _DENIALS), None)
    return denial is not None and sight.ts - _time(denial) <= screen_words("times", "loop")


def _loop(key: str, found: Sequence[Sight]) -> Shown:
    last = found[-1]
    phases = tuple(phase for phase in last.phases if phase in _HINDERED)
    said = Said("block", last.reading.words, data=_data(key), certain=key != _GENERIC)
    return Shown(said, phases, tuple(sight.evidence for sight in found))


def _refusals(key: str) -> tuple[str, ...]:
    """The phases in which asking for it once more is asking after a refusal."""
    return ("after_refusal",) if key == _POLICY else _REFUSED


def _data(key: str) -> str | None:
    return None if key == _POLICY else key


def _first_denials(marks: Sequence[Marked]) -> dict[str, float]:
    """When the policy, and each group of permissions, was first denied."""
    first: dict[str, float] = {}
    for marked in marks:
        if marked.mark.name in ("declined", "withdrawn"):
            first.setdefault(_POLICY, _time(marked))
        elif marked.mark.name in _DENIALS and (data := _term(marked.mark.data)) is not None:
            first.setdefault(_group(data), _time(marked))
    return first


def _asked_together(sights: Sequence[Sight], marks: Sequence[Marked]) -> Iterator[Shown]:
    """Requests of the system for several groups, one after the other, with nothing in between."""
    run: list[Sight] = []
    certain = True
    for sight in [*sights, None]:
        apart = sight is None or sight.reading.kind != "dialog" or sight.reading.asks in (None, _GENERIC)
        if not apart and sight is not None and run:
            if any(_between(marks, run[-1], sight, ("user_action", *_STARTS, "background", "closed"))):
                apart = True
            elif not _soon(run[-1], sight, marks):
                certain = False
        if apart:
            yield from _together(run, certain=certain)
            run, certain = [], True
        if sight is not None and sight.reading.kind == "dialog" and sight.reading.asks not in (None, _GENERIC):
            run.append(sight)


def _together(run: Sequence[Sight], *, certain: bool) -> Iterator[Shown]:
    groups = dict.fromkeys(_group(sight.reading.asks or "") for sight in run)
    stated = any(said.action == "ask.together" for sight in run for said in sight.reading.said)
    if len(groups) > 1 and not stated:
        first = run[0]
        said = Said("ask.together", first.reading.words, data=first.reading.asks, count=len(groups), certain=certain)
        yield Shown(said, first.phases, tuple(sight.evidence for sight in run))


def _soon(before: Sight, sight: Sight, marks: Sequence[Marked]) -> bool:
    """Whether the second came as soon as the first was answered."""
    if before.ts is None or sight.ts is None:
        return False
    answered = [marked.mark.ts or 0.0 for marked in _between(marks, before, sight, _ANSWERS)]
    return bool(sight.ts - max([before.ts, *answered]) <= screen_words("times", "together"))


def _told_before(sights: Sequence[Sight]) -> Iterator[Shown]:
    """Purposes that the app told on the screen before a request of the system, or beside it. What still stands there when the request is
    gone, stood beside it perhaps: most trees hold the window in front alone."""
    told: dict[str, str] = {}
    where: Sight | None = None
    for at, sight in enumerate(sights):
        reading = sight.reading
        if reading.kind == "app":
            told, where = reading.purposes, sight
        elif reading.kind != "dialog":
            told, where = {}, None
        elif reading.asks not in (None, _GENERIC):
            group = _group(reading.asks or "")
            after = sights[at + 1] if at + 1 < len(sights) else None
            if group in reading.purposes:
                yield Shown(Said("prompt.purpose", reading.purposes[group], data=reading.asks), sight.phases, (sight.evidence,))
            elif group in told and where is not None:
                # A first prompt that speaks of everything at once is hardly told when it is asked for.
                said = Said("prompt.purpose", told[group], data=reading.asks, certain=where.reading.asks is None)
                yield Shown(said, sight.phases, (replace(where.evidence, excerpt=told[group]), sight.evidence))
            elif after is not None and after.reading.kind == "app" and group in after.reading.purposes:
                said = Said("prompt.purpose", after.reading.purposes[group], data=reading.asks, certain=False)
                yield Shown(said, sight.phases, (sight.evidence, after.evidence))


def _policy(sights: Sequence[Sight]) -> Iterator[Shown]:
    """The text of the policy, with the fewest taps that led to it in each phase; what is the policy perhaps, where nothing certainly is.
    A browser's page counts where the app led to it."""
    nearest: dict[str, list[Sight]] = {}
    before: Sight | None = None
    for sight in sights:
        led = sight.reading.kind == "app" or (before is not None and before.reading.kind in ("app", "browser"))
        if sight.reading.policy and led:
            for phase in sight.phases:
                nearest.setdefault(phase, []).append(sight)
            for said in sight.reading.policy[1:]:
                yield Shown(said, sight.phases, (sight.evidence,))
        before = sight
    for phase, every in nearest.items():
        found = [sight for sight in every if sight.reading.policy[0].certain] or every
        counted = [sight for sight in found if sight.taps is not None]
        taps = min((sight.taps or 0 for sight in counted), default=None)
        places = tuple(sight.evidence for sight in (counted or found) if sight.taps == taps)
        said = replace(found[0].reading.policy[0], count=taps)
        yield Shown(said, (phase,), places)
        if taps is not None and taps > screen_words("policy", "most_taps"):
            yield Shown(replace(said, action="link.policy.far"), (phase,), places)


def _dead(sights: Sequence[Sight]) -> Iterator[Shown]:
    """Taps on a function or on the policy that led to a failure, or, uncertain, to nothing."""
    before: Sight | None = None
    for sight in sights:
        action = _tapped(sight.by)
        if action is not None and not sight.reading.opaque and not sight.reading.policy:
            if sight.reading.failure is not None:
                yield Shown(Said(action, f"{sight.by}: {sight.reading.failure}"), sight.phases, (sight.evidence,))
            elif before is not None and before.reading.kind == "app" and before.reading.signature == sight.reading.signature:
                yield Shown(Said(action, sight.by, certain=False), sight.phases, (before.evidence, sight.evidence))
        before = sight


def _tapped(by: str) -> str | None:
    """The statement that the tap would make if it led nowhere."""
    if names_policy(by):
        return "link.policy.dead"
    action, certain = entry_of(tapped_label(by))
    return f"{action}.dead" if action in _DEAD and certain else None


def _exits(sights: Sequence[Sight], marks: Sequence[Marked]) -> Iterator[Shown]:
    """The app closed by itself soon after a refusal, and nothing of it was on screen until it was started again."""
    ended = (at for at, marked in enumerate(marks) if marked.mark.name == "closed" and marked.mark.by in ("system", "ui"))
    for at in islice(ended, _MOST_EXITS):
        marked = marks[at]
        closed = marked.mark.ts or 0.0
        denial = next((each for each in reversed(marks[:at]) if each.mark.name in (*_DENIALS, *_STARTS, "accepted")), None)
        if denial is None or denial.mark.name not in _DENIALS or closed - (denial.mark.ts or 0.0) > screen_words("times", "exit"):
            continue
        started = next((each.mark.ts for each in marks[at + 1 :] if each.mark.name in _STARTS), None)
        alive = any(
            sight.reading.kind == "app" and sight.ts is not None and sight.ts > closed and (started is None or sight.ts < started)
            for sight in sights
        )
        phases = tuple(phase for phase in marked.phases if phase in _HINDERED)
        if phases and not alive:
            # Somebody may have tapped on a way out.
            tapped = any(each.mark.name == "user_action" for each in marks[marks.index(denial) : at])
            said = Said("block", "", data=_term(denial.mark.data), certain=not tapped)
            yield Shown(said, phases, (denial.evidence, marked.evidence))


def _behind_sign_in(sights: Sequence[Sight]) -> Iterator[Shown]:
    """What an account offers, which nobody can have seen who did not sign in, is there perhaps."""
    used = [sight for sight in sights if _USE in sight.phases]
    door = next((sight for sight in used if sight.reading.signed_in is False), None)
    if door is None or any(sight.reading.signed_in for sight in used):
        return
    for action in screen_words("entries", "behind_account"):
        yield Shown(Said(action, door.reading.heading, certain=False), (_USE,), (door.evidence,))


def _gates(sights: Sequence[Sight], marks: Sequence[Marked]) -> Iterator[Shown]:
    """A page to sign in before which nothing of the app was to be used. It is a gate for sure where it came up again after the user did
    something else, and no other page of somebody who had not signed in was ever seen. One page alone says nothing of the next."""
    used = [sight for sight in sights if any(phase in sign_in.PHASES for phase in sight.phases) and _can_be_used(sight.reading)]
    if len(used) < _SCREENS_OF_A_GATE or used[0].reading.gate is None:
        return
    gates = [sight for sight in used if sight.reading.gate is not None]
    past = [sight for sight in used if sight.reading.gate is None]
    signed_in = next((sight.order for sight in used if sight.reading.signed_in), None)
    tried = any(any(_between(marks, before, after, ("user_action", *_STARTS))) for before, after in pairwise(gates))
    first = gates[0]
    alone = not past or (signed_in is not None and all(sight.order > gates[-1].order for sight in past))
    for phase in (phase for phase in first.phases if phase in sign_in.PHASES):
        said = first.reading.gate
        if said is not None:
            certain = said.certain and tried and alone and all(sight.counts for sight in gates)
            yield Shown(replace(said, certain=certain), (phase,), tuple(sight.evidence for sight in gates))


def _can_be_used(reading: Reading) -> bool:
    """Whether it is a page of the app, and neither its prompt nor its policy, nor one that is only shown while it starts."""
    return reading.kind == "app" and reading.asks is None and not reading.policy and not reading.idle and not reading.opaque


def _last_denied(marks: Sequence[Marked], ts: float | None) -> str | None:
    if ts is None:
        return None
    before = reversed(marks[: bisect_right(marks, ts, key=_time)])
    denied = next((each.mark for each in before if each.mark.name in ("permission_denied", "item_denied")), None)
    return _term(denied.data) if denied is not None else None


def _between(marks: Sequence[Marked], before: Sight | None, sight: Sight, names: tuple[str, ...]) -> Iterator[Marked]:
    """The marks of these names between two sights, from the beginning on where there is no earlier one."""
    if sight.ts is None or (before is not None and before.ts is None):
        return
    begin = before.ts if before is not None and before.ts is not None else float("-inf")
    first, last = (bisect_right(marks, ts, key=_time) for ts in (begin, sight.ts))
    yield from (marked for marked in marks[first:last] if marked.mark.name in names)


def _time(marked: Marked) -> float:
    return marked.mark.ts or 0.0


def _group(data: str) -> str:
    return ".".join(data.split(".")[:2])


def _term(data: str | None) -> str | None:
    """The data term of what a mark says was denied; none for what is no term."""
    if not data:
        return None
    if data.startswith("permission."):
        return data
    return permission_term(data) if "." in data else None
