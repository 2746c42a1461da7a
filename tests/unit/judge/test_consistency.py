"""Acts held against claims."""

import pytest

from mingjian.judge import compare_with_policy
from mingjian.model.line import parse
from mingjian.model.types import Comparison, Coverage

POLICY = [Coverage("policy", "policy", "complete")]


def agreements(*lines: str, coverage: list[Coverage] | None = None) -> list[tuple[str, str, list[str]]]:
    found = compare_with_policy([parse(line) for line in lines], POLICY if coverage is None else coverage)
    return [(lines[each.act], each.agreement, [lines[index] for index in each.claims]) for each in found]


IMEI = "possible collect device.imei by sdk.umeng_analytics during app_start via code"


@pytest.mark.parametrize(
    ("claim", "agreement"),
    [
        ("claimed collect device.imei by sdk.umeng_analytics for analytics", "clear"),
        ("claimed share device.imei to sdk.umeng_analytics by app", "clear"),
        ("claimed use device.imei by sdk.umeng_analytics", "clear"),
        ("claimed collect device by sdk.umeng_analytics for analytics", "vague"),
        ("claimed perhaps collect device.imei by sdk.umeng_analytics", "vague"),
        ("claimed collect device.imei by app for security", "other_party"),
        ("claimed collect device.imei by sdk.jpush for service.push", "other_party"),
        ("claimed not collect device.imei by app", "contradicted"),
        ("claimed not collect device by app", "contradicted"),
        ("claimed not collect device.imei by sdk.jpush", "omitted"),
        ("claimed not collect device.imei by app for ads", "omitted"),
        ("claimed not collect device.imei by app during background", "omitted"),
        ("claimed store device.imei by sdk.umeng_analytics", "omitted"),
        ("claimed collect device.oaid by sdk.umeng_analytics", "omitted"),
        ("claimed not collect device.oaid by app", "omitted"),
    ],
)
def test_one_act_beside_one_claim(claim: str, agreement: str) -> None:
    spoken = [] if agreement == "omitted" else [claim]
    assert agreements(IMEI, claim) == [(IMEI, agreement, spoken)]


def test_the_best_sentence_counts() -> None:
    clear = "claimed collect device.imei by sdk.umeng_analytics for analytics"
    found = agreements(IMEI, "claimed collect device by app", "claimed collect device.imei by app", clear)
    assert found == [(IMEI, "clear", [clear])]


def test_a_denial_weighs_more_than_a_claim() -> None:
    denial = "claimed not collect device.imei by sdk.umeng_analytics"
    claim = "claimed collect device.imei by sdk.umeng_analytics"
    found = agreements(IMEI, claim, denial)
    assert found[0] == (IMEI, "contradicted", [denial])
    assert found[1] == (denial, "contradicted", [claim])


def test_a_purpose_that_was_not_told() -> None:
    act = "observed collect device.imei by app for ads during foreground via api"
    assert agreements(act, "claimed collect device.imei by app for security")[0][1] == "other_purpose"
    assert agreements(act, "claimed collect device.imei by app for ads")[0][1] == "clear"
    assert agreements(act, "claimed collect device.imei by app")[0][1] == "clear"


def test_a_recipient_that_was_not_told() -> None:
    act = "observed share.plain device.oaid to company.beta by app during foreground via network"
    assert agreements(act, "claimed share device.oaid to company.alpha by app")[0][1] == "other_party"
    assert agreements(act, "claimed share device.oaid to company.beta by app")[0][1] == "clear"
    assert agreements(act, "claimed share device.oaid by app")[0][1] == "clear"


def test_a_denial_of_one_recipient_says_nothing_of_another() -> None:
    act = "observed share.plain device.oaid to company.beta by app during foreground via network"
    assert agreements(act, "claimed not share device.oaid to company.alpha by app")[0][1] == "omitted"
    assert agreements(act, "claimed not share device.oaid to company.beta by app")[0][1] == "contradicted"


def test_an_embedded_sdk_is_named_or_not() -> None:
    act = "possible embed by sdk.jpush via code"
    assert agreements(act, "claimed embed by sdk.jpush")[0][1] == "clear"
    assert agreements(act, "claimed perhaps embed by sdk.jpush")[0][1] == "vague"
    assert agreements(act, "claimed perhaps embed by unknown")[0][1] == "vague"
    assert agreements(act, "claimed embed by sdk.umeng_analytics")[0][1] == "omitted"


def test_nothing_is_called_omitted_where_the_policy_was_read_in_part() -> None:
    partial = [Coverage("policy", "policy", "partial")]
    assert agreements(IMEI, coverage=partial) == []
    denial = "claimed not collect device.imei by app"
    assert agreements(IMEI, denial, coverage=partial) == [(IMEI, "contradicted", [denial])]


def test_without_a_policy_there_is_nothing_to_compare() -> None:
    for status in ("absent", "failed"):
        assert compare_with_policy([parse(IMEI)], [Coverage("policy", "inputs", status)]) == ()


def test_what_identifies_nobody_or_has_no_known_owner_is_not_compared() -> None:
    assert agreements("possible collect device.model by app during ui via code", IMEI.replace("sdk.umeng_analytics", "unknown")) == []


def test_the_places_are_those_of_the_report() -> None:
    lines = ["claimed complain by app", IMEI, "claimed collect device.imei by sdk.umeng_analytics"]
    assert compare_with_policy([parse(line) for line in lines], POLICY) == (Comparison(1, "clear", (2,)),)


@pytest.mark.parametrize("recipient", ["operator", "host.api.example.com", "unknown"])
def test_what_goes_to_nobody_known_as_a_third_party_is_no_sharing_that_a_policy_denies(recipient: str) -> None:
    act = f"observed share.plain device.oaid to {recipient} by sdk.umeng_analytics during foreground via network"
    assert agreements(act, "claimed not share device.oaid by app") == []
