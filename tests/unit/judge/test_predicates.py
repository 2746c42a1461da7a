import pytest

from mingjian.judge.necessary import CATEGORY
from mingjian.judge.predicates import PREDICATES
from mingjian.model.terms import vocabulary
from mingjian.model.types import Subject, Truth


@pytest.mark.parametrize(
    ("category", "data", "expected"),
    [
        ("map_navigation", "permission.call_log.READ_CALL_LOG", ("yes", ())),
        ("map_navigation", "permission.location.ACCESS_FINE_LOCATION", ("no", ())),
        ("map_navigation", "permission.microphone.RECORD_AUDIO", ("no", ())),
        ("map_navigation", "permission.call.X", ("no", ())),
        ("map_navigation", "location.precise", ("no", ())),
        ("map_navigation", "unknown", ("unknown", ())),
        (None, "permission.call_log.READ_CALL_LOG", ("unknown", (CATEGORY,))),
        (None, None, ("no", ())),
        ("fortune_telling", "permission.call_log.READ_CALL_LOG", ("unknown", (CATEGORY,))),
    ],
)
def test_low_relevance_follows_our_derivation_only(category: str | None, data: str | None, expected: tuple[Truth, tuple[str, ...]]) -> None:
    """A map app needs the location, has use for a microphone, and none for the call log (`derived` in the catalogue)."""
    subject = Subject("0", "android", "a.b", "1", "App", None, (), category=category)
    assert PREDICATES["low_relevance"].answer(subject, {"data": data}) == expected


def answer(name: str, category: str | None, **arguments: str | None) -> tuple[Truth, tuple[str, ...]]:
    subject = Subject("0", "android", "a.b", "1", "App", None, (), category=category)
    return PREDICATES[name].answer(subject, arguments)


@pytest.mark.parametrize(
    ("category", "data", "expected"),
    [
        ("map_navigation", "location.precise", "no"),
        ("map_navigation", "location.coarse", "no"),
        ("map_navigation", "location.track", "yes"),
        ("map_navigation", "location", "unknown"),
        ("map_navigation", "contacts.address_book", "yes"),
        ("map_navigation", "other.unlisted", "unknown"),
        ("map_navigation", "device.environment", "no"),
        ("map_navigation", "permission.camera.CAMERA", "no"),
        ("instant_messaging", "contacts.friends", "no"),
        ("instant_messaging", "contacts.address_book", "yes"),
        ("ride_hailing", "finance.payment", "no"),
        ("news", "basic.phone_number", "yes"),
        ("news", "unknown", "unknown"),
        ("online_game", "netid.account", "no"),
        ("map_navigation", "netid.account", "yes"),
    ],
)
def test_what_the_law_lists_is_necessary_and_what_it_does_not_name_is_not(category: str, data: str, expected: Truth) -> None:
    """After the provisions' rows 1, 2, 3, 18 and 30; an account comes with the phone number that one signs in with."""
    assert answer("unlisted_data", category, data=data) == (expected, ())


@pytest.mark.parametrize(
    ("category", "permission", "expected"),
    [
        ("map_navigation", "permission.location.ACCESS_FINE_LOCATION", "no"),
        ("map_navigation", "permission.microphone.RECORD_AUDIO", "yes"),
        ("map_navigation", "permission.normal.INTERNET", "no"),
        ("map_navigation", "permission.notifications.POST_NOTIFICATIONS", "no"),
        ("map_navigation", "permission.special.QUERY_ALL_PACKAGES", "yes"),
        ("map_navigation", "permission.special.SYSTEM_ALERT_WINDOW", "no"),
        ("map_navigation", "location.precise", "no"),
        ("online_shopping", "permission.phone.READ_PHONE_STATE", "yes"),
    ],
)
def test_a_permission_is_needed_when_our_derivation_says_so_whatever_it_opens(category: str, permission: str, expected: Truth) -> None:
    assert answer("unneeded_permission", category, data=permission) == (expected, ())


@pytest.mark.parametrize("name", ["low_relevance", "unlisted_data", "unneeded_permission", "no_data_type", "list_read"])
def test_a_type_that_nobody_named_decides_nothing(name: str) -> None:
    data = "contacts.address_book" if name == "unlisted_data" else "permission.call_log.READ_CALL_LOG"
    assert answer(name, None, data=data) == ("unknown", (CATEGORY,))
    assert answer(name, "map_navigation", data=data)[0] != "unknown"


def test_thirteen_types_need_no_personal_information() -> None:
    assert sum(answer("no_data_type", category) == ("yes", ()) for category in vocabulary("categories")) == 13


def test_what_is_recalled_alone_is_not_called_read() -> None:
    assert answer("list_read", "news") == ("yes", ())
    assert answer("list_read", "hotel") == ("no", ())


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        ("service.payment", "yes"),
        ("service", "unknown"),
        ("stated", "unknown"),
        ("unknown", "unknown"),
        ("service.push", "no"),
        ("analytics", "no"),
        (None, "no"),
    ],
)
def test_a_function_is_named_by_a_purpose_that_the_user_starts(purpose: str | None, expected: Truth) -> None:
    assert answer("names_function", None, purpose=purpose) == (expected, ())


@pytest.mark.parametrize(
    ("data", "expected"),
    [("device.android_id", "yes"), ("device.oaid", "yes"), ("device.imei", "no"), ("device", "no"), ("unknown", "unknown"), (None, "no")],
)
def test_an_identifier_that_the_user_can_set_anew_marks_an_installation(data: str | None, expected: Truth) -> None:
    assert answer("marks_installation", None, data=data) == (expected, ())


@pytest.mark.parametrize(
    ("permission", "data", "expected"),
    [
        ("permission.location.ACCESS_FINE_LOCATION", "permission.location", "yes"),
        ("permission.location.ACCESS_FINE_LOCATION", "location.precise", "yes"),
        ("permission.location.ACCESS_FINE_LOCATION", "location", "unknown"),
        ("permission.location.ACCESS_FINE_LOCATION", "permission", "unknown"),
        ("permission.location.ACCESS_FINE_LOCATION", "permission.camera", "no"),
        ("permission.location.ACCESS_FINE_LOCATION", "media.camera", "no"),
        ("permission.special.QUERY_ALL_PACKAGES", "permission.special.PACKAGE_USAGE_STATS", "no"),
        ("permission.special.QUERY_ALL_PACKAGES", "device.installed_apps", "yes"),
        ("unknown", "location.precise", "unknown"),
        (None, "location.precise", "no"),
    ],
)
def test_words_concern_a_permission_by_its_group_or_what_it_opens(permission: str | None, data: str, expected: Truth) -> None:
    assert answer("concerns", None, permission=permission, data=data) == (expected, ())
