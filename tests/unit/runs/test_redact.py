"""A redacted run tells of nobody, and says of the app exactly what it said before."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import structs

from fixtures.scenario import record
from mingjian.extract import network, runtime, ui
from mingjian.extract.context import Context
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known
from mingjian.inputs.recording import open_recording
from mingjian.model.run import AnyEvent, Api, File, Mark, Match, Net, Ui
from mingjian.model.run import Node as Element
from mingjian.model.types import Coverage, Observation
from mingjian.model.values import sealed_value
from mingjian.runs.redact import redacted, redacted_session
from mingjian.runs.show import events_of
from mingjian.runs.write import Spool, replacing, write_run
from tests.unit.inputs.recording.run_file_samples import EVENTS, SALT, SESSION, START, encoded, imei, written
from tests.verdicts.test_verdicts import scenario

APP = "com.example.market"
VERDICTS = Path(__file__).parents[2] / "verdicts"
CASES = sorted((VERDICTS / "cases").glob("*.yml"))


def redact(path: Path) -> Path:
    """The redacted file beside it."""
    (file,) = open_recording([path])[1].files
    other = path.with_name("redacted.jsonl")
    with Spool() as spool, replacing(other) as sink:
        for event in redacted(events_of(file), file.track.session):
            spool.add(event)
        write_run(redacted_session(file.track.session), spool, sink)
    return other


def said(path: Path) -> tuple[list[Observation], list[Coverage]]:
    """What the extractors state, without the places where it can be seen."""
    artifacts, recording = open_recording([path])
    context = Context(artifacts[0].sha256, known=Known(Owners(APP, ()), APP))
    found = [extractor.extract(recording, context) for extractor in (runtime, network, ui)]
    observations = [replace(each, evidence=()) for seen, _ in found for each in seen]
    return observations, [replace(each, artifact=None) for _, rows in found for each in rows]


def stories() -> list[Any]:
    """The base session of the verdicts, and what each of their cases makes of it."""
    base = yaml.safe_load((VERDICTS / "base.yml").read_text(encoding="utf-8"))
    cases = [case for file in CASES for case in yaml.safe_load(file.read_text(encoding="utf-8"))["cases"]]
    return [base, *map(scenario, cases)]


@pytest.mark.parametrize("story", stories())
def test_a_redacted_run_says_what_it_said(story: dict[str, Any], tmp_path: Path) -> None:
    path = written(tmp_path, [record(story)])
    before = said(path)
    assert any(before)
    assert said(redact(path)) == before


def of(*events: AnyEvent) -> list[AnyEvent]:
    return list(redacted(events, SESSION))


def test_nothing_of_the_person_is_left(tmp_path: Path) -> None:
    secrets = ("86***1", SALT, "Thread-of-Li-Lei", "13800138000", "lilei", "李雷", "my diary", "token", "by the tap of Li")
    events = [
        *EVENTS,
        structs.replace(imei(10, START + 10_000), thread="Thread-of-Li-Lei", args=("content://sms/13800138000",)),
        File(seq=11, ts=START + 10_001, op="read", path="/sdcard/Documents/my diary 13800138000.txt"),
        Ui(
            seq=12,
            ts=START + 10_002,
            nodes=(
                Element(cls="android.widget.EditText", text="李雷"),
                Element(cls="android.widget.TextView", text="李雷，你好"),
                Element(cls="android.widget.TextView", text="隐私政策 客服 lilei@mail.example 13800138000"),
            ),
        ),
        Net(seq=13, ts=START + 10_003, part=1, visibility="plain", host="a.example", path="/u/13800138000?token=1", body_sha256="aa" * 32),
        Mark(seq=14, ts=START + 10_004, name="user_action", note="by the tap of Li"),
    ]
    named = structs.replace(SESSION, parts=(structs.replace(SESSION.parts[0], name="lilei.jsonl"), *SESSION.parts[1:]))
    content = redact(written(tmp_path, encoded(events, named))).read_text(encoding="utf-8")
    assert not [secret for secret in secrets if secret in content and secret != "李雷"]
    assert "5e" * 32 in content, "hashes stay, so that the same value can be seen to return"
    fields = [node for event in of(*events) if isinstance(event, Ui) for node in event.nodes]
    assert not [node for node in fields if node.cls.endswith("EditText") and "李" in node.text]


def test_words_that_are_judged_stay_and_others_go() -> None:
    words = ["同意", "不同意", "注销账号", "允许", "王小明", "今晚吃什么", "a note to myself"]
    (screen,) = of(Ui(seq=2, ts=START, nodes=tuple(Element(cls="android.widget.TextView", text=each) for each in words)))
    assert isinstance(screen, Ui)
    kept = [node.text for node in screen.nodes]
    assert kept == ["同意", "不同意", "注销账号", "允许", "•••", "•••••", "•" * 16]


def test_a_file_keeps_the_folder_that_decides_and_loses_its_name() -> None:
    paths = ["/sdcard/DCIM/Camera/IMG_20260101_120000.jpg", f"/data/data/{APP}/files/13800138000.db", "/proc/net/arp"]
    found = [event.path for event in of(*(File(seq=2, op="read", path=path) for path in paths)) if isinstance(event, File)]
    assert found == ["/sdcard/DCIM/Camera/•.jpg", f"/data/data/{APP}/files/•.db", "/proc/net/arp"]


def test_what_the_system_withheld_is_still_seen_to_be_nothing() -> None:
    withheld = structs.replace(imei(2, START), value=sealed_value("02:00:00:00:00:00", SALT))
    given = structs.replace(imei(3, START), value=sealed_value("a4:50:46:11:22:33", SALT))
    nothing, something = of(withheld, given)
    assert isinstance(nothing, Api)
    assert isinstance(something, Api)
    assert (nothing.result, nothing.value) == ("empty", None)
    assert something.result == "value"
    assert something.value is not None
    assert something.value.masked == ""


def test_the_session_keeps_what_coverage_is_judged_by() -> None:
    session = redacted_session(SESSION)
    assert session.salt is None
    assert [part.hooks for part in session.parts] == [part.hooks for part in SESSION.parts]
    assert [part.clock for part in session.parts] == [part.clock for part in SESSION.parts]
    assert (session.fresh, session.app, session.device) == (SESSION.fresh, SESSION.app, SESSION.device)


def test_matches_keep_their_place_and_their_call() -> None:
    match = Match(data="device.imei", where="query.id", by="value", form="md5", hash="5e" * 32, masked="86***1", event=4)
    (found,) = of(Net(seq=5, visibility="plain", host="a.example", matches=(match,)))
    assert isinstance(found, Net)
    assert found.matches == (structs.replace(match, masked=""),)


def test_it_can_be_redacted_again(tmp_path: Path) -> None:
    once = redact(written(tmp_path, encoded()))
    content = once.read_bytes()
    assert redact(once).read_bytes() == content
