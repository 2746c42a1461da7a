"""Two versions of one app side by side: what is new, for sure or perhaps, with its evidence in both."""

from dataclasses import replace

import pytest

from mingjian.extract import versions
from mingjian.extract.context import Context
from mingjian.extract.versions import Beside
from mingjian.model.line import format_line, parse
from mingjian.model.types import Coverage, Evidence, Moment, Observation, Report, Signer, Subject, Tool

TOOL = Tool("1", "aa", "full")
SIGNER = Signer("cd" * 32, "CN=Us", "v3", "yes")
NEW = Subject("new", "android", "com.example.food", "2.0", "Food", SIGNER, ())
OLD = replace(NEW, id="old", version="1.9")
PHASES = ("before_consent", "foreground")
WHOLE = (
    Coverage("manifest", "manifest", "complete"),
    Coverage("code", "code", "complete"),
    Coverage("policy", "policy", "complete"),
    Coverage("api", "runtime", "complete", PHASES),
)


def stated(*lines: str) -> tuple[Observation, ...]:
    return tuple(replace(parse(line), evidence=(Evidence("new", "text:1-2", line),)) for line in lines)


def report(*lines: str, coverage: tuple[Coverage, ...] = WHOLE, timeline: tuple[Moment, ...] = ()) -> Report:
    return Report(TOOL, OLD, (), (), coverage, stated(*lines), (), "2026-01-01T00:00:00+08:00", timeline=timeline)


def found(old: Report, *lines: str, tool: Tool = TOOL, subject: Subject = NEW) -> list[str]:
    return [format_line(item) for item in observed(old, *lines, tool=tool, subject=subject)]


def added(old: Report, *lines: str, tool: Tool = TOOL, subject: Subject = NEW) -> list[str]:
    """What is found without what is said of the policies."""
    return [line for line in found(old, *lines, tool=tool, subject=subject) if not line.startswith("claimed")]


def observed(old: Report, *lines: str, tool: Tool = TOOL, subject: Subject = NEW) -> list[Observation]:
    items, rows = versions.extract(Beside(old, tool, subject, stated(*lines), WHOLE), Context("previous"))
    assert rows == []
    return items


CAMERA = "declared declare permission.camera.CAMERA by app via manifest"
UMENG = "possible embed by sdk.umeng_analytics via code"
OAID = "possible collect device.oaid by sdk.umeng_analytics during app_start via code"
RUN = "observed collect location.precise by app during foreground via api"


@pytest.mark.parametrize(
    ("line", "addition"),
    [
        (CAMERA, "declared change.add permission.camera.CAMERA by app via manifest"),
        (UMENG, "possible change.add by sdk.umeng_analytics via code"),
        (OAID, "possible change.add device.oaid by sdk.umeng_analytics during app_start via code"),
        (RUN, "observed change.add location.precise by app during foreground via api"),
    ],
)
def test_what_only_the_later_version_holds_is_added(line: str, addition: str) -> None:
    assert added(report(), line) == [addition]
    assert added(report(line), line) == []
    assert added(report(line)) == []


def test_an_addition_shows_where_it_is_now_and_how_far_the_earlier_report_had_looked() -> None:
    item = observed(report(), CAMERA)[0]
    assert [(each.artifact, each.locator) for each in item.evidence] == [("new", "text:1-2"), ("previous", "report:coverage[0]")]
    assert item.evidence[1].excerpt == "com.example.food 1.9: manifest complete"
    assert item.extractor == "versions"


@pytest.mark.parametrize("line", [CAMERA, UMENG, OAID, RUN])
def test_what_the_earlier_report_had_not_looked_at_is_new_perhaps(line: str) -> None:
    partial = tuple(replace(row, status="partial") for row in WHOLE)
    for coverage in (partial, ()):
        (addition,) = added(report(coverage=coverage), line)
        assert " perhaps change.add" in addition


def test_a_run_that_did_not_reach_the_time_of_use_says_nothing_about_it() -> None:
    coverage = (*WHOLE[:3], Coverage("api", "runtime", "complete", ("before_consent",)))
    (addition,) = added(report(coverage=coverage), RUN)
    assert addition.startswith("observed perhaps change.add")


def test_another_program_or_catalogue_may_be_the_difference_itself() -> None:
    other = replace(TOOL, catalogue="bb")
    assert added(report(), OAID, tool=other) == ["possible perhaps change.add device.oaid by sdk.umeng_analytics during app_start via code"]
    assert added(report(), CAMERA, tool=other) == ["declared change.add permission.camera.CAMERA by app via manifest"]


@pytest.mark.parametrize("signer", [None, replace(SIGNER, sha256="ef" * 32)])
def test_an_app_of_another_signer_is_perhaps_another_app(signer: Signer | None) -> None:
    (addition,) = added(report(), CAMERA, subject=replace(NEW, signer=signer))
    assert addition.startswith("declared perhaps change.add")


def test_what_identifies_nobody_is_no_addition() -> None:
    assert added(report(), "possible collect device.model by app during ui via code") == []


CONTACTS = "claimed collect contacts.address_book by app for service.social via policy"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [CONTACTS], "claimed change.rules.compared contacts.address_book by app for service.social via policy"),
        ([CONTACTS], [CONTACTS], "claimed not change.rules.compared by app via policy"),
        (
            ["claimed collect contacts.address_book by app for service.social"],
            ["claimed collect contacts.address_book by app for service.social", "claimed collect contacts.address_book by app for ads"],
            "claimed change.rules.compared contacts.address_book by app for ads via policy",
        ),
        (
            ["claimed share device.oaid to sdk.getui by app"],
            ["claimed share device.oaid to sdk.getui by app", "claimed share device.oaid to party.partner by app"],
            "claimed change.rules.compared device.oaid to party.partner by app via policy",
        ),
        (
            ["claimed not share contacts.address_book by app"],
            ["claimed share contacts.address_book by app"],
            "claimed change.rules.compared contacts.address_book by app via policy",
        ),
        (
            ["claimed collect device by app for security"],
            ["claimed collect device.imei by app for security"],
            "claimed perhaps change.rules.compared device.imei by app for security via policy",
        ),
        (
            [],
            ["claimed perhaps collect device.imei by app"],
            "claimed perhaps change.rules.compared device.imei by app via policy",
        ),
        ([CONTACTS], ["claimed complain by app"], "claimed perhaps change.rules.compared by app via policy"),
        (
            ["claimed publish.rules by app count 900"],
            ["claimed publish.rules by app count 901"],
            "claimed not change.rules.compared by app via policy",
        ),
    ],
)
def test_policies_are_compared_by_what_they_state(before: list[str], after: list[str], expected: str) -> None:
    assert found(report(*before), *after) == [expected]


def test_a_new_line_for_what_is_stated_already_is_no_change() -> None:
    again = "claimed collect contacts.address_book by app"
    assert found(report(CONTACTS, again), CONTACTS, again, again) == ["claimed not change.rules.compared by app via policy"]


def test_without_an_earlier_policy_nothing_is_said_of_its_change() -> None:
    assert found(report(coverage=WHOLE[:2]), CONTACTS) == []


def test_a_policy_read_in_part_may_have_said_it() -> None:
    coverage = (*WHOLE[:2], Coverage("policy", "policy", "partial"))
    (change,) = found(report(coverage=coverage), CONTACTS)
    assert change.startswith("claimed perhaps change.rules.compared")
    assert found(report(CONTACTS, coverage=coverage), CONTACTS) == []


def mark(name: str) -> Moment:
    return Moment(1.0, "mark", name, "foreground", "old-run", "run:3")


OPEN = "observed open permission.camera.CAMERA by app during after_update via api"
RESET = "observed perhaps reset permission.camera.CAMERA by app during after_update via api"


def test_what_was_denied_before_the_update_and_is_open_after_it_unasked_was_perhaps_reset() -> None:
    denied = report(timeline=(mark("launch"), mark("permission_denied android.permission.CAMERA")))
    assert RESET in found(denied, OPEN)
    (item,) = [each for each in observed(denied, OPEN) if each.action == "reset"]
    assert item.evidence[0] == Evidence("previous", "report:timeline[1]", "permission_denied android.permission.CAMERA")


@pytest.mark.parametrize(
    ("marks", "lines"),
    [
        (["permission_denied android.permission.CAMERA", "permission_granted android.permission.CAMERA"], [OPEN]),
        (["permission_denied android.permission.CAMERA"], [OPEN, "shown ask permission.camera.CAMERA during after_update"]),
        (["permission_denied android.permission.CAMERA"], [OPEN.replace("after_update", "foreground")]),
        (["permission_denied android.permission.RECORD_AUDIO"], [OPEN]),
        (["permission_denied"], [OPEN]),
    ],
)
def test_what_was_granted_or_asked_for_again_was_not_reset(marks: list[str], lines: list[str]) -> None:
    old = report(timeline=tuple(map(mark, marks)))
    assert not [line for line in found(old, *lines) if " reset " in line]


def test_additions_are_bounded() -> None:
    many = [f"declared declare permission.custom.P{number} by app via manifest" for number in range(versions.MOST + 9)]
    assert len(added(report(), *many)) == versions.MOST


def test_what_an_earlier_comparison_found_is_not_compared_again() -> None:
    lines = ["possible change.add by sdk.umeng_analytics via code", "claimed change.rules.compared contacts.address_book by app"]
    assert found(report(), *lines) == ["claimed not change.rules.compared by app via policy"]


def test_a_doubtful_sentence_that_stands_in_both_is_no_change() -> None:
    doubtful = "claimed perhaps collect device.imei by app for ads"
    assert found(report(doubtful), doubtful) == ["claimed not change.rules.compared by app via policy"]
    more = "claimed complain by app"
    assert found(report(doubtful), doubtful, more) == ["claimed perhaps change.rules.compared by app via policy"]
