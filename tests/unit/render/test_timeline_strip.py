"""The timeline of a report, from its moments."""

from mingjian.model.types import Evidence, Moment, Observation, Report, Subject, Tally, Tool
from mingjian.render import renderer
from mingjian.render.timeline import frequencies, strips

ACT = "observed collect device.android_id by sdk.umeng_analytics during before_consent via api count 3"


def report(*moments: Moment, observations: tuple[Observation, ...] = ()) -> Report:
    subject = Subject("0" * 64, "android", "com.example", "1", "Example", None, ())
    return Report(Tool("0", "0" * 64, "full"), subject, (), (), (), observations, (), "2026-01-01T00:00:00+08:00", timeline=moments)


def moment(seconds: float | None, what: str, name: str, phase: str = "unknown") -> Moment:
    return Moment(None if seconds is None else seconds * 1000, what, name, phase, "a" * 64, "run:2")  # type: ignore[arg-type]


def test_bands_run_from_mark_to_mark() -> None:
    told = (
        moment(0, "mark", "install", "before_consent"),
        moment(10, "act", ACT, "before_consent"),
        moment(20, "mark", "accepted", "foreground"),
        moment(40, "mark", "end", "foreground"),
    )
    [strip] = strips(report(*told))
    assert [(band.phase, band.left, band.width) for band in strip.bands] == [("before_consent", 0.0, 50.0), ("foreground", 50.0, 50.0)]
    assert [point.after for point in strip.points] == ["+00:00:00.000", "+00:00:10.000", "+00:00:20.000", "+00:00:40.000"]
    assert strip.points[1].act is not None
    assert strip.points[1].act.data == "device.android_id"


def test_a_long_pause_begins_another_run_and_what_has_no_time_stands_apart() -> None:
    found = strips(report(moment(0, "mark", "launch"), moment(9000, "mark", "launch"), moment(None, "act", ACT)))
    assert [len(strip.points) for strip in found] == [1, 1, 1]
    assert found[2].bands == ()


def test_the_most_frequent_act_stands_first() -> None:
    few = Observation("observed", "api", "collect", "device.oaid", "app", tally=Tally(1))
    many = Observation("observed", "api", "collect", "device.imei", "app", tally=Tally(9, 2, 3, 30.0, 8))
    silent = Observation("observed", "network", "share", "device.imei", "app")
    assert frequencies(report(observations=(few, silent, many))) == [many, few]


def test_the_page_tells_marks_acts_and_what_was_not_seen_in_both_languages() -> None:
    told = (
        moment(0, "mark", "install", "before_consent"),
        moment(1, "act", ACT, "before_consent"),
        moment(2, "lost", "<script>pinned.example.com", "before_consent"),
        moment(3, "mark", "permission_denied permission.camera.CAMERA", "before_consent"),
    )
    act = Observation("observed", "api", "collect", "device.imei", "app", tally=Tally(9, 2, 3, 30.0, 8), evidence=(Evidence("a", "run:9"),))
    page = renderer("html")(report(*told, observations=(act,)), "zh", False).decode()
    for words in (
        "运行时间线",
        "Timeline of the runs",
        "用户拒绝权限",
        "permission denied",
        "+00:00:03.000",
        "&lt;script&gt;pinned",
        "30.0",
    ):
        assert words in page
    assert "<script>pinned" not in page
