"""The models of the flow analysis: every row can be read, and the class tree has no circles."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from mingjian.model.shipped import read_yaml, rules_folder

KEYS = {"classes", "names", "protos", "flows", "clears", "same", "enters"}
STORE = r"[a-z]+\{(?:this|\d|\*|to|here)!?\}"
ACCESS = r"\[(?:\*|keys|\d|#\d+|\.L[\w/$]+;->\w+)\]"
PLACE = re.compile(rf"(?:this|\d|args|result|{STORE})(?:{ACCESS})*(?:\.\.\.?)?")
FLOW = re.compile(r"(?:(?:digest|truncate|aggregate): )?(?P<origin>\S+) -> (?P<end>\S+)")


def catalogue() -> dict[str, Any]:
    return dict(read_yaml(rules_folder() / "catalog" / "flow_models.yml"))


def rows() -> Iterator[dict[str, Any]]:
    for group in catalogue()["groups"]:
        assert group["why"].strip()
        yield from group["rows"]


def test_every_row_can_be_read() -> None:
    seen = 0
    for row in rows():
        assert row.keys() <= KEYS, row
        assert row["classes"] and row["names"], row
        for flow in row.get("flows", ()):
            match = FLOW.fullmatch(flow)
            assert match, flow
            assert PLACE.fullmatch(match["origin"]) and PLACE.fullmatch(match["end"]), flow
            assert not match["end"].endswith(".."), flow
        assert all(PLACE.fullmatch(place) for place in row.get("clears", ())), row
        assert str(row.get("same", "this")) in {"this", "0", "1"}, row
        seen += 1
    assert seen > 100


@pytest.mark.parametrize("place", ["that", "this[", "this[x]", "prefs{this", "0.", "result[*]...."])
def test_a_place_that_is_none_is_seen(place: str) -> None:
    assert PLACE.fullmatch(place) is None


def test_the_class_tree_has_no_circles() -> None:
    tree = catalogue()["supers"]
    for start in tree:
        line, known = [start], set()
        while line:
            name = line.pop()
            above = tree.get(name, ())
            assert start not in above, start
            line += [each for each in above if each not in known]
            known.update(above)
