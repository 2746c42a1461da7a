"""What code could do is held against what runs observed."""

from mingjian.judge.exercise import sites_of, unexercised
from mingjian.model.line import format_line, parse
from mingjian.model.types import Coverage

CODE = [
    parse("possible collect device.imei by sdk.jpush during app_start via code"),
    parse("possible collect device.imei by app during ui via code"),
    parse("possible collect device.android_id by app during ui via code"),
    parse("possible collect device.model by app during ui via code"),
    parse("possible perhaps collect clipboard.content by app during ui via code"),
    parse("possible ask permission.camera.CAMERA by app during ui via code"),
    parse("possible start.self by app during ui via code"),
]


def left(*observed: str) -> list[str]:
    return [format_line(each) for each in unexercised([*CODE, *map(parse, observed)])]


def test_what_no_run_did_is_left() -> None:
    assert left("observed collect device.imei by app during foreground via api") == [
        "possible collect device.imei by sdk.jpush during app_start via code",
        "possible collect device.android_id by app during ui via code",
    ]


def test_a_call_in_vain_has_run() -> None:
    assert "possible collect device.android_id by app during ui via code" not in left(
        "observed attempt device.android_id by app during foreground via api"
    )


def test_traffic_alone_is_no_recording_of_calls() -> None:
    assert left("observed share.plain device.imei to host.a.example by app during foreground via network") == []
    assert left() == []


def test_a_recording_that_saw_nothing_leaves_everything() -> None:
    assert unexercised(CODE, [Coverage("api", "runtime", "partial")]) == (CODE[0], CODE[1], CODE[2])
    assert unexercised(CODE, [Coverage("api", "runtime", "absent"), Coverage("code", "code", "complete")]) == ()


def test_the_place_of_an_act_in_code() -> None:
    act = parse("observed attempt device.imei by app during background via api")
    assert sites_of(act, [*CODE, act]) == (CODE[1],)
    assert sites_of(parse("observed collect device.imei by unknown during background via api"), CODE) == ()
