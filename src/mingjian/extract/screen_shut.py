"""An older function that an update shut: its page was seen to open before, and now says that a permission has to be given first."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mingjian.extract.catalogue import permission_term
from mingjian.extract.policy_screen import tapped_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mingjian.extract.screen import Said
    from mingjian.extract.screen_sequence import Marked, Sight

PHASE = "after_update"


def shut(sights: "Sequence[Sight]", marks: "Sequence[Marked]", denied: "str | None") -> "Iterator[tuple[Said, str, Sight, Sight]]":
    """Each page that an update shut: what it says, the permission, and where it was seen open and shut. `denied` is the last permission
    denied after the update, for pages that name none.

    A permission that the earlier version asked for or was given may be what the function always needed, and counts for nothing here."""
    updated = next((each.mark.ts for each in marks if each.mark.name == "update" and each.mark.ts is not None), None)
    if updated is None:
        return
    before = [sight for sight in sights if sight.ts is not None and sight.ts < updated]
    known = {_group(sight.reading.asks) for sight in before if sight.reading.asks}
    for each in marks:
        early = each.mark.name == "permission_denied" and each.mark.ts is not None and each.mark.ts < updated
        if each.mark.name == "permission_granted" or early:
            known.add(_group(_term(each.mark.data)))
    told: set[tuple[str, str]] = set()
    for sight in sights:
        if sight.ts is None or sight.ts <= updated or PHASE not in sight.phases:
            continue
        for said in sight.reading.said:
            permission = said.data or denied
            if said.action != "block" or permission is None or _group(permission) in known:
                continue
            opened = next((each for each in before if _one_function(each, sight)), None)
            key = (sight.activity, permission)
            if opened is not None and key not in told:
                told.add(key)
                yield said, permission, opened, sight


def _one_function(opened: "Sight", closed: "Sight") -> bool:
    """Whether two sights are of one page of the app, by its class and by its heading or what was tapped to get there; the first open."""
    if opened.reading.kind != "app" or not opened.activity or opened.activity != closed.activity:
        return False
    if any(said.action == "block" for said in opened.reading.said):
        return False
    label = tapped_label(closed.by)
    return opened.reading.heading == closed.reading.heading or bool(label and label == tapped_label(opened.by))


def _term(data: "str | None") -> str | None:
    return permission_term(data) if data and not data.startswith("permission.") else data


def _group(data: "str | None") -> str:
    return ".".join((data or "").split(".")[:2])
