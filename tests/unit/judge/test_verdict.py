from hashlib import sha256
from pathlib import Path

import pytest
from rule_files import clause, signal, write_pack

from mingjian.judge import Pack, asked, judge, load
from mingjian.model.line import parse
from mingjian.model.types import Coverage, Finding, Subject, Verdict, Why

SUBJECT = Subject("0", "android", "a.b", "1", "App", None, ())
BEFORE = "observed collect device.imei by sdk.umeng during before_consent via api"
OBSERVED = "seen: {mode: observed, channel: api, action: collect, data: personal, phase: before_consent}"
POSSIBLE = "seen: {mode: possible, action: collect, data: personal, phase: app_start}"
ACCOUNTS = "seen: {mode: declared, action: account}"


def coverage(*names: str) -> tuple[Coverage, ...]:
    rows = []
    for name in names:
        channel, _, phase = name.partition("@")
        rows.append(Coverage(channel, "test", "complete", (phase,) if phase else ()))  # type: ignore[arg-type]
    return tuple(rows)


def pack(folder: Path, logic: str, signals: dict[str, str] | None = None, status: str = "preview") -> Pack:
    return load(write_pack(folder, {"1.1-a": clause(logic, status=status)}, signals))


def finding(folder: Path, logic: str, given: tuple[str, ...] = (), covered: tuple[str, ...] = ()) -> Finding:
    (found,) = judge(pack(folder, logic), [parse(line) for line in given], coverage(*covered), SUBJECT)
    return found


def leaves(why: Why) -> list[Why]:
    return [leaf for child in why.children for leaf in leaves(child)] if why.children else [why]


def test_silence_without_coverage_is_inconclusive(tmp_path: Path) -> None:
    found = finding(tmp_path, f"violated_if:\n  {OBSERVED}\n")
    assert (found.verdict, found.missing, found.hits) == ("inconclusive", ("api@before_consent",), ())


def test_silence_in_another_phase_says_nothing(tmp_path: Path) -> None:
    found = finding(tmp_path, f"violated_if:\n  {OBSERVED}\n", covered=("api@foreground", "network@before_consent"))
    assert (found.verdict, found.missing) == ("inconclusive", ("api@before_consent",))


def test_covered_silence_is_satisfied(tmp_path: Path) -> None:
    found = finding(tmp_path, f"violated_if:\n  {OBSERVED}\n", covered=("api@before_consent",))
    assert (found.verdict, found.missing, found.hits) == ("satisfied", (), ())


def test_one_piece_of_evidence_needs_no_coverage(tmp_path: Path) -> None:
    found = finding(tmp_path, f"violated_if:\n  {OBSERVED}\n", (BEFORE,))
    assert found.verdict == "violated"
    assert [hit.observations for hit in found.hits] == [(0,)]


@pytest.mark.parametrize(
    "doubt",
    [
        "observed perhaps collect device.imei by app during before_consent via api",
        "observed collect unknown by app during before_consent via api",
        "observed collect device.imei by app during unknown via api",
    ],
)
def test_doubt_is_inconclusive_and_shown(doubt: str, tmp_path: Path) -> None:
    found = finding(tmp_path, f"violated_if:\n  {OBSERVED}\n", (doubt,), ("api@before_consent",))
    assert (found.verdict, found.missing) == ("inconclusive", ())
    assert found.why is not None
    assert leaves(found.why)[0].observations == (0,)


TABLE: list[tuple[tuple[str, ...], tuple[str, ...], Verdict, tuple[str, ...]]] = [
    ((), ("manifest", "api@before_consent", "code"), "not_applicable", ()),
    ((BEFORE,), ("manifest",), "not_applicable", ()),
    ((BEFORE,), (), "inconclusive", ("manifest",)),
    (("declared account", BEFORE), (), "violated", ()),
    (("declared account", "possible collect device.imei during app_start"), (), "suspected", ()),
    (("declared account", "possible collect device.imei during app_start"), ("api@before_consent",), "suspected", ()),
    (("declared account",), ("code",), "inconclusive", ("api@before_consent",)),
    (("declared account",), ("code", "api@before_consent"), "satisfied", ()),
    (("declared account",), ("api@before_consent",), "satisfied", ()),
]


@pytest.mark.parametrize(("given", "covered", "verdict", "missing"), TABLE)
def test_the_first_condition_that_holds_decides(
    given: tuple[str, ...], covered: tuple[str, ...], verdict: Verdict, missing: tuple[str, ...], tmp_path: Path
) -> None:
    logic = f"applies_if:\n  {ACCOUNTS}\nviolated_if:\n  {OBSERVED}\nsuspected_if:\n  {POSSIBLE}\n"
    found = finding(tmp_path, logic, given, covered)
    assert (found.verdict, found.missing) == (verdict, missing)


def test_a_satisfied_clause_still_says_what_could_have_raised_suspicion(tmp_path: Path) -> None:
    found = finding(tmp_path, f"violated_if:\n  {OBSERVED}\nsuspected_if:\n  {POSSIBLE}\n", covered=("api@before_consent",))
    assert found.verdict == "satisfied"
    assert found.why is not None
    assert [section.label for section in found.why.children] == ["violated if", "suspected if"]
    assert leaves(found.why)[1].missing == ("code",)


def test_hits_are_grouped_by_act_and_keep_their_fingerprint(tmp_path: Path) -> None:
    other = "observed collect device.imei by app during before_consent via api"
    again = BEFORE + " count 7"
    first = finding(tmp_path / "a", f"violated_if:\n  {OBSERVED}\n", (BEFORE, other, again))
    assert [hit.observations for hit in first.hits] == [(0, 2), (1,)]
    expected = sha256(b"mini/1.1|collect|device.imei|sdk.umeng|").hexdigest()[:16]
    assert first.hits[0].fingerprint == expected
    later = finding(tmp_path / "b", f"violated_if:\n  {OBSERVED}\n", ("claimed use device", other, BEFORE + " count 9"))
    assert {hit.fingerprint for hit in later.hits} == {hit.fingerprint for hit in first.hits}


def test_a_fault_by_absence_has_one_hit_without_observations(tmp_path: Path) -> None:
    logic = "violated_if:\n  not: {seen: {mode: claimed, action: complain}}\n"
    found = finding(tmp_path, logic, covered=("policy",))
    assert found.verdict == "violated"
    assert [hit.observations for hit in found.hits] == [()]
    assert found.hits[0].fingerprint == sha256(b"mini/1.1||||").hexdigest()[:16]


JOIN = (
    "some: {of: {mode: observed, channel: api, action: collect, data: personal, phase: any}, as: x, where: "
    "{not: {seen: {mode: claimed, action: collect, data: $x.data, actor: $x.actor}}}}"
)
EVERYWHERE = ("api@before_consent", "api@after_refusal", "api@foreground", "api@background")


def test_a_join_finds_the_one_that_is_not_claimed(tmp_path: Path) -> None:
    given = (
        "claimed collect device by app",
        "observed collect device.imei by app during foreground via api",
        "observed collect device.imei by sdk.umeng during foreground via api",
    )
    found = finding(tmp_path, f"violated_if:\n  {JOIN}\n", given, ("policy",))
    assert [hit.observations for hit in found.hits] == [(2,)], "a claim in general may name the particular, but no other actor"
    given = ("claimed collect device.imei by app", *given[1:])
    found = finding(tmp_path, f"violated_if:\n  {JOIN}\n", given, ("policy",))
    assert found.verdict == "violated"
    assert [hit.observations for hit in found.hits] == [(2,)]
    assert finding(tmp_path, f"violated_if:\n  {JOIN}\n", given[:2], ("policy",)).missing == EVERYWHERE
    assert finding(tmp_path, f"violated_if:\n  {JOIN}\n", given[:2], ("policy", *EVERYWHERE)).verdict == "satisfied"


def test_a_join_without_the_other_side_is_inconclusive(tmp_path: Path) -> None:
    given = ("observed collect device.imei by app during foreground via api",)
    found = finding(tmp_path, f"violated_if:\n  {JOIN}\n", given, EVERYWHERE)
    assert (found.verdict, found.missing) == ("inconclusive", ("policy",))


def test_a_join_shows_each_case_once_with_what_it_stands_for(tmp_path: Path) -> None:
    line = "observed collect device.imei by app during foreground via api"
    found = finding(tmp_path, f"violated_if:\n  {JOIN}\n", (line, line, line + " count 2"), ("policy",))
    assert found.why is not None
    (join,) = found.why.children[0].children
    assert join.label == "some $x: observed collect personal via api"
    (case,) = join.children
    assert (case.label, case.observations) == ("case $x: device.imei by app", (0, 1, 2))
    assert case.children[0].children[0].label == "seen claimed collect device.imei by app via policy"


def test_what_a_join_compared_with_belongs_to_the_hit(tmp_path: Path) -> None:
    contradiction = (
        "some: {of: {mode: observed, channel: api, action: collect, phase: any}, as: x, where: "
        "{seen: {mode: claimed, action: collect, data: $x.data, negated: true}}}"
    )
    given = ("claimed not collect device.imei", "observed collect device.imei by app during foreground via api")
    found = finding(tmp_path, f"violated_if:\n  {contradiction}\n", given)
    assert [hit.observations for hit in found.hits] == [(1, 0)]
    assert found.hits[0].fingerprint == sha256(b"mini/1.1|collect|device.imei|app|").hexdigest()[:16]


def tally(way: str) -> str:
    return (
        "violated_if:\n  tally: {of: {mode: observed, channel: api, action: collect, phase: foreground}, "
        f"field: minute, {way}, source: test, kind: ours}}\n"
    )


@pytest.mark.parametrize(
    ("way", "minute", "verdict"),
    [
        ("over: 3", " minute 4", "violated"),
        ("over: 3", " minute 3", "satisfied"),
        ("under: 3", " minute 2", "violated"),
        ("under: 3", " minute 3", "satisfied"),
        ("over: 3", "", "inconclusive"),
        ("over: 3", " count 9", "inconclusive"),
    ],
)
def test_a_tally_is_compared_with_the_limit(way: str, minute: str, verdict: Verdict, tmp_path: Path) -> None:
    line = "observed collect device.imei by app during foreground via api" + minute
    assert finding(tmp_path, tally(way), (line,), ("api@foreground",)).verdict == verdict


def test_a_tally_within_the_limit_is_no_acquittal_without_coverage(tmp_path: Path) -> None:
    line = "observed collect device.imei by app during foreground via api minute 1"
    found = finding(tmp_path, tally("over: 3"), (line,))
    assert (found.verdict, found.missing) == ("inconclusive", ("api@foreground",))


CHECKLIST = "checklist:\n  - {id: misled, text: {zh: 误导, en: Misled}}\n  - {id: forced, text: {zh: 强迫, en: Forced}}\n"


@pytest.mark.parametrize(
    ("answers", "verdict", "missing"),
    [
        ((), "inconclusive", ("review",)),
        (("shown attest.misled via review",), "violated", ()),
        (("shown attest.forced via review", "shown not attest.misled via review"), "violated", ()),
        (("shown not attest.misled via review",), "inconclusive", ("review",)),
        (("shown not attest.misled via review", "shown not attest.forced via review"), "satisfied", ()),
        (("shown attest.misled via review", "shown not attest.misled via review"), "inconclusive", ("review",)),
        (("shown perhaps attest.misled via review",), "inconclusive", ("review",)),
        (("shown attest.misled via ui",), "inconclusive", ("review",)),
    ],
)
def test_a_checklist_is_decided_by_answers_alone(
    answers: tuple[str, ...], verdict: Verdict, missing: tuple[str, ...], tmp_path: Path
) -> None:
    found = finding(tmp_path, CHECKLIST, answers, ("review",))
    assert (found.verdict, found.missing) == (verdict, missing)


def test_only_clauses_in_force_ask_questions(tmp_path: Path) -> None:
    mini = pack(tmp_path / "preview", CHECKLIST)
    assert asked([mini]) == {("mini/1.1", "misled"), ("mini/1.1", "forced")}
    assert asked([pack(tmp_path / "draft", CHECKLIST, status="draft")]) == frozenset()
    assert asked([]) == frozenset()


LIFTED = f"suspected_if:\n  all:\n    - {POSSIBLE}\n    - not: {{denied: misled}}\n{CHECKLIST}"
SUSPICIOUS = "possible collect device.imei by app during app_start via code"


@pytest.mark.parametrize(
    ("answers", "verdict", "denied"),
    [
        ((), "suspected", "no"),
        (("shown not attest.forced via review",), "suspected", "no"),
        (("shown not attest.misled via review", "shown not attest.forced via review"), "satisfied", "yes"),
        (("shown not attest.misled via review", "shown attest.misled via review"), "suspected", "no"),
        (("shown perhaps not attest.misled via review",), "suspected", "no"),
        (("shown not attest.misled via ui",), "suspected", "no"),
        (
            (
                "shown perhaps attest.misled via review",
                "shown not attest.misled via review",
                "shown not attest.forced via review",
            ),
            "satisfied",
            "yes",
        ),
    ],
)
def test_a_denial_lifts_a_suspicion_and_silence_does_not(answers: tuple[str, ...], verdict: Verdict, denied: str, tmp_path: Path) -> None:
    found = finding(tmp_path, LIFTED, (SUSPICIOUS, *answers), ("review", "code"))
    assert found.verdict == verdict
    assert found.why is not None
    assert [(leaf.value, leaf.missing) for leaf in leaves(found.why) if leaf.label == "denied misled"] == [(denied, ())]


def test_a_signal_is_named_with_its_reasons_below(tmp_path: Path) -> None:
    mini = pack(tmp_path, "violated_if:\n  signal: early\n", {"early": signal("early", OBSERVED)})
    (found,) = judge(mini, [parse(BEFORE)], (), SUBJECT)
    assert found.why is not None
    (section,) = found.why.children
    assert (found.why.label, section.label, section.children[0].label) == ("clause mini/1.1 violated", "violated if", "signal early")
    assert section.children[0].children[0].label == "seen observed collect personal during before_consent via api"


def test_retired_clauses_are_not_judged_and_drafts_only_when_asked(tmp_path: Path) -> None:
    for status, plain, drafts in (("retired", 0, 0), ("draft", 0, 1), ("preview", 1, 1)):
        mini = pack(tmp_path / status, f"violated_if:\n  {OBSERVED}\n", status=status)
        assert len(judge(mini, (), (), SUBJECT)) == plain
        assert len(judge(mini, (), (), SUBJECT, drafts=True)) == drafts


def test_several_packs_give_all_their_findings_in_order(tmp_path: Path) -> None:
    first = load(write_pack(tmp_path / "a", {"1.2-b": clause(number="1.2"), "1.1-a": clause()}))
    second = load(write_pack(tmp_path / "b", {"2.1-c": clause(number="2.1")}))
    assert [found.clause for found in judge((first, second), (), (), SUBJECT)] == ["mini/1.1", "mini/1.2", "mini/2.1"]
