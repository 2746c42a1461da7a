"""The agent for real: the bench's app, its own DEX code, on HotSpot under Frida, behind mitmproxy. docs/agent.md says what this proves."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from fixtures.bench.dossier import dossier
from fixtures.bench.machine import HERE
from fixtures.bench.play import PACKAGE, STEPS, Played, Stage, play
from fixtures.bench.proxy import Proxy
from mingjian.extract.hooks import REQUEST
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Gained, Known
from mingjian.extract.run import RunFacts
from mingjian.extract.timeline import Timeline
from mingjian.inputs.recording.recording import open_recording
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Api, Net
from mingjian.model.values import sealed_value
from mingjian.record import hooks
from tests.agent.acts import planned, told
from tests.conftest import CACHE

RUNS = 30
PHASES = {"application": "before_consent", "activity": "before_consent", "agree": "foreground", "stop": "background"}
NAME = "小明\U0001f680"
READ_BY = {"device.imei": "API-0003", "device.android_id": "API-0099", "location.precise": "API-0178"}
IMEI, ANDROID_ID, PLACE = "860000000000001", "9774d56d682e549c", "31.2304,121.4737"


@dataclass(frozen=True)
class Recorded:
    """Thirty lives of the app behind one proxy: what the agent told of each, what the proxy wrote down of all, the files of each."""

    played: list[Played]
    traffic: list[Carried]
    dossiers: list[list[Path]]


@pytest.fixture(scope="module")
def recorded(classes: Stage, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    mitmdump = CACHE / "mitmproxy" / "bin" / "mitmdump"
    if not mitmdump.is_file():
        pytest.skip("mitmproxy is not here: run tools/agent_bench.sh")
    folder = tmp_path_factory.mktemp("proxy")
    proxy = Proxy(mitmdump, folder)
    try:
        stage = Stage(classes.jdk, classes.classes, proxy.java_options())
        played = [play(stage, f".run{number}.bench.example") for number in range(RUNS)]
    finally:
        proxy.stop()
    _, recording = open_recording([proxy.flows, proxy.run])
    traffic = [item if isinstance(item, Carried) else Carried(item) for file in recording.files for item in file.track.events()]
    return Recorded(played, traffic, [dossier(run, proxy, folder / run.suffix) for run in played])


def requests_of(run: Played, traffic: list[Carried]) -> dict[str, list[Carried]]:
    found: dict[str, list[Carried]] = {}
    for item in traffic:
        assert isinstance(item.event, Net)
        name, dot, rest = (item.event.host or "").partition(".")
        if dot + rest == run.suffix:
            found.setdefault(name, []).append(item)
    return found


def test_every_act_of_every_run_is_seen_and_nothing_else(recorded: Recorded) -> None:
    assert len(recorded.played) == RUNS
    for run in recorded.played:
        assert run.steps["before"] == []
        for step in STEPS:
            assert [told(item) for item in run.steps[step]] == planned(step, run.suffix), (run.suffix, step)


def test_every_act_stands_in_the_phase_that_the_marks_tell(recorded: Recorded) -> None:
    for run in recorded.played:
        timeline = Timeline(run.session(), run.marks)
        found = {step: {timeline.phases(item.event.ts, item.event.part)[0] for item in run.steps[step]} for step in STEPS}
        assert found == {step: {phase} for step, phase in PHASES.items()}


def test_a_mark_moved_moves_the_acts(recorded: Recorded) -> None:
    """Had the user agreed before the app began, nothing would stand before consent."""
    run = recorded.played[0]
    accepted = next(mark for mark in run.marks if mark.name == "accepted")
    moved = [mark for mark in run.marks if mark.name not in ("accepted", "install", "prompt_shown")]
    timeline = Timeline(run.session(), [type(accepted)(seq=0, ts=run.started, part=1, name="accepted"), *moved])
    assert {timeline.phases(item.event.ts, 0)[0] for item in run.steps["application"]} == {"foreground"}


def test_values_are_found_in_the_requests_that_carried_them(recorded: Recorded) -> None:
    for run in recorded.played:
        requests = requests_of(run, recorded.traffic)
        body = {name: [item.payload.body.decode() for item in items if item.payload] for name, items in requests.items()}
        assert body["beacon"] == [f"imei={IMEI}&aid={hashlib.md5(ANDROID_ID.encode()).hexdigest()}&name={NAME}"]
        assert body["place"] == [f"at={PLACE}"] * 2
        read = next(item.event.ts for item in run.steps["application"] if item.raw == IMEI)
        assert requests["beacon"][0].event.ts >= read
        assert {item.event.visibility for name in ("beacon", "place") for item in requests[name]} == {"decrypted"}


def test_a_request_has_the_stack_of_whoever_opened_it(recorded: Recorded) -> None:
    for run in recorded.played:
        opened = [
            item.event
            for step in STEPS
            for item in run.steps[step]
            if str(item.event.hook if isinstance(item.event, Api) else "").startswith(REQUEST)
        ]
        for host in requests_of(run, recorded.traffic):
            assert any(f"https://{host}{run.suffix}/" in (event.args or ("",))[0] for event in opened), host


def test_a_client_that_pins_its_certificate_is_told_as_refused(recorded: Recorded) -> None:
    for run in recorded.played:
        (refused,) = requests_of(run, recorded.traffic)["pinned"]
        assert (refused.event.visibility, refused.event.port, refused.event.method) == ("refused", 443, None)
        assert "certificate" in (refused.event.error or "")


def test_what_each_run_says_is_what_was_planned(recorded: Recorded) -> None:
    expected = yaml.safe_load((HERE / "observed.yml").read_text(encoding="utf-8"))
    for run, files in zip(recorded.played, recorded.dossiers, strict=True):
        facts = RunFacts(open_recording(files)[1], Known(Owners(PACKAGE, ()), PACKAGE))
        assert {channel: in_words(facts.of(channel), run.suffix) for channel in expected} == {
            channel: sorted(map(str, rows)) for channel, rows in expected.items()
        }
        hook_at = {f"run:{event.seq}": getattr(event, "hook", None) for event in run.events()}
        for sent in facts.of("network").observations:
            read, carried = sent.evidence[0].locator, sent.evidence[-1].locator
            assert (hook_at[read], carried.startswith("flow:")) == (READ_BY[sent.data], True)
            assert hook_at[sent.evidence[1].locator] == f"{REQUEST}url"
        lost = [row for row in facts.of("network").coverage if row.reason and f"pinned{run.suffix}" in row.reason.en]
        assert [row.status for row in lost] == ["partial"]


def in_words(gained: Gained, suffix: str) -> list[str]:
    """Observations in the words of observed.yml, in no order."""
    return sorted(
        str(
            [each.action, each.data, each.actor, each.phase, "sure" if each.certain else "perhaps", each.tally and each.tally.count]
            + ([each.recipient.removesuffix(suffix)] if each.recipient else [])
        )
        for each in gained.observations
    )


def test_a_run_file_holds_no_value_in_full(recorded: Recorded) -> None:
    for run in recorded.played:
        text = repr(run.events())
        assert IMEI not in text
        assert ANDROID_ID not in text
        assert PLACE not in text
        assert "13800138000" not in text
        assert sealed_value(IMEI, "b7" * 16).hash in text


def test_hooks_are_placed_or_known_to_be_missing(recorded: Recorded) -> None:
    """Classes that this bench does not have are absent; those of SDKs that are not in the app could not be placed."""
    for run in recorded.played:
        assert run.hooks.canary
        missing = {each.hook: each.why for each in run.hooks.missing}
        wanted = {hook.id for hook in (*hooks.hooks(), *hooks.natives())}
        assert set(run.hooks.placed) | set(missing) == wanted
        assert not set(run.hooks.placed) & set(missing)
        assert {"API-0003", "API-0140", "API-0172", "API-0324", "request.url", "native.open"} <= set(run.hooks.placed)
        assert (missing["API-0054"], missing["API-0318"]) == ("absent", "failed")


def test_without_a_step_there_is_no_event(classes: Stage) -> None:
    run = play(classes, ".none.bench.example", steps=())
    assert run.hooks.canary
    assert run.steps == {"before": []}


def test_an_agent_that_was_taken_out_sees_nothing_and_the_app_goes_on(classes: Stage) -> None:
    run = play(classes, ".none.bench.example", watched=False)
    assert {step: run.steps[step] for step in STEPS} == {step: [] for step in STEPS}


def test_a_call_without_a_hook_is_no_event(classes: Stage) -> None:
    plan = hooks.plan()
    plan["hooks"] = [hook for hook in plan["hooks"] if hook["id"] != "API-0003"]
    run = play(classes, ".none.bench.example", plan=plan)
    seen = [told(item) for item in run.steps["application"]]
    assert seen == [act for act in planned("application", run.suffix) if act["hook"] != "API-0003"]
    assert "API-0003" not in run.hooks.placed


def test_a_hardware_address_is_read_as_people_write_it(classes: Stage) -> None:
    """No machine has a known one, so that the bytes of another call are read in its way."""
    plan = hooks.plan()
    address = next(hook["returns"] for hook in plan["hooks"] if hook["id"] == "API-0118")
    plan["hooks"] = [{**hook, "returns": address} for hook in plan["hooks"] if hook["id"] == "API-0209"]
    plan["natives"] = []
    run = play(classes, ".none.bench.example", steps=("activity", "agree"), plan=plan)
    assert [item.raw for item in run.steps["agree"]] == ["00:11:ff:80:5a:00"]


def test_a_flood_is_cut_and_counted(classes: Stage) -> None:
    plan = hooks.plan()
    plan["limits"]["second"] = 0
    run = play(classes, ".none.bench.example", steps=("activity",), plan=plan)
    lost = [(item.event.what, item.event.detail) for item in run.steps["activity"]]
    assert sorted(lost) == [("flood", "API-0003: 1"), ("flood", "API-0254: 1")]
