"""The system's records of operations in every shape that versions of Android print. All dumps are written here after the shape."""

from datetime import datetime
from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.inputs.recording import appops
from mingjian.inputs.recording.track import Head
from mingjian.model.run import AnyEvent, OsAccess

PACKAGE = "com.example.mall"
CAPTURED = "# captured 2026-01-05T09:00:00+08:00\n"
ANDROID_10 = f"""Current AppOps Service state:
  Settings:
  Uid u0a103:
    state=cch
    Package {PACKAGE}:
      READ_PHONE_STATE (allow):
          Access: [bg-s] 2026-01-04 21:06:52.731
          (-11h53m7s269ms) duration=+33ms
          Reject: [cch-s]2026-01-03 18:57:58.644
          (-1d14h2m1s356ms)
      CAMERA (ignore / switch CAMERA=ignore):
          Access: [top-s] 2026-01-05 08:59:00.000 (-1m0s0ms) duration=+1m3s8ms proxy[uid=10012, pkg=com.example.other]
"""
ANDROID_11 = f"""Current AppOps Service state:
  Uid u10a277:
    state=bg
    Package {PACKAGE}:
      GPS (allow / switch COARSE_LOCATION=allow):
        null=[
          Access: [cch-s] 2026-01-05 08:01:05.251 (-58m54s749ms) duration=+84ms
          Reject: [fg-s]2026-01-05 07:13:47.892 (-1h46m12s108ms)
        ]
        com.example.ads=[
          Access: [fg-tpd] 2026-01-05 08:01:05.251 (-58m54s749ms)
        ]
      RECORD_AUDIO (allow):
        null=[
          Access: [fgsvc-tp] 2026-01-05 08:05:00.000 (-55m0s0ms)
        ]
"""
ANDROID_12 = f"""  Historical ops:
    snapshot:
      begin = 2026-01-04 00:00:00.000  (-1d9h0m0s0ms)
      end = 2026-01-04 12:00:00.000  (-21h0m0s0ms)
      Uid u0a123:
        Package {PACKAGE}:
          Attribution null:
            READ_CLIPBOARD:
              [bg-s] = access=3, reject=2, duration=+1m3s8ms
              [top-s] = access=5
          Attribution com.example.ads:
            FINE_LOCATION: [bg-s] = access=7
  Discrete accesses:
  Largest chain id: 0
    Uid: 10123
      Package: {PACKAGE}
        CAMERA
          Attribution: null
            Access [top-s] at 2026-01-05 08:26:00.000
            Access [bg-p] at 2026-01-05 08:30:00.000 for 120000 milliseconds
"""
ANDROID_15 = f"""Discrete accesses:
  Uid: 10123
    Package: {PACKAGE}
      Device: default:0
        FINE_LOCATION
          Attribution: com.example.ads
            Access [bg-s|tpd] at 2026-01-05 08:30:00.000 for 1000 milliseconds, chain 3
"""


def written(folder: Path, text: str, captured: str = CAPTURED) -> Path:
    file = folder / "appops.txt"
    file.write_bytes((captured + text).encode())
    return file


def accesses(file: Path) -> list[OsAccess]:
    return [event for event in events(file) if isinstance(event, OsAccess)]


def events(file: Path) -> list[AnyEvent]:
    assert appops.recognises(Head(file.name, file.read_bytes()[:65536]))
    found = list(appops.read(file).events())
    assert [item.seq for item in found] == list(range(2, len(found) + 2))  # type: ignore[union-attr]
    return found  # type: ignore[return-value]


def at(local: str) -> float:
    return datetime.fromisoformat(f"{local}+08:00").timestamp() * 1000


def told(access: OsAccess) -> tuple[object, ...]:
    return access.op, access.outcome, access.state, access.duration_ms, access.attribution, access.proxy


def test_android_10_prints_age_and_duration_on_the_next_line(tmp_path: Path) -> None:
    read, rejected, camera = accesses(written(tmp_path, ANDROID_10))
    assert told(read) == ("READ_PHONE_STATE", "access", "background", 33.0, None, False)
    assert (read.uid, read.package, read.precision, read.ts, read.at) == (10103, PACKAGE, "last", at("2026-01-04 21:06:52.731"), "line:8")
    assert told(rejected) == ("READ_PHONE_STATE", "reject", "background", None, None, False)
    assert rejected.ts == at("2026-01-03 18:57:58.644"), "no space stands before the date"
    assert told(camera) == ("CAMERA", "access", "foreground", 63_008.0, None, False)


def test_android_11_names_the_attribution(tmp_path: Path) -> None:
    found = accesses(written(tmp_path, ANDROID_11))
    assert [told(each) for each in found] == [
        ("GPS", "access", "background", 84.0, None, False),
        ("GPS", "reject", "foreground", None, None, False),
        ("GPS", "access", "foreground", None, "com.example.ads", False),
        ("RECORD_AUDIO", "access", "foreground", None, None, True),
    ]
    assert {each.uid for each in found} == {1_010_277}
    assert found[1].ts == at("2026-01-05 07:13:47.892")


def test_android_12_gives_single_accesses_and_counts(tmp_path: Path) -> None:
    clipboard, rejected, in_front, place, camera, longer = accesses(written(tmp_path, ANDROID_12))
    assert (clipboard.precision, clipboard.count, clipboard.duration_ms, clipboard.ts) == ("aggregate", 3, 63_008.0, None)
    assert (clipboard.begin, clipboard.end) == (at("2026-01-04 00:00:00.000"), at("2026-01-04 12:00:00.000"))
    assert (rejected.outcome, rejected.count, rejected.duration_ms) == ("reject", 2, None)
    assert (in_front.state, in_front.count) == ("foreground", 5)
    assert (place.op, place.attribution, place.count, place.uid) == ("FINE_LOCATION", "com.example.ads", 7, 10123)
    assert (camera.precision, camera.ts, camera.duration_ms, camera.begin) == ("event", at("2026-01-05 08:26:00.000"), None, None)
    assert (longer.state, longer.duration_ms, longer.uid, longer.proxy) == ("background", 120_000.0, 10123, None)


def test_newer_dumps_have_a_level_for_the_device(tmp_path: Path) -> None:
    (access,) = accesses(written(tmp_path, ANDROID_15))
    assert told(access) == ("FINE_LOCATION", "access", "background", 1000.0, "com.example.ads", False)
    assert access.package == PACKAGE


@pytest.mark.parametrize(("dump", "error"), [(ANDROID_10, 0.0), (ANDROID_12, 60_000.0), ("CAMERA: allow; time=+1h0m0s0ms ago\n", 2000.0)])
def test_the_clock_is_the_devices_as_exact_as_the_shape_tells(dump: str, error: float, tmp_path: Path) -> None:
    assert appops.read(written(tmp_path, dump)).session.parts[0].clock.error_ms == error
    assert appops.read(written(tmp_path, dump, "")).session.parts[0].clock.error_ms is None


@pytest.mark.parametrize("heading", ["", "# captured 2026-01-05T09:00:00\n", "# captured some time ago, in the morning\n"])
def test_without_a_zone_there_are_no_moments(heading: str, tmp_path: Path) -> None:
    found = accesses(written(tmp_path, ANDROID_10 + ANDROID_12, heading))
    assert len(found) == 9
    assert {(each.ts, each.begin, each.end) for each in found} == {(None, None, None)}


def test_a_time_after_the_capture_is_none(tmp_path: Path) -> None:
    found = accesses(written(tmp_path, ANDROID_10, "# captured 2026-01-04T22:00:00+08:00\n"))
    assert [each.ts is None for each in found] == [False, False, True]


def test_answers_of_appops_get_have_ages_and_no_package(tmp_path: Path) -> None:
    answers = (
        "Uid mode: COARSE_LOCATION: foreground\n"
        "COARSE_LOCATION: allow; time=+2h3m39s662ms ago; duration=+5s\n"
        "CAMERA: ignore; time=+1d0h0m0s1ms ago; rejectTime=+30m0s0ms ago\n"
        "WAKE_LOCK: allow\n"
    )
    place, camera, rejected = accesses(written(tmp_path, answers))
    assert told(place) == ("COARSE_LOCATION", "access", None, 5000.0, None, None)
    assert (place.ts, place.package, place.precision) == (at("2026-01-05 06:56:20.338"), None, "last")
    assert camera.ts == at("2026-01-04 08:59:59.999")
    assert (rejected.op, rejected.outcome, rejected.ts) == ("CAMERA", "reject", at("2026-01-05 08:30:00.000"))
    file = written(tmp_path, answers, f"{CAPTURED}# package {PACKAGE}\n")
    assert {each.package for each in accesses(file)} == {PACKAGE}
    app = appops.read(file).session.app
    assert app is not None and app.package == PACKAGE


def test_a_dump_that_a_windows_shell_wrote(tmp_path: Path) -> None:
    file = tmp_path / "appops.txt"
    file.write_bytes((CAPTURED + ANDROID_11).replace("\n", "\r\n").encode("utf-16"))
    assert [each.op for each in accesses(file)] == ["GPS", "GPS", "GPS", "RECORD_AUDIO"]


def test_what_is_no_line_is_told(tmp_path: Path) -> None:
    found = events(written(tmp_path, ANDROID_10 + "x" * 20_000 + "\n"))
    assert [(event.channel, event.what, event.at) for event in found[3:]] == [("api", "too_long", "line:14")]  # type: ignore[union-attr]


def test_words_that_only_look_alike_are_not_taken_for_a_dump(tmp_path: Path) -> None:
    for text in ("Package delivered: 3\nUid: none\n", "TODO: call; later\nBUY: milk and bread\n", ""):
        assert not appops.recognises(Head("notes.txt", text.encode()))
    file = tmp_path / "appops.txt"
    file.write_text("Discrete accesses:\n  Uid: 10123\n")
    with pytest.raises(InputError, match="run_no_operations"):
        appops.read(file)
