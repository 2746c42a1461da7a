"""What a screen asks the user: consent to a policy, or the system's question for a permission; and the buttons that answer."""

from collections.abc import Sequence

from mingjian.model.run import Node
from mingjian.model.shipped import catalog
from mingjian.record.screen import Screen, said, spoken, words_of


def is_prompt(screen: Screen, package: str) -> bool:
    """Whether the app asks for consent: the words of a prompt, and a button to agree or to refuse."""
    if screen.package != package or not screen.speaks_of("prompt"):
        return False
    return button(screen.nodes, "accept") is not None or button(screen.nodes, "decline") is not None


def button(nodes: Sequence[Node], words: str) -> int | None:
    """The element to tap whose words are those of this list of walk.yml. A box to tick is no button. Words that cannot be tapped count only
    where the tree says of nothing that it can be."""
    found = next((index for index in spoken(nodes, words) if not nodes[index].checkable and nodes[index].enabled), None)
    if found is None or nodes[found].clickable or not any(node.clickable for node in nodes):
        return found
    return None


def box(nodes: Sequence[Node]) -> int | None:
    """The box that has to be ticked before agreeing counts, if it is not."""
    boxes = [index for index, node in enumerate(nodes) if node.checkable and not node.checked and node.enabled and node.bounds]
    told = [index for index in boxes if any(expression.fullmatch(words_of(nodes, index)) for expression in said("consent_box"))]
    return next(iter(told), boxes[0] if len(boxes) == 1 else None)


def is_system_question(screen: Screen) -> bool:
    """Whether the system asks for a permission."""
    owners = tuple(catalog("walk")["permission"]["owners"])
    return screen.package is not None and screen.package.startswith(owners) and answer_button(screen, "deny") is not None


def answer_button(screen: Screen, answer: str) -> int | None:
    """The button of the system's question that grants or denies (`grant`, `deny`): by its id, else by its words."""
    for id in catalog("walk")["permission"][f"{answer}_ids"]:
        for index, node in enumerate(screen.nodes):
            if node.id.endswith(f":id/{id}"):
                return index
    return button(screen.nodes, f"permission.{answer}")


def asked_for(screen: Screen) -> str | None:
    """What the system's question is about, as a data term; none when its words tell nothing known."""
    for group in catalog("walk")["permission"]["groups"]:
        if screen.speaks_of(f"permission.groups.{group}"):
            return f"permission.{group}"
    return None
