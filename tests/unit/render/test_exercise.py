"""What the next recording should exercise."""

from dataclasses import replace

from mingjian.model.line import parse
from mingjian.model.types import Coverage, Report, Subject, Tool
from mingjian.render.exercise import sites_of, unexercised

SUBJECT = Subject("0" * 64, "android", "com.example", "1", "Example", None, ())


def report(*lines: str, recorded: bool = True) -> Report:
    coverage = (Coverage("api", "runtime", "partial"),) if recorded else ()
    return Report(Tool("0", "0" * 64, "full"), SUBJECT, (), (), coverage, tuple(map(parse, lines)), (), "2026-01-01T00:00:00+08:00")


def test_what_the_same_owner_was_seen_to_do_is_done() -> None:
    seen = "observed collect device.imei by app during foreground via api"
    assert not unexercised(report("possible collect device.imei by app during ui", seen))
    assert unexercised(report("possible collect device.imei by sdk.jpush during ui", seen)) == [
        parse("possible collect device.imei by sdk.jpush during ui")
    ]


def test_doubtful_unowned_or_ordinary_acts_are_not_named() -> None:
    lines = (
        "possible perhaps collect device.imei by app",
        "possible collect device.imei by unknown",
        "possible collect device.model by app",
    )
    assert not unexercised(report(*lines))


def test_without_a_recording_of_calls_nothing_is_missing() -> None:
    told = report("possible collect device.imei by app", recorded=False)
    assert not unexercised(told)
    assert not unexercised(replace(told, coverage=(Coverage("api", "inputs", "absent"),)))


def test_a_call_in_vain_has_run() -> None:
    assert not unexercised(report("possible collect device.imei by app", "observed attempt device.imei by app during foreground via api"))


def test_the_place_of_an_act_in_code() -> None:
    told = report(
        "possible collect device.imei by app during ui",
        "possible collect device.imei by sdk.jpush",
        "possible collect device.imei by unknown",
    )
    act = parse("observed attempt device.imei by app during background via api")
    assert sites_of(act, told) == [parse("possible collect device.imei by app during ui")]
    assert not sites_of(parse("observed collect device.imei by unknown during background via api"), told)
    assert not sites_of(parse("observed share.plain device.imei to sdk.jpush by app during background via network"), told)
