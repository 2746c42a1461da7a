"""The invented market: always the same, nobody's, and judged as its author means it to be."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from mingjian.console.demo.facts import coverage, observations
from mingjian.console.demo.market import SyntheticVersion, demo_data, market
from mingjian.console.demo.reports import report_of
from mingjian.console.workdays import Calendar
from mingjian.judge import Pack, load, vocabulary
from mingjian.model.codec import dump_report, load_report
from mingjian.model.terms import vocabulary as terms
from mingjian.model.types import Report

ROOT = Path(__file__).parents[3]

BY_HEARSAY = "suspected (recalled)"
"""Everything that the clause forbids was seen, and its words are known from memory only: never more than suspected, and it says why."""

BROKEN = {
    "no-policy": {
        **dict.fromkeys(("1.1", "1.2"), "violated"),
        "1.3": "not_applicable",
        **dict.fromkeys(("2.1", "2.2", "3.3", "3.9", "5.1", "5.3", "6.3", "6.5"), "inconclusive"),
    },
    "no-prompt": {"1.2": "violated"},
    "policy-far-away": {"1.3": "violated"},
    "policy-not-in-chinese": {"1.4": "violated"},
    "unnamed-sdk": {"2.1": "violated"},
    "code-could-read-call-log": {"2.1": "suspected"},
    "change-untold": {"2.2": "violated"},
    "purpose-untold": {"2.3": "violated"},
    "policy-obscure": {"2.4": "violated"},
    "sdk-reads-before-consent": {"3.1": "violated", "5.1": "suspected"},
    "sdk-sends-before-consent": {"3.1": "violated", "5.1": "violated"},
    "app-reads-before-consent": {"3.1": "violated"},
    "asks-before-consent": {"3.1": "suspected"},
    "reads-after-refusal": {"3.2": "violated"},
    "pesters": {"3.2": "violated"},
    "reads-app-list": {"2.1": "violated", "3.3": "violated"},
    "ticked-in-advance": {"3.4": "violated"},
    "no-way-to-refuse": {"3.4": "suspected"},
    "switch-set-back": {"3.5": BY_HEARSAY},
    "no-untargeted-option": {"3.6": "violated"},
    "deceives": {"3.7": BY_HEARSAY},
    "no-withdrawal": {"3.8": BY_HEARSAY},
    "against-own-rules": {"3.9": BY_HEARSAY},
    "unrelated-permission": {"4.1": BY_HEARSAY},
    "blocked-for-refusing": {"4.2": BY_HEARSAY},
    "old-function-stopped": {"4.3": BY_HEARSAY},
    "reads-too-often": {"4.4": BY_HEARSAY},
    "forced-for-improvement": {"4.5": BY_HEARSAY},
    "permissions-all-at-once": {"4.6": BY_HEARSAY},
    "shares-contacts": {"5.1": "violated"},
    "server-shares": {"5.2": BY_HEARSAY},
    "mini-program-gets-phone": {"5.3": BY_HEARSAY},
    "no-cancellation": {"6.1": "violated"},
    "unreasonable-condition": {"6.2": "violated"},
    "answers-too-late": {"6.3": BY_HEARSAY},
    "kept-after-cancelling": {"6.4": BY_HEARSAY},
    "no-complaint-channel": {"6.5": "violated"},
    "starts-itself": {},
}
"""What each fault alone does to a version that breaks nothing and of which everything is known: every other clause stays satisfied."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load("cac-2019")


@pytest.fixture(scope="module")
def innocent() -> SyntheticVersion:
    """A shop with accounts, targeting and SDKs, of which everything was supplied, recorded and answered."""
    versions = market().versions
    one = next(
        each for each in versions if each.app.category == "online_shopping" and each.app.sdks and {"accounts", "targets"} <= each.app.traits
    )
    return replace(one, faults=(), dossier="everything", reviewed=True)


def verdicts(report: Report) -> dict[str, str]:
    """By number of the clause, with the reason for which one may not be called violated in brackets."""
    return {
        finding.clause.removeprefix("cac-2019/"): f"{finding.verdict} ({finding.capped})" if finding.capped else finding.verdict
        for finding in report.findings
    }


def test_the_same_seed_gives_the_same_market_and_another_one_does_not() -> None:
    assert market() == market()
    assert market(seed=7).versions != market().versions


def test_three_hundred_apps_of_every_type_have_a_version_in_the_first_half_year_and_most_one_in_the_second() -> None:
    found = market()
    halves = Counter(version.half for version in found.versions)
    assert len({app.package for app in found.apps}) == len({app.label for app in found.apps}) == 300
    assert {app.category for app in found.apps} == set(terms("categories"))
    assert halves == {"2026H1": 300, "2026H2": 260}
    assert all(Calendar().is_workday(version.at.date()) for version in found.versions)


def test_downloads_have_a_heavy_tail() -> None:
    downloads = sorted((app.downloads for app in market().apps), reverse=True)
    assert sum(downloads[:30]) > sum(downloads[30:]) * 4


def test_the_second_half_year_keeps_some_faults_loses_most_and_brings_new_ones() -> None:
    faults: dict[int, dict[str, set[str]]] = {}
    for version in market().versions:
        faults.setdefault(version.app.number, {})[version.half] = set(version.faults)
    pairs = [(halves["2026H1"], halves["2026H2"]) for halves in faults.values() if len(halves) == 2]
    kept, gone = sum(len(before & after) for before, after in pairs), sum(len(before - after) for before, after in pairs)
    assert gone > kept > 0
    assert sum(len(after - before) for before, after in pairs) > 20


def test_a_version_without_faults_satisfies_every_clause(innocent: SyntheticVersion, pack: Pack) -> None:
    found = verdicts(report_of(innocent, pack))
    assert {clause for clause, verdict in found.items() if verdict != "satisfied"} == {"5.3"}
    assert found["5.3"] == "not_applicable"


@pytest.mark.parametrize("fault", sorted(demo_data("facts")["faults"]))
def test_each_fault_breaks_the_clauses_that_it_is_made_for_and_no_other(fault: str, innocent: SyntheticVersion, pack: Pack) -> None:
    found = verdicts(report_of(replace(innocent, faults=(fault,)), pack))
    rest = {clause: "not_applicable" if clause == "5.3" else "satisfied" for clause in found}
    assert found == rest | BROKEN[fault]


def test_the_faults_together_break_every_clause() -> None:
    broken = {clause for changed in BROKEN.values() for clause, verdict in changed.items() if verdict in {"violated", BY_HEARSAY}}
    assert len(broken) == 31


def test_without_a_run_nothing_recorded_is_told(innocent: SyntheticVersion, pack: Pack) -> None:
    version = replace(innocent, dossier="no_run", faults=("app-reads-before-consent",), reviewed=False)
    told = observations(version, pack)
    assert {each.channel for each in told} == {"policy", "manifest", "layout", "code"}
    assert {row.channel for row in coverage(version) if row.status == "absent"} == {"api", "network", "ui", "review"}
    assert verdicts(report_of(version, pack))["3.1"] == "inconclusive"


def test_every_line_uses_words_that_exist(innocent: SyntheticVersion, pack: Pack) -> None:
    version = replace(innocent, faults=tuple(fault for fault in BROKEN if fault != "no-policy"))
    for each in observations(version, pack):
        assert vocabulary.allowed(each.action, each.mode), each
        for field in ("action", "data", "actor", "recipient", "purpose", "phase"):
            word = getattr(each, field)
            assert word is None or vocabulary.known(field, word), (field, word)


def test_a_report_is_one_by_the_published_schema_and_reads_back(innocent: SyntheticVersion, pack: Pack) -> None:
    report = report_of(replace(innocent, faults=("sdk-sends-before-consent", "no-cancellation")), pack)
    written = dump_report(report)
    jsonschema.validate(json.loads(written), json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8")))
    assert load_report(written) == report
    assert [moment.ts for moment in report.timeline] == sorted(moment.ts or 0 for moment in report.timeline)
    assert all(each.evidence and each.extractor == "synthetic" for each in report.observations)


def test_nobody_real_is_named(pack: Pack) -> None:
    """Hosts and packages are those that are reserved for examples; apps, operators, stores and SDKs say that they are invented."""
    found = market()
    reports = [report_of(version, pack) for version in found.versions[:20]]
    text = "".join(dump_report(report).decode() for report in reports)
    assert {host.rpartition(".")[0].split(".")[-1] for host in re.findall(r"https?://([^/\s\"]+)", text)} == {"example"}
    assert all(app.package.startswith("com.example.") for app in found.apps)
    assert all("示例" in name for app in found.apps for name in (app.label, app.operator, app.store))
    parties = {party for report in reports for each in report.observations for party in (each.actor, each.recipient) if party}
    assert {party for party in parties if "example" not in party} <= {"app", "operator"}
    assert all(artifact.name.startswith("synthetic-") for report in reports for artifact in report.subject.artifacts)


def test_no_app_has_a_problem_before_it_is_given_one(pack: Pack) -> None:
    """Two apps of every type: what they are made of breaks nothing by itself."""
    for version in [each for each in market().versions if each.half == "2026H1" and each.app.number < 78]:
        found = verdicts(report_of(replace(version, faults=()), pack))
        assert not {"violated", "suspected", BY_HEARSAY} & set(found.values()), (version, found)
