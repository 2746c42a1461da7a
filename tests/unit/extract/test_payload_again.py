"""Headers come with every request alike: what said nothing in one may say something in the next, and what was found is found again."""

from payload_samples import ANDROID_ID, APPS, URL, known_values, sent

from mingjian.extract.known_values import KnownValues
from mingjian.extract.payload import search


def test_a_value_that_is_learned_later_is_found_in_the_same_header() -> None:
    values, request = KnownValues(), sent(X_Q=ANDROID_ID, Cookie=f"q={ANDROID_ID}; r=1")
    assert search(request, values) == search(request, values) == ((), None)
    values.learn(None, "another value", "device.model", 3, None, None)
    assert search(request, values) == ((), None)
    values.learn(None, ANDROID_ID, "device.android_id", 4, None, None)
    assert [match.data for match in search(request, values)[0]] == ["device.android_id"]


def test_a_value_is_found_in_the_same_header_once_it_was_read() -> None:
    values, request = KnownValues(), sent(X_Q=ANDROID_ID)
    values.learn(None, ANDROID_ID, "device.android_id", 4, 100_000.0, None)
    assert [bool(search(request, values, ts)[0]) for ts in (1_000.0, 200_000.0, 1_000.0)] == [False, True, False]


def test_what_only_several_headers_tell_is_told_each_time() -> None:
    values = known_values()
    for request, data in (
        (sent(X_A=APPS[0], X_B=APPS[1], X_C=APPS[2]), "device.installed_apps"),
        (sent(X_Lat="31.230416", X_Lon="121.473701"), "location.precise"),
    ):
        found = [search(request, values)[0] for _ in range(3)]
        assert data in {match.data for match in found[0]}
        assert found[0] == found[1] == found[2]


def test_a_silent_header_hides_no_other() -> None:
    values = known_values()
    assert search(sent(X_Q="nothing"), values) == ((), None)
    found, _ = search(sent(X_Q="nothing", X_R=ANDROID_ID, url=f"{URL}?q={ANDROID_ID}"), values)
    assert [match.where for match in found] == ["query.q"]
    assert [match.where for match in search(sent(X_Q=ANDROID_ID), values)[0]] == ["header.x-q"]
