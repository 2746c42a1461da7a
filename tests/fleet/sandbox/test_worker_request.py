"""What is asked of the core for a worker: all of it or nothing."""

import json

import pytest

_core = pytest.importorskip("mingjian._core", reason="the core is not built")

WORKER = {"write": [], "execute": [], "file": 1, "descriptors": 1, "processes": 1}


@pytest.mark.parametrize("worker", [{**WORKER, "network": []}, {"write": []}, {**WORKER, "file": -1}, {**WORKER, "processes": None}, "all"])
def test_what_is_not_understood_confines_nothing(worker: object) -> None:
    with pytest.raises(_core.CoreError) as caught:
        _core.confine(json.dumps({"read": [], "memory": 1, "cpu": 1, "worker": worker}).encode())
    assert caught.value.code == "bad_query"
    # The process that asks is this one: a file can still be opened.
    with open(__file__, "rb") as file:  # noqa: PTH123
        assert file.read(3)
