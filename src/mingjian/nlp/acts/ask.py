"""Which permissions the policy says the app asks for."""

from functools import cache

from mingjian.model.shipped import catalog
from mingjian.nlp.acts.places import Places
from mingjian.nlp.acts.said import Said
from mingjian.nlp.reading import Statement


def asked(places: Places, index: int, collected: list[Statement]) -> list[Statement]:
    """The permissions that a sentence says are asked for, or not, with what they open: uncertain, where it names no data itself."""
    said = places.said(index)
    text, words = said.text, said.words
    listed = places.titled(index, "permission_title") and words.found("label", text)
    if not listed and not (words.found("permission", text) and (words.found("asks", text) or said.purposes)):
        return []
    if words.found("gives_up", text):
        return []
    groups = [(group, *match.span()) for group, pattern in words.permissions for match in pattern.finditer(text)]
    groups = [each for each in groups if _is_permission(places, index, each[1], each[2])]
    negated = bool(groups) and words.found("denies_asking", text)
    purposes: tuple[str | None, ...] = _purposes(said) or _led_purposes(places, index) or _labelled(said)
    start, end = said.sentence.start, said.sentence.end
    found = []
    for group in dict.fromkeys(each[0] for each in groups):
        for purpose in (None,) if negated else purposes:
            found.append(Statement("ask", start, end, data=group, purpose=purpose, negated=negated))
            if not collected and not negated:
                found += [Statement("collect", start, end, data=term, purpose=purpose, certain=False) for term in opened_by(group)]
    return found


def _purposes(said: Said) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mention.term for mention in said.purposes))


def _led_purposes(places: Places, index: int) -> tuple[str, ...]:
    """The purposes of the first sentence that tells one of those which this one leads, as in "Camera: to take photos; if you refuse, …"."""
    for following in range(index + 1, min(index + 1 + _LED, len(places.outline.sentences))):
        if places.outline.sentences[following].lead != index:
            break
        if purposes := _purposes(places.said(following)):
            return purposes
    return ()


def _labelled(said: Said) -> tuple[str | None]:
    """What follows a label tells why, whatever its words."""
    label = said.words.patterns["label"].match(said.text)
    return ("stated",) if label and len(said.text) - label.end() >= _TELLS else (None,)


def _is_permission(places: Places, index: int, start: int, end: int) -> bool:
    """Whether the word that may name a permission does: the word "permission" stands by, or the list is one of permissions."""
    said = places.said(index)
    near = said.text[max(0, start - _NEAR) : end + _NEAR]
    listed = said.words.patterns["permission_list"].match(said.text, end)
    return bool(listed) or said.words.found("permission", near) or start <= _NEAR


def opened_by(permission: str) -> tuple[str, ...]:
    """The data that a permission opens."""
    return _opens().get(permission, ())


@cache
def _opens() -> dict[str, tuple[str, ...]]:
    groups = catalog("permissions")["groups"]
    return {f"permission.{group}": tuple(row["data"]) for group, row in groups.items()}


_LED = 4
"""How many sentences that a label leads may tell of it."""

_TELLS = 4
"""How many characters tell something."""

_NEAR = 12
"""How far the word "permission" may stand from the word for its kind."""
