"""Dialogs in which the system asks for a permission, and what an app says of the permissions it is about to ask for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from mingjian.extract.screen import Element, Said, Screen, pattern, screen_words
from mingjian.nlp.permissions import permissions

_FINE = "permission.location.ACCESS_FINE_LOCATION"
_COARSE = "permission.location.ACCESS_COARSE_LOCATION"
_GENERIC = "permission"
_MOST_GROUPS = 30
_LONGEST_DIALOG = 400
_BUTTONS = range(2, 5)


@dataclass(frozen=True, slots=True)
class Dialog:
    """A request of the system. `data` is the permission, its group where the words name no more, `permission` where they are not known;
    `of` how many requests come one after another, where the dialog says so."""

    data: str
    message: Element
    purpose: Element | None
    of: int | None


def dialog_on(screen: Screen) -> Dialog | None:
    """The request on the system's part of a screen; none for its settings, where the answers are choices and no buttons."""
    answers = [each for each in screen.elements if each.label and not each.node.checkable and not each.node.cls.endswith("RadioButton")]
    allow = next((each for each in answers if pattern("permission_dialog", "allow").fullmatch(each.label)), None)
    deny = next((each for each in answers if pattern("permission_dialog", "deny").fullmatch(each.label)), None)
    if allow is None or deny is None:
        return None
    said = [each for each in screen.elements if each.index < min(allow.index, deny.index) and not each.node.checkable]
    if not said:
        return None
    asked = next(((each, data) for each in said if (data := _asked_for(each.words)) is not None), None)
    message, data = asked if asked is not None else (said[0], _GENERIC)
    if data == "permission.location":
        data = _location(screen, message)
    purpose = next((each for each in said if each is not message and pattern("permission_dialog", "purpose").search(each.words)), None)
    return Dialog(data, message, purpose, _of(screen))


def _asked_for(words: str) -> str | None:
    quoted = pattern("permission_dialog", "app_name")
    plain = quoted.sub(" ", words) if quoted.search(words) else pattern("permission_dialog", "app_name_bare").sub(" ", words)
    return next((data for data, asked in _kinds() if asked.search(plain)), None)


def _location(screen: Screen, message: Element) -> str:
    if pattern("permission_dialog", "rough").search(message.words):
        return _COARSE
    choice = any(pattern("permission_dialog", "precise").fullmatch(each.label) for each in screen.elements)
    return _FINE if choice else "permission.location"


def _of(screen: Screen) -> int | None:
    for each in screen.elements:
        match = pattern("permission_dialog", "of").search(each.words) if len(each.words) <= _MOST_GROUPS else None
        if match is not None:
            count = int(next(group for group in match.groups() if group))
            return count if 2 <= count <= _MOST_GROUPS else None
    return None


def of_dialog(dialog: Dialog) -> Iterator[Said]:
    """What the dialog by itself shows."""
    yield Said("ask", dialog.message.excerpt, data=dialog.data, certain=dialog.data != _GENERIC)
    if dialog.of is not None:
        yield Said("ask.together", dialog.message.excerpt, data=dialog.data, count=dialog.of)
    if dialog.purpose is not None:
        yield Said("prompt.purpose", dialog.purpose.excerpt, data=dialog.data)


def wanted(screen: Screen) -> str | None:
    """The group of permissions that a small page of the app itself asks to be turned on, with a button that leads there and another one."""
    if screen.length > _LONGEST_DIALOG or screen.button(pattern("buttons", "turn_on"), tappable=True) is None:
        return None
    if sum(each.tappable for each in screen.elements) not in _BUTTONS:
        return None
    told = (each for each in screen.elements if not each.tappable and pattern("permission_dialog", "turned_on").search(each.words))
    return next((group for each in told for group in permissions(each.words)), None)


def told_purposes(screen: Screen) -> dict[str, str]:
    """The groups of permissions (`permission.camera`) whose purpose a screen of the app tells, each with the words that tell it."""
    told: dict[str, str] = {}
    purpose = pattern("permission_dialog", "purpose")
    for each in screen.elements:
        if purpose.search(each.words):
            for group in permissions(each.words):
                told.setdefault(group, each.excerpt)
    reason = screen.find(purpose)
    if screen.length <= _LONGEST_DIALOG and reason is not None:
        # On a small page the heading names the permission and the text below tells what for.
        for each in screen.elements:
            for group in permissions(each.words):
                told.setdefault(group, reason.excerpt)
    return told


def opened_at_once(screen: Screen) -> Iterator[Said]:
    """Several groups that one page of the app lists, to be opened by one button."""
    button = screen.button(pattern("buttons", "open_all"))
    if button is None:
        return
    groups = dict.fromkeys(group for each in screen.elements if each is not button for group in permissions(each.words))
    if len(groups) > 1:
        yield Said("ask.together", button.excerpt, data=next(iter(groups)), count=len(groups))


@cache
def _kinds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["data"], re.compile(row["words"], re.I)) for row in screen_words("permission_dialog", "words"))
