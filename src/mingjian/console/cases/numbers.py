"""Numbers of cases and documents: one running number for each body, kind and year."""

from functools import cache

from mingjian.console import clock
from mingjian.console.cases.models import Counter
from mingjian.model.shipped import read_yaml, rules_folder


def next_number(body: str, kind: str) -> str:
    """The next number of a `kind` (`case`, or a kind of document), in the caller's transaction: whoever comes second waits for the first,
    and a transaction that fails gives its number back."""
    year = clock.today().year
    stem = f"{_marks()['bodies'].get(body, body.upper())}-{_marks()['kinds'][kind]}{year}"
    Counter.objects.get_or_create(series=stem)
    row = Counter.objects.select_for_update().get(series=stem)
    row.value += 1
    row.save()
    return f"{stem}-{row.value:05}"


@cache
def _marks() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = read_yaml(rules_folder() / "enforcement" / "numbers.yml")
    return found
