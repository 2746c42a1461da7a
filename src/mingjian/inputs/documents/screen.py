"""What a screen showed, as `uiautomator dump` writes it: the texts of its nodes in the order of the tree."""

from mingjian.inputs.documents.markup import Element, Markup
from mingjian.inputs.documents.passages import Flow, Loss, Passage

PLACE = "text:"
_BARS = frozenset({"com.android.systemui"})
"""Packages that draw around every app."""


def read(source: str) -> tuple[Flow, list[Loss]]:
    """One passage for each line of text on the screen; a node without text speaks by its description, if nothing inside it does."""
    markup = Markup(source, xml=True)
    flow: list[Passage] = []
    _walk(markup, markup.root, flow)
    return flow, [] if markup.complete else [Loss("coverage.policy.too_many_elements")]


def _walk(markup: Markup, element: Element, flow: list[Passage]) -> bool:
    """Whether the element or anything in it had words."""
    if markup.attribute(element, "package") in _BARS:
        return False
    said = _say(markup, element, "text", flow)
    at = len(flow)
    inside = [_walk(markup, child, flow) for child in element.children if isinstance(child, Element)]
    if said or any(inside):
        return True
    described: list[Passage] = []
    _say(markup, element, "content-desc", described)
    flow[at:at] = described
    return bool(described)


def _say(markup: Markup, element: Element, name: str, flow: list[Passage]) -> bool:
    if name not in element.attributes:
        return False
    passage = Passage()
    for text, offset in markup.stretches(*element.attributes[name]):
        at = offset
        for number, line in enumerate(text.split("\n")):
            if number and passage.length:
                flow.append(passage)
                passage = Passage()
            passage.add(line, PLACE, at)
            at += len(line) + 1
    if passage.length:
        flow.append(passage)
    return bool(markup.attribute(element, name).strip())
