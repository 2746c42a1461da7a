"""Lists of SDKs as files, read from the file to the rows."""

from collections import Counter
from pathlib import Path

import pytest
from exam import expected, found, layouts, read

from mingjian.nlp.tables import sdk_rows

LISTS = layouts("web_tables", "web_cards", "text", "office", "prose", "second", "third")
NONE = layouts("none")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exam")


def test_lists_in_files_are_read_rightly(folder: Path) -> None:
    right = wrong = missed = 0
    faults = []
    for name, outlined in read(LISTS, folder).items():
        asked = Counter(expected(LISTS[name]))
        given = Counter(found(LISTS[name], sdk_rows(outlined)))
        right += (asked & given).total()
        wrong += (given - asked).total()
        missed += (asked - given).total()
        faults += [(name, "missed", item) for item in sorted(asked - given)] + [(name, "wrong", item) for item in sorted(given - asked)]
    score = 2 * right / (2 * right + wrong + missed)
    assert score >= 0.95, "\n".join(map(str, [score, *faults]))


def test_what_is_no_list_of_sdks_gives_none(folder: Path) -> None:
    assert {name: sdk_rows(outlined) for name, outlined in read(NONE, folder).items()} == {name: [] for name in NONE}
