"""Pages on which there is nothing to do but to sign in."""

from mingjian.extract.screen import Said, Screen, pattern, screen_words

PHASES = ("before_consent", "foreground")
"""When such a page says that the app does not work without an account; elsewhere something was denied before."""


def gate_on(screen: Screen) -> Said | None:
    """A page that asks to sign in and shows no other way on. Certain only where everything that can be tapped belongs to signing in: what
    has no words, or other words, may lead past it."""
    button = screen.button(pattern("entries", "actions", "account", "certain"), tappable=True)
    if button is None or not (screen.fields or pattern("sign_in", "one_tap").search(button.label)):
        return None
    ways = [each for each in screen.elements if each.tappable and each.label]
    if len(ways) > screen_words("sign_in", "most_buttons") or screen.button(pattern("buttons", "way_on")) is not None:
        return None
    belongs = pattern("sign_in", "belongs")
    certain = not screen.wordless_buttons and all(belongs.search(each.label) for each in ways)
    return Said("block", button.excerpt, data="netid.account", certain=certain, phases=PHASES)
