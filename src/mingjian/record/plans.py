"""The plans of a recording: which steps, in which order (walk.yml), and what each does and takes down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mingjian.model.shipped import catalog
from mingjian.record.device import Device
from mingjian.record.hand import Hand
from mingjian.record.hooking import Hooking
from mingjian.record.journal import Journal, Moment
from mingjian.record.prompts import answer_button, asked_for, box, button, is_prompt, is_system_question
from mingjian.record.screen import Eye, Screen, spoken, words_of
from mingjian.record.walk import Walk

PLANS: tuple[str, ...] = tuple(catalog("walk")["plans"])

_LAYERS = 3
"""Prompts in a row that are answered in the same sense."""
_QUESTIONS = 12
"""Questions of the system in a row that are answered."""
_OURS = ("bound", "depth", "unreachable", "long_list", "not_in_front")
"""What a walk loses by itself; that a screen showed nothing was told when it was seen."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a plan is played with."""

    device: Device
    hand: Hand
    eye: Eye
    journal: Journal
    hooking: Hooking
    package_file: Path
    older_file: Path | None = None


class Play:
    """One plan, played once."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._hand = stage.hand
        self._journal = stage.journal
        self._timing = stage.journal.timing
        self._screen = Screen()
        self._answer: Literal["grant", "deny"] = "deny"
        self._question: tuple[object, ...] | None = None
        self._prompted = False
        self._steps: dict[str, Callable[[], None]] = {
            "install": lambda: self._install(stage.package_file),
            "install_older": lambda: self._install(stage.older_file or stage.package_file),
            "upgrade": self._upgrade,
            "launch": self._launch,
            "relaunch": self._launch,
            "await_prompt": self._await_prompt,
            "accept": self._accept,
            "decline": self._decline,
            "answer_granting": lambda: self._answering("grant"),
            "answer_denying": lambda: self._answering("deny"),
            "walk": self._walk,
            "home": self._home,
            "close": self._close,
            "watch_refusal": lambda: self._watch("after_refusal"),
            "watch_foreground": lambda: self._watch("foreground"),
            "watch_denial": lambda: self._watch("after_denial"),
            "watch_update": lambda: self._watch("after_update"),
            "watch_background": lambda: self._pass("background"),
            "watch_closed": lambda: self._pass("closed"),
        }

    def steps(self, plan: str) -> Iterator[Callable[[], None]]:
        """The steps of a plan, to be done one after the other."""
        names = catalog("walk")["plans"][plan]
        self._answer = "grant" if "answer_granting" in names else "deny"
        return (self._steps[name] for name in names)

    def _install(self, package: Path) -> None:
        self._stage.device.install(package)
        self._journal.mark("install")

    def _upgrade(self) -> None:
        begin = self._timing.now()
        self._stage.device.install(self._stage.package_file)
        # The old version may have run until the last moment, the new one cannot have run before it.
        end = self._timing.now()
        self._journal.mark("update", Moment(end, end + (end - begin)))

    def _launch(self) -> None:
        self._journal.mark("launch", self._stage.hooking.start(self._hand))
        self._look("launch")

    def _home(self) -> None:
        self._stage.hooking.unwatched(self._stage.device, self._hand.package)
        self._during("background", self._hand.home)

    def _close(self) -> None:
        self._stage.hooking.unwatched(self._stage.device, self._hand.package)
        self._during("closed", self._end)

    def _end(self) -> None:
        # What the agent saw has to arrive before its process ends.
        self._stage.hooking.stop()
        self._hand.stop()

    def _await_prompt(self) -> None:
        """Waits without any tap, whether a prompt comes early, late or never."""
        self._watch("before_consent")
        if is_system_question(self._screen):
            # What the system asks before the app does hides the app's own prompt.
            self._answering(self._answer)
            self._watch("before_consent")
        if not self._prompted:
            self._journal.note("record.note.no_prompt", seconds=round(_seconds("before_consent")))

    def _accept(self) -> None:
        for _ in range(_LAYERS):
            if not is_prompt(self._screen, self._hand.package):
                return
            agree = button(self._screen.nodes, "accept")
            if agree is None:
                self._go_on_without_consent()
                return
            prompt = self._screen
            when = self._tap(agree)
            if _same(prompt, self._screen) and (unticked := box(self._screen.nodes)) is not None:
                self._journal.mark("user_action", self._tap(unticked), note="box ticked")
                when = self._tap(button(self._screen.nodes, "accept") or agree)
            if self._still(prompt):
                self._journal.note("record.note.agree_in_vain")
                return
            self._journal.mark("accepted", when)

    def _go_on_without_consent(self) -> None:
        """A prompt that can only be noted: to close it is no consent."""
        self._journal.note("record.note.no_agree")
        closing = next(spoken(self._screen.nodes, "dismiss"), None)
        if closing is not None:
            self._journal.mark("user_action", self._tap(closing), note="prompt closed")

    def _decline(self) -> None:
        declined: Moment | None = None
        for _ in range(_LAYERS):
            if not is_prompt(self._screen, self._hand.package):
                break
            refuse = button(self._screen.nodes, "decline")
            if refuse is None:
                self._journal.note("record.note.no_refuse")
                break
            prompt = self._screen
            when = self._tap(refuse)
            self._journal.mark("user_action" if declined else "declined", when, note="refused again" if declined else "")
            declined = when
            if self._still(prompt):
                self._journal.note("record.note.refuse_in_vain")
                break
        if declined is not None and not self._hand.runs():
            self._journal.mark("closed", Moment(declined.end, self._timing.now()), by="ui", note="the app ended when refused")

    def _answering(self, answer: Literal["grant", "deny"]) -> None:
        """Answers the system's questions from now on, and those that stand there now."""
        self._answer = answer
        self._look_answering()

    def _walk(self) -> None:
        if self._screen.package != self._hand.package:
            self._journal.lost("ui", "not_in_front", self._screen.package or "")
            return
        if not self._prompted:
            self._journal.mark("no_prompt", by="ui")
        begin = self._timing.now()

        def seen(screen: Screen, taps: int | None, by: str) -> None:
            now = self._timing.now()
            self._journal.screen(screen, Moment(now, now), taps, by)

        walked = Walk(self._hand, self._looked, seen, self._timing).run()
        when = Moment(begin, self._timing.now())
        for lost in walked.lost:
            if lost.what in _OURS:
                self._journal.lost("ui", lost.what, lost.detail, when)
        if not walked.lost:
            self._journal.walked(when, ", ".join(walked.left))
        self._journal.note("record.note.walked", screens=walked.screens, way=" > ".join(walked.policy or ("–",)))

    def _watch(self, phase: str) -> None:
        """Looks again and again without touching anything, for as long as the phase has to be watched."""
        until = self._timing.now() + _seconds(phase)
        while (left := until - self._timing.now()) > 0:
            self._timing.wait(min(left, float(catalog("walk")["look"])))
            self._look("")

    def _pass(self, phase: str) -> None:
        begin = self._timing.now()
        self._timing.wait(_seconds(phase))
        if phase == "closed" and self._stage.hooking.hooks is not None and self._hand.runs():
            # It came back by itself, and nobody was there to go into it.
            self._journal.lost("api", "unhooked_process", self._hand.package, Moment(begin, self._timing.now()))
        self._look("")

    def _looked(self) -> Screen:
        self._look_answering(walking=True)
        return self._screen

    def _look_answering(self, *, walking: bool = False) -> None:
        """Looks, and answers what the system asks until it asks no more."""
        for _ in range(_QUESTIONS):
            self._look("", walking=walking)
            if not is_system_question(self._screen):
                return
            data = asked_for(self._screen)
            chosen = answer_button(self._screen, self._answer)
            if chosen is None:
                self._journal.lost("ui", "unanswered", data or "")
                self._hand.back()
                continue
            when = self._tap(chosen, look=False)
            self._journal.mark("permission_granted" if self._answer == "grant" else "permission_denied", when, data=data)
            self._question = None

    def _look(self, by: str, *, walking: bool = False) -> None:
        """Takes down what is shown, and that it asks for something. A walk takes down what it meets, with the taps that led there."""
        begin = self._timing.now()
        self._screen = self._stage.eye.look()
        when = Moment(begin, self._timing.now())
        if not walking or is_system_question(self._screen):
            self._journal.screen(self._screen, when, None, by)
        if is_prompt(self._screen, self._hand.package):
            asks: tuple[object, ...] | None = (self._screen.activity, self._screen.words)
            if asks != self._question:
                self._prompted = True
                self._journal.mark("prompt_shown", when, by="ui")
        elif is_system_question(self._screen):
            asks = (self._screen.package, self._screen.words)
            if asks != self._question:
                self._journal.mark("permission_asked", when, by="ui", data=asked_for(self._screen))
        else:
            asks = None
        self._question = asks

    def _tap(self, index: int, *, look: bool = True) -> Moment:
        """Taps an element and waits for what comes of it; when the tap was on its way."""
        label = words_of(self._screen.nodes, index)
        begin = self._timing.now()
        self._hand.tap(self._screen.centre(index))
        when = Moment(begin, self._timing.now())
        self._timing.wait(float(catalog("walk")["settle"]))
        if look:
            self._look(label)
        return when

    def _still(self, prompt: Screen) -> bool:
        """Whether the prompt stays, also after a moment more."""
        if _same(prompt, self._screen):
            self._timing.wait(float(catalog("walk")["look"]))
            self._look("")
        return _same(prompt, self._screen)

    def _during(self, name: Literal["background", "closed"], act: Callable[[], None]) -> None:
        begin = self._timing.now()
        act()
        self._journal.mark(name, Moment(begin, self._timing.now()))


def _same(one: Screen, other: Screen) -> bool:
    return (one.package, one.activity, one.words) == (other.package, other.activity, other.words)


def _seconds(phase: str) -> float:
    return float(catalog("runs")["phases"][phase]["seconds"] + catalog("walk")["margin"])
