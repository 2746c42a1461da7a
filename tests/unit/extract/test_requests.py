"""What is stated of a request for permission, by what the core tells of its refusal."""

from dataclasses import replace
from typing import Any

import pytest
from package_samples import PACKAGE, UNKNOWN, call, reader

from mingjian.extract import Context, requests
from mingjian.model.line import format_line

MAIN = f"L{PACKAGE.replace('.', '/')}/ui/MainActivity;"
OTHER = f"L{PACKAGE.replace('.', '/')}/ui/OtherActivity;"
CAMERA = "android.permission.CAMERA"
ASK = call("API-0254", [CAMERA], 7, within=MAIN)


def end(id: str, within: str = MAIN, **more: Any) -> dict[str, Any]:
    chain = [{"method": f"{within}->onRequestPermissionsResult(I[Ljava/lang/String;[I)V", "unit": 9}]
    return {"id": id, "what": "Lx;->y()V", "code": None, "chain": chain, "button": None, "certain": True, **more}


def refusal(*ends: dict[str, Any], **more: Any) -> dict[str, Any]:
    row = {"id": "activity", "method": f"{MAIN}->open()V", "unit": 26, "code": 7, "answers": [], "reason": None, "complete": True}
    return {**row, "ends": list(ends), **more}


def lines(*rows: dict[str, Any], ask: dict[str, Any] = ASK, complete: bool = True) -> list[str]:
    flows: Any = {"refusals": list(rows), "refusals_complete": complete, "methods": 0}
    package = replace(reader(found={"finds": [ask]}), flows=flows)
    observations, coverage = requests.extract(package, Context("a" * 64))
    assert [each.status for each in coverage] == ([] if complete else ["partial"])
    return [format_line(each).replace(" via code", "") for each in observations]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (refusal(end("exit")), "possible block permission.camera.CAMERA by app during unknown"),
        (refusal(end("exit", certain=False)), "possible perhaps block permission.camera.CAMERA by app during unknown"),
        # A screen that closes is the end of the app when it was the first one.
        (refusal(end("finish")), "possible block permission.camera.CAMERA by app during unknown"),
        (refusal(end("finish", MAIN.replace(";", "$1;"))), "possible block permission.camera.CAMERA by app during unknown"),
        (refusal(end("finish", OTHER)), "possible perhaps block permission.camera.CAMERA by app during unknown"),
        (refusal(end("again", code=7)), "possible ask.again permission.camera.CAMERA by app during unknown"),
        (refusal(end("again")), "possible perhaps ask.again permission.camera.CAMERA by app during unknown"),
        # The next request in a row has another number.
        (refusal(end("again", code=8)), None),
        (refusal(), None),
        # A request that is made elsewhere is no matter of this one.
        (refusal(end("exit"), unit=27), None),
    ],
)
def test_an_end_says_what_the_code_shows(row: dict[str, Any], expected: str | None) -> None:
    assert lines(row) == ([] if expected is None else [expected])


def test_a_permission_that_is_not_known_leaves_it_doubtful() -> None:
    assert lines(refusal(end("exit")), ask=call("API-0254", UNKNOWN, 7, within=MAIN)) == [
        "possible perhaps block unknown by app during unknown"
    ]


def test_a_reason_is_doubtful() -> None:
    reason = {"id": "rationale", "what": "Lx;->should()Z", "method": f"{MAIN}->open()V", "unit": 4}
    assert lines(refusal(reason=reason)) == ["possible perhaps prompt.purpose permission.camera.CAMERA by app during unknown"]


def test_what_was_cut_is_told() -> None:
    assert lines(complete=False) == []
