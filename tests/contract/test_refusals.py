"""Requests for permission through the whole boundary: pairs of apps that differ in what explains the request or follows its refusal."""

from pathlib import Path

import pytest

import fixtures.builder
from mingjian.extract import Context, questions, requests, uses
from mingjian.model.line import format_line
from mingjian.native import PackageReader
from mingjian.native.reader import read_package

APPS = Path(__file__).parents[2] / "fixtures" / "flow"
CONTACTS = "permission.contacts.READ_CONTACTS"


def read(app: str, folder: Path) -> PackageReader:
    path = fixtures.builder.build(APPS / app, folder / "app.apk").path
    return read_package((path,), questions(flows=True))


def stated(app: str, folder: Path) -> list[str]:
    reader = read(app, folder)
    context = Context("a" * 64)
    found = [each for extractor in (uses, requests) for each in extractor.extract(reader, context)[0]]
    return sorted(f"{format_line(each)}".replace(" via code", "").replace(CONTACTS, "CONTACTS") for each in found)


USED = "possible open CONTACTS by app during ui"


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        # The request stands in what runs by itself at the start; the contacts are read when the answer comes.
        ("asks-refusal-ends", ["possible block CONTACTS by app during app_start", USED]),
        ("asks-refusal-goes-on", [USED]),
        # The second request, in the answer to the first, is answered by the same method.
        ("asks-again", [f"possible ask.again CONTACTS by app during {phase}" for phase in ("app_start", "ui")] + [USED]),
        ("asks-explained", [USED, "possible perhaps prompt.purpose CONTACTS by app during app_start"]),
        ("asks-unused", ["possible unused CONTACTS by app"]),
    ],
)
def test_one_fact_makes_the_difference(app: str, expected: list[str], tmp_path: Path) -> None:
    assert stated(app, tmp_path) == expected


def test_the_way_behind_a_refusal_is_told(tmp_path: Path) -> None:
    reader = read("asks-refusal-ends", tmp_path)
    assert reader.flows is not None
    assert reader.flows["refusals_complete"]
    (refusal,) = reader.flows["refusals"]
    assert (refusal["id"], refusal["method"], refusal["code"]) == ("activity", "Lcn/example/asks/AskActivity;->ask()V", 7)
    told = "Lcn/example/asks/AskActivity;->onRequestPermissionsResult(I[Ljava/lang/String;[I)V"
    assert refusal["answers"] == [told]
    (end,) = refusal["ends"]
    assert (end["id"], end["button"], end["certain"]) == ("finish", None, True)
    assert [link["method"] for link in end["chain"]] == [told]
    observations, _ = requests.extract(reader, Context("a" * 64))
    excerpt = observations[0].evidence[0].excerpt
    assert [line for line in excerpt.splitlines() if line.startswith("ends ")] == [f"ends app {told}+0xc Landroid/app/Activity;->finish()V"]


def test_nothing_is_said_of_refusals_that_were_not_asked_about(tmp_path: Path) -> None:
    path = fixtures.builder.build(APPS / "asks-unused", tmp_path / "app.apk").path
    reader = read_package((path,), questions())
    assert requests.extract(reader, Context("a" * 64)) == ([], [])
    # Without the analysis of calls nobody knows what reflection may have used.
    assert [format_line(each) for each in uses.extract(reader, Context("a" * 64))[0]] == [
        f"possible perhaps unused {CONTACTS} by app via code"
    ]
