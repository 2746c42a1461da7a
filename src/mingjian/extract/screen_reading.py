"""Everything that one screen says by itself. What only its neighbours tell is found by `screen_sequence`."""

from dataclasses import dataclass, field
from typing import Literal

from mingjian.extract import consent_screen, forms, permission_dialog, policy_screen, settings_screen, sign_in
from mingjian.extract.consent_screen import Box
from mingjian.extract.screen import Said, Screen, screen_words
from mingjian.extract.screen_kept import Number, numbers
from mingjian.model.run import Ui

Kind = Literal["app", "dialog", "browser", "other"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One screen as far as it was understood. `asks` names what it asks for, the same each time it comes back: a permission, or `policy`;
    `wants` the group of permissions that a page of the app itself asks to be turned on.
    `policy` are the words by which the text of the policy is known; `purposes` the groups of permissions whose purpose it tells;
    `signed_in` whether it is a screen of somebody who signed in, where it tells; `gate` that there is nothing to do on it but to sign in;
    `idle` that nothing can be done on it; `numbers` what a server gave to orders and accounts."""

    kind: Kind
    signature: bytes
    heading: str
    said: tuple[Said, ...] = ()
    boxes: tuple[Box, ...] = ()
    asks: str | None = None
    wants: str | None = None
    words: str = ""
    policy: tuple[Said, ...] = ()
    purposes: dict[str, str] = field(default_factory=dict)
    failure: str | None = None
    opaque: bool = False
    signed_in: bool | None = None
    gate: Said | None = None
    idle: bool = False
    numbers: tuple[Number, ...] = ()


def read_screen(ui: Ui, package: str, switches: frozenset[str] = frozenset()) -> Reading:
    """What a screen says that was taken while `package` (empty: not known which) was inspected; `switches` as in `Known`."""
    if not ui.nodes:
        return Reading("app" if (ui.package or package) == package else "other", b"", "", opaque=True)
    theirs, system, browser = _whose(ui, package)
    if system:
        dialog = permission_dialog.dialog_on(Screen(ui, system))
        if dialog is not None:
            screen = Screen(ui, system)
            return Reading(
                "dialog",
                screen.signature(),
                screen.heading,
                tuple(permission_dialog.of_dialog(dialog)),
                asks=dialog.data,
                words=dialog.message.excerpt,
                purposes=permission_dialog.told_purposes(Screen(ui, theirs)) if theirs else {},
            )
    if theirs:
        return _of_app(ui, Screen(ui, theirs), switches)
    screen = Screen(ui, browser or range(len(ui.nodes)))
    if browser:
        return _of_browser(screen, ui)
    return Reading("other", screen.signature(), screen.heading)


def _whose(ui: Ui, package: str) -> tuple[list[int], list[int], list[int]]:
    """The elements of the app, of the system's dialogs, and of a browser."""
    permission, browsers = _packages("permission"), _packages("browser")
    theirs: list[int] = []
    system: list[int] = []
    browser: list[int] = []
    for index, node in enumerate(ui.nodes):
        owner = node.package or ui.package or ""
        if owner in permission:
            system.append(index)
        elif owner in browsers and owner != package:
            browser.append(index)
        elif owner == package or not owner or not (package or owner.endswith(tuple(screen_words("packages", "others")))):
            theirs.append(index)
    return theirs, system, browser


def _packages(kind: str) -> frozenset[str]:
    return frozenset(screen_words("packages", kind))


def _of_app(ui: Ui, screen: Screen, switches: frozenset[str]) -> Reading:
    prompt = consent_screen.prompt_on(screen)
    boxes = consent_screen.consent_boxes(screen)
    rules = policy_screen.policy_text(screen, ui.by, asked=prompt is not None)
    said: list[Said] = []
    policy = (rules, *policy_screen.languages(screen, rules)) if rules is not None else ()
    fault = policy_screen.dead(screen) if rules is None else None
    if fault is not None:
        said.append(Said("link.policy.dead", f"{screen.heading}: {fault.excerpt}"))
    if prompt is not None:
        said.extend(consent_screen.of_prompt(prompt, screen))
    if rules is None and fault is None:
        said.extend(policy_screen.links(screen))
        implied = tuple(consent_screen.implied(screen, prompt, boxes))
        said.extend(implied)
        said.extend(consent_screen.perhaps_prompt(screen) if prompt is None and not boxes and not implied else ())
        said.extend((*settings_screen.entries(screen), *consent_screen.told_change(screen)) if prompt is None else ())
        said.extend(settings_screen.targeting(screen, switches))
        said.extend(settings_screen.conditions(screen))
        said.extend(settings_screen.blocked(screen))
        said.extend(settings_screen.enticements(screen))
        said.extend(permission_dialog.opened_at_once(screen))
        said.extend(forms.asked(screen))
    said.extend(policy_screen.legibility(screen, ui, whole=rules is not None))
    failure = policy_screen.failure(screen)
    return Reading(
        "app",
        screen.signature(),
        screen.heading,
        _without_doubles(said),
        boxes,
        asks="policy" if prompt is not None else None,
        wants=permission_dialog.wanted(screen) if rules is None and prompt is None else None,
        words=prompt.text.excerpt if prompt is not None else "",
        policy=policy,
        purposes=permission_dialog.told_purposes(screen) if rules is None else {},
        failure=failure.excerpt if failure is not None else None,
        opaque=ui.opaque or (not (screen.elements or screen.fields) and _waits(ui)),
        signed_in=settings_screen.signed_in(screen),
        gate=sign_in.gate_on(screen) if rules is None else None,
        idle=screen.idle,
        numbers=numbers(screen) if rules is None else (),
    )


def _waits(ui: Ui) -> bool:
    """Whether the screen has something to tap: one without words then asks something that only its picture tells."""
    return any(node.clickable for node in ui.nodes)


def _of_browser(screen: Screen, ui: Ui) -> Reading:
    rules = policy_screen.policy_text(screen, ui.by, asked=False)
    policy = (rules, *policy_screen.languages(screen, rules)) if rules is not None else ()
    failure = policy_screen.failure(screen)
    return Reading(
        "browser",
        screen.signature(),
        screen.heading,
        policy=policy,
        failure=failure.excerpt if failure is not None else None,
        opaque=ui.opaque,
    )


def _without_doubles(said: list[Said]) -> tuple[Said, ...]:
    """Each statement once; what is uncertain not beside the same that is certain."""
    sure = {(each.action, each.data) for each in said if each.certain}
    kept: dict[tuple[object, ...], Said] = {}
    for each in said:
        if each.certain or (each.action, each.data) not in sure:
            kept.setdefault((each.action, each.data, each.certain, each.count), each)
    return tuple(kept.values())
