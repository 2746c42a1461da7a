"""Reports that no program of ours wrote."""

import json
from typing import Any

import pytest
from named_report import report_of

from mingjian.model.codec import DecodeError, dump_report, load_report


def nested(depth: int) -> dict[str, Any]:
    """A tree of why, `depth` deep."""
    why: dict[str, Any] = {"label": "not", "value": "no"}
    for _ in range(depth):
        why = {"label": "not", "value": "no", "children": [why]}
    return why


@pytest.mark.parametrize("depth", [240, 320])
def test_a_tree_of_any_depth_is_read_or_refused(depth: int) -> None:
    document = json.loads(dump_report(report_of("x")))
    document["findings"][0]["why"] = nested(depth)
    try:
        load_report(json.dumps(document).encode())
    except DecodeError as error:
        assert "too deeply" in str(error)
