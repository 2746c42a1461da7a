"""Writes the tables of `docs/enforcement.md` from `rules/enforcement/`; `--check` only looks."""

import sys
from collections.abc import Iterable
from pathlib import Path

from mingjian.console.cases.deadlines import bodies, term_in_words
from mingjian.console.cases.events import Kind, procedure
from mingjian.model.texts import say

PAGE = Path(__file__).parents[1] / "docs" / "enforcement.md"
BEGIN, END = "<!-- tables: generated -->", "<!-- tables: end -->"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _names(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "—"


def _word(part: str, name: str) -> str:
    return f"{say(f'console.states.{part}.{name}', 'en')} · {say(f'console.states.{part}.{name}', 'zh')}"


def _in_order(states: Iterable[str]) -> str:
    """States in their usual order, or how many when nearly all are meant."""
    table = procedure()
    told = set(states)
    if told == set(table.states):
        return "any"
    if told == set(table.states) - table.final:
        return "any that is not final"
    return _names(state for state in table.states if state in told)


def _targets(row: Kind) -> frozenset[str]:
    return frozenset[str]().union(*row.leads.values())


def _data(row: Kind) -> str:
    return "; ".join(f"`{name}` {type_}" for name, type_ in row.data.items())


def tables() -> str:
    """The tables of states, acts, events and known terms."""
    table = procedure()
    lines = ["### States", "", _row("state", "name", "leads on by"), _row("---", "---", "---")]
    moves = {**table.events, **table.acts}
    for state in table.states:
        ways = [name for name, row in moves.items() if row.leads.get(state, frozenset()) - {state}]
        lines.append(_row(f"`{state}`" + (" (final)" if state in table.final else ""), _word("state", state), _names(ways)))
    lines += ["", "### Acts, which need a second person", ""]
    lines += [_row("act", "name", "from", "takes effect when", "leads to", "data of the proposal"), _row(*["---"] * 6)]
    for name, row in table.acts.items():
        effect = row.effect + (", then served as a letter" if row.letter else "")
        lines.append(_row(f"`{name}`", _word("act", name), _in_order(row.source), effect, _in_order(_targets(row)), _data(row)))
    lines += ["", "### Events", "", _row("event", "name", "who", "through", "from", "leads to", "data"), _row(*["---"] * 7)]
    for name, row in table.events.items():
        who, through = ", ".join(sorted(row.by)), row.through or "—"
        lines.append(_row(f"`{name}`", _word("event", name), who, through, _in_order(row.source), _in_order(_targets(row)), _data(row)))
    lines += ["", "### Known terms", "", _row("body", "name", "act", "term", "mark", "source"), _row(*["---"] * 6)]
    for body in bodies().values():
        name = f"{body.name.en} · {body.name.zh}"
        known = [(act, each) for act, terms in body.terms.items() for each in terms]
        for act, each in known:
            lines.append(_row(f"`{body.id}`", name, f"`{act}`", term_in_words(each.term, "en"), each.mark, each.source.en))
        if not known:
            lines.append(_row(f"`{body.id}`", name, "—", "none known: the inspector states it", "—", "—"))
    return "\n".join(lines)


def page_with_tables(page: str) -> str:
    """The page with its generated part made anew."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables()}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """0 when the page is, or now is, true."""
    page = PAGE.read_text(encoding="utf-8")
    current = page_with_tables(page)
    if "--check" in sys.argv:
        return int(current != page)
    PAGE.write_text(current, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
