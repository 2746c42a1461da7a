"""Whatever the machine can say has a text, and every text can be said."""

import re
from pathlib import Path

from mingjian.console.cases import events, guards, machine
from mingjian.console.cases.events import procedure
from mingjian.model.texts import keys, say


def _refusals() -> set[str]:
    sources = [Path(module.__file__ or "").read_text(encoding="utf-8") for module in (events, guards, machine)]
    return {name for source in sources for name in re.findall(r'refused\("(\w+)"', source)}


def _told(part: str) -> set[str]:
    prefix = f"console.states.{part}."
    return {key.removeprefix(prefix) for key in keys() if key.startswith(prefix)}


def test_states_events_acts_and_refusals_have_their_texts() -> None:
    table = procedure()
    assert _told("state") == set(table.states)
    assert _told("event") == set(table.events)
    assert _told("act") == {*table.acts, "test"}
    assert _told("refusal") == _refusals()


def test_choices_of_fields_have_their_texts() -> None:
    acts = table_choices("measure"), table_choices("outcome"), table_choices("method")
    assert acts[0] == _told("measure")
    assert acts[1] | {"withdrawn", "restored"} == _told("outcome")
    assert acts[2] == _told("method")


def table_choices(field: str) -> set[str]:
    rows = [*procedure().events.values(), *procedure().acts.values()]
    return next(set(row.data[field].split()[2:]) for row in rows if field in row.data)


def test_both_languages_differ() -> None:
    values = dict.fromkeys(("kind", "act", "field", "of", "to", "n", "date", "day", "term", "source"), "x")
    for key in keys():
        if key.startswith("console.states."):
            assert say(key, "zh", **values) != say(key, "en", **values)
