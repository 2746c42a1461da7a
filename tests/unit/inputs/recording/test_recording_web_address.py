"""What a run file may hold of an address: names, never values."""

import pytest

from mingjian.inputs.recording.instant import epoch_instant
from mingjian.inputs.recording.web_address import masked_target, web_address


@pytest.mark.parametrize(
    ("target", "masked"),
    [
        ("/v1/beacon", "/v1/beacon"),
        ("/", "/"),
        ("", ""),
        ("/v1?imei=860000000000001&lat=", "/v1?imei=*&lat=*"),
        ("/v1?a=b=c&flag&x[0]=1&device_id=7", "/v1?a=*&*&x[0]=*&device_id=*"),
        ("/v1?13800138000", "/v1?*"),
        ("/v1?13800138000=1&=2&&ab@c.example=3", "/v1?*&*&&*"),
        ("/v1?eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMzgwMDEzODAwMCJ9.", "/v1?*"),
        ("/users/13800138000/orders/2024/v10", "/users/*/orders/2024/v10"),
        ("/who/ab@c.example/x", "/who/*/x"),
        ("/who/ab%40c.example", "/who/*"),
        ("/mac/02:00:00:00:00:00", "/mac/*"),
        ("/t/0123456789abcdef0123456789abcdef", "/t/*"),
        ("/t/" + "abcdefgh" * 6, "/t/*"),
        ("/姓名/张三", "/*/*"),
        ("/x;jsessionid=ABC;v=2/y", "/x;jsessionid=*;v=*/y"),
        ("/x#imei=861", "/x"),
        ("/x?a=1#b?c=2", "/x?a=*"),
    ],
)
def test_values_are_masked(target: str, masked: str) -> None:
    assert masked_target(target) == masked


def test_masks_are_bounded() -> None:
    assert len(masked_target("/" + "a/" * 1_000_000 + "?" + "b=1&" * 1_000_000)) <= 2048


@pytest.mark.parametrize(
    "text", ["", ":", "//", "http://", "http://@:0", "https://[", "a:b:c", "\\\\x", "http:///p", "?q", "\ud800", "//a:b@c:1/"]
)
def test_anything_can_be_taken_apart(text: str) -> None:
    address = web_address(text)
    assert address.port is None or 0 < address.port < 65536


@pytest.mark.parametrize(
    ("number", "milliseconds"),
    [
        (1_790_000_000, 1_790_000_000_000.0),
        (1_790_000_000.25, 1_790_000_000_250.0),
        (1_790_000_000_250, 1_790_000_000_250.0),
        (1_790_000_000_250_000, 1_790_000_000_250.0),
        ("1790000000", 1_790_000_000_000.0),
        (5, None),
        (-1_790_000_000, None),
        (1e300, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ("1e9", None),
    ],
)
def test_counts_since_1970(number: object, milliseconds: float | None) -> None:
    assert epoch_instant(number) == milliseconds
