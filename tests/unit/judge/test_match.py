import pytest

from mingjian.judge.expr import FIELDS, Absent, Bound, Except, Field, Named, OneOf, Pattern, Present, Value
from mingjian.judge.match import Facts, fits
from mingjian.model.line import parse
from mingjian.model.types import Truth

DEVICE = Named("device")
SAID = (None, "unknown", "device", "device.imei", "devices.imei", "location.precise")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (DEVICE, ("no", "unknown", "yes", "yes", "no", "no")),
        (Named("device.imei"), ("no", "unknown", "no", "yes", "no", "no")),
        (Absent(), ("yes", "unknown", "no", "no", "no", "no")),
        (Present(), ("no", "unknown", "yes", "yes", "yes", "yes")),
        (Except(DEVICE), ("yes", "unknown", "no", "no", "yes", "yes")),
        (OneOf((DEVICE, Absent())), ("yes", "unknown", "yes", "yes", "no", "no")),
        (OneOf((DEVICE, Named("location"))), ("no", "unknown", "yes", "yes", "no", "yes")),
        (Except(OneOf((DEVICE, Absent()))), ("no", "unknown", "no", "no", "yes", "yes")),
    ],
)
def test_a_value_against_what_an_observation_says(value: Value, expected: tuple[Truth, ...]) -> None:
    assert tuple(fits(said, value, {}) for said in SAID) == expected


@pytest.mark.parametrize(
    ("term", "said", "expected"),
    [
        ("personal", "device.imei", "yes"),
        ("personal", "permission.camera.CAMERA", "no"),
        ("personal", "device.environment", "no"),
        ("personal", None, "no"),
        ("personal", "unknown", "unknown"),
        ("permission", "permission.camera.CAMERA", "yes"),
    ],
)
def test_permissions_and_probes_are_not_personal(term: str, said: str | None, expected: Truth) -> None:
    assert fits(said, Named(term), {}) == expected


@pytest.mark.parametrize(
    ("bound", "said", "expected"),
    [
        ("observed collect device by app", "device.imei", "yes"),
        ("observed collect device.imei by app", "device.imei", "yes"),
        ("observed collect device.imei by app", "device", "unknown"),
        ("observed collect device.imei by app", "personal", "unknown"),
        ("observed collect device.imei by app", "identifying", "unknown"),
        ("observed collect device.model by app", "identifying", "no"),
        ("observed collect device.imei by app", "dev", "no"),
        ("observed collect device.imei by app", "device.oaid", "no"),
        ("observed collect device.imei by app", "contacts", "no"),
        ("observed collect unknown by app", "device", "unknown"),
        ("observed collect by app", "device", "no"),
        ("observed collect by app", None, "yes"),
    ],
)
def test_a_variable_asks_for_what_its_observation_says(bound: str, said: str | None, expected: Truth) -> None:
    assert fits(said, Bound("x", "data"), {"x": parse(bound)}) == expected


@pytest.mark.parametrize(
    ("field", "bound", "said", "expected"),
    [
        ("purpose", "observed collect device for ads.personalised", "ads", "unknown"),
        ("purpose", "observed collect device for ads", "ads.personalised", "yes"),
        ("purpose", "observed collect device for ads.personalised", "analytics", "no"),
        ("actor", "observed collect device by sdk.umeng", "sdk", "no"),
        ("recipient", "observed share device to sdk.umeng", "sdk", "no"),
    ],
)
def test_a_general_word_is_doubt_for_data_and_purposes_only(field: Field, bound: str, said: str, expected: Truth) -> None:
    assert fits(said, Bound("x", field), {"x": parse(bound)}) == expected
    if expected == "unknown":
        assert fits(said, Except(Bound("x", field)), {"x": parse(bound)}) == "unknown"


def test_a_general_word_that_is_asked_for_by_name_is_no_doubt() -> None:
    assert fits("device", Named("device.imei"), {}) == "no"


def found(pattern: Pattern, *lines: str) -> list[tuple[str, Truth]]:
    facts = Facts([parse(line) for line in lines])
    return [(lines[fact.indices[0]], value) for fact, value in facts.matching(pattern, {})]


def pattern(*values: tuple[Field, Value], negated: bool = False) -> Pattern:
    return Pattern("claimed", ("policy",), values, negated=negated)


def test_one_key_that_fails_outweighs_doubt() -> None:
    asked = pattern(("action", Named("share")), ("data", DEVICE))
    assert found(asked, "claimed perhaps share device") == [("claimed perhaps share device", "unknown")]
    assert found(asked, "claimed share unknown") == [("claimed share unknown", "unknown")]
    assert found(asked, "claimed perhaps share contacts") == []
    assert found(asked, "claimed collect unknown") == []


def test_a_denial_matches_only_a_pattern_that_asks_for_one() -> None:
    lines = ("claimed share device", "claimed not share device")
    asked: tuple[tuple[Field, Value], ...] = (("action", Named("share")),)
    assert found(pattern(*asked), *lines) == [(lines[0], "yes")]
    assert found(pattern(*asked, negated=True), *lines) == [(lines[1], "yes")]


def test_mode_and_channel_must_be_those_asked_for() -> None:
    asked = Pattern("observed", ("network",), (("action", Named("share")),))
    assert found(asked, "observed share device via api", "claimed share device", "observed share device via network") == [
        ("observed share device via network", "yes")
    ]


def test_the_root_of_an_action_is_no_prefix_of_another() -> None:
    assert found(pattern(("action", Named("share"))), "claimed share.anonymised device", "claimed store device") == [
        ("claimed share.anonymised device", "yes")
    ]


def test_an_action_left_open_meets_every_action() -> None:
    lines = ("claimed share device", "claimed collect device", "claimed unknown device")
    assert found(pattern(("data", DEVICE)), *lines) == [(line, "yes") for line in lines]
    assert found(pattern(("action", Except(Named("share")))), *lines) == [(lines[1], "yes"), (lines[2], "unknown")]
    assert found(pattern(("action", OneOf((Named("share"), Named("use"))))), *lines) == [(lines[0], "yes"), (lines[2], "unknown")]


def test_like_observations_are_one_fact_with_all_their_places() -> None:
    lines = ["claimed share device", "claimed collect device", "claimed share device"]
    ((fact, value),) = Facts([parse(line) for line in lines]).matching(pattern(("action", Named("share"))), {})
    assert (fact.indices, value) == ((0, 2), "yes")


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_restrict(field: Field) -> None:
    line = "claimed collect device to host.a by app for ads during ui"
    said = {"action": "collect", "data": "device", "recipient": "host.a", "actor": "app", "purpose": "ads", "phase": "ui"}[field]
    assert len(found(pattern((field, Named(said))), line)) == 1
    assert found(pattern((field, Named("elsewhere"))), line) == []
    assert found(pattern((field, Absent())), line) == []
