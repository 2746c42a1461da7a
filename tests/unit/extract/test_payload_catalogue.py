"""The lists by which traffic is read name what exists, in the one spelling in which names are compared."""

from mingjian.extract.payload.names import half_of_pair, meaning
from mingjian.extract.recipients import kind_of_host
from mingjian.model.shipped import catalog
from mingjian.model.terms import exists


def test_every_data_term_exists() -> None:
    payload = catalog("payload")
    assert all(exists("data", data) for data in (*payload["fields"], *payload["known_fields"], *payload["gathered"]))


def test_every_listed_name_is_understood() -> None:
    rows = catalog("payload")["fields"]
    lost = [name for data, row in rows.items() for name in row["names"] if (said := meaning(name)) is None or said.data != data]
    assert lost == []


def test_halves_of_a_place_are_understood() -> None:
    for half in ("latitude", "longitude"):
        assert {half_of_pair(name) for name in catalog("payload")[half]} == {half}


def test_no_domain_abroad_is_rented() -> None:
    rows = catalog("recipients")["abroad"]
    assert [domain for domain in rows if kind_of_host(domain) is not None] == []
    assert {row["confidence"] for row in rows.values()} <= {"high", "medium"}
    assert all(row["source"] and len(row["country"]) == 2 and row["country"] != "CN" for row in rows.values())
