"""The table of necessity over lines of observations."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mingjian.judge import Pack, load, necessity
from mingjian.judge.examples import evaluation_of
from mingjian.judge.expr import Some
from mingjian.model.line import parse
from mingjian.model.types import Channel, Coverage, Necessity, Subject

CHANNELS: tuple[Channel, ...] = ("policy", "manifest", "code")
PHASES = ("before_consent", "after_refusal", "foreground", "background")
ALL = [Coverage(channel, "e", "complete") for channel in CHANNELS]
ALL += [Coverage("api", "e", "complete", PHASES), Coverage("network", "e", "complete", PHASES), Coverage("ui", "e", "complete", PHASES)]
MAP = Subject("0", "android", "a.b", "1", "App", None, (), category="map_navigation")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load("cac-2019")


def rows(pack: Pack, *lines: str, subject: Subject = MAP, coverage: Sequence[Coverage] = ALL) -> dict[str, Necessity]:
    return {row.term: row for row in necessity([parse(line) for line in lines], coverage, subject, pack.whens)}


def test_each_row_says_how_the_term_is_known_and_on_which_layer_its_need_rests(pack: Pack) -> None:
    found = rows(
        pack,
        "claimed collect location.precise by app for service.location",
        "possible collect location.precise by app during ui via code",
        "observed collect location.precise by app during foreground via api",
        "declared declare permission.location.ACCESS_FINE_LOCATION by app via manifest",
        "possible ask permission.location.ACCESS_FINE_LOCATION by app during ui via code",
        "shown ask permission.location during foreground",
        "observed open permission.location.ACCESS_FINE_LOCATION by app during foreground via api",
        "possible open permission.location.ACCESS_FINE_LOCATION by app via code",
    )
    assert list(found) == ["location.precise", "permission.location.ACCESS_FINE_LOCATION"]
    place, permission = found.values()
    assert (place.declared, place.used, place.asked, place.seen, place.functions) == ((0,), (1,), (), (2,), (0,))
    assert (place.layer, place.need, place.confidence, place.beyond) == ("law", "listed", "reprint", "no")
    assert (permission.declared, permission.used, permission.asked, permission.seen) == ((3,), (7,), (4, 5), (6,))
    assert (permission.layer, permission.need, permission.confidence, permission.beyond) == ("derived", "necessary", "derived", "no")
    assert permission.functions == (0,)


def test_what_neither_the_list_nor_a_function_explains_is_beyond(pack: Pack) -> None:
    found = rows(
        pack,
        "claimed collect contacts.address_book by app for analytics",
        "observed collect contacts.address_book by app during foreground via api",
        "declared declare permission.call_log.READ_CALL_LOG by app via manifest",
    )
    assert [(row.need, row.beyond, row.functions) for row in found.values()] == [("unlisted", "yes", ()), ("low_relevance", "yes", ())]


def test_a_function_ties_only_what_is_seen_where_the_user_acts(pack: Pack) -> None:
    claim = "claimed collect contacts.address_book by app for service.social"
    tied = rows(pack, claim, "observed collect contacts.address_book by app during foreground via api")
    early = rows(pack, claim, "observed collect contacts.address_book by app during before_consent via api")
    assert (tied["contacts.address_book"].beyond, early["contacts.address_book"].beyond) == ("no", "yes")


@pytest.mark.parametrize(
    ("claim", "beyond"),
    [
        ("claimed collect contacts.address_book by app for service.social", "no"),
        ("claimed perhaps collect contacts.address_book by app for service.social", "unknown"),
        ("claimed collect contacts.address_book by app for service", "unknown"),
        ("claimed collect contacts.address_book by app for ads", "yes"),
        ("claimed share contacts.address_book by app for service.social", "yes"),
        ("claimed collect contacts.address_book by app", "yes"),
        ("claimed collect location.precise by app", "no"),
        ("claimed collect location by app", "unknown"),
    ],
)
def test_a_sentence_alone_is_judged_by_the_function_it_names(pack: Pack, claim: str, beyond: str) -> None:
    assert [row.beyond for row in rows(pack, claim).values()] == [beyond]


def test_what_identifies_nobody_and_opens_nothing_has_no_row(pack: Pack) -> None:
    assert not rows(
        pack,
        "observed collect device.model by app during foreground via api",
        "declared declare permission.normal.INTERNET by app via manifest",
        "observed probe device.installed_apps by app during foreground via api",
        "claimed not collect contacts.address_book by app",
        "observed collect unknown by app during foreground via api",
    )


def test_a_type_that_nobody_named_leaves_every_row_open(pack: Pack) -> None:
    found = rows(
        pack,
        "observed collect contacts.address_book by app during foreground via api",
        "declared declare permission.call_log.READ_CALL_LOG by app via manifest",
        "claimed collect calendar.events by app for ads",
        subject=replace(MAP, category=None),
    )
    assert {(row.need, row.beyond) for row in found.values()} == {("type_unknown", "unknown")}
    assert all("subject.category" in row.missing for row in found.values())


def test_a_list_that_is_recalled_is_called_recalled(pack: Pack) -> None:
    (row,) = rows(pack, "claimed collect basic.name by app", subject=replace(MAP, category="hotel")).values()
    assert (row.need, row.confidence) == ("listed", "recalled")


def test_what_only_a_part_of_the_service_needs_is_marked(pack: Pack) -> None:
    (row,) = rows(pack, "claimed collect finance.payment by app", subject=replace(MAP, category="ride_hailing")).values()
    assert (row.need, row.beyond) == ("conditional", "no")


def test_an_uncertain_fact_decides_no_row(pack: Pack) -> None:
    (row,) = rows(pack, "observed perhaps collect contacts.address_book by app during foreground via api").values()
    assert row.beyond == "unknown"


def test_the_table_and_the_signals_agree_on_every_example(pack: Pack) -> None:
    """The signal holds exactly when a row that was seen, or declared, goes beyond: both read the same condition."""
    compared = 0
    for name in ("beyond-necessary-data", "declares-beyond-necessary-permission"):
        signal = pack.signals[name]
        assert isinstance(signal.when, Some)
        for example in signal.examples:
            evaluation = evaluation_of(example, pack.whens)
            if example.expect == "unknown" or any(not item.certain for item in example.given):
                continue
            subject = replace(MAP, category=example.category)
            table = necessity(example.given, ALL, subject, pack.whens)
            data = name == "beyond-necessary-data"
            acted = [
                row
                for row in table
                if (data and row.seen and not row.term.startswith("permission."))
                or (not data and any(example.given[index].mode == "declared" for index in row.declared))
            ]
            assert any(row.beyond == "yes" for row in acted) == (evaluation.why(signal.when).value == "yes"), example.name
            compared += 1
    assert compared >= 12
