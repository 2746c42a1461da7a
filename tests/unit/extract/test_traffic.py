"""What requests say about sharing, by recipient and phase, and what nobody could see."""

import pytest
from msgspec import structs
from payload_samples import EMAIL, IMEI, SALT, as_json, digest, noise

from mingjian.extract.known_values import KnownValues
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Gained, Known, Source
from mingjian.extract.timeline import Timeline
from mingjian.extract.traffic import Traffic
from mingjian.inputs.recording.track import Carried, Payload
from mingjian.model.run import AnyEvent, Api, App, Clock, Mark, Match, Member, Net, Part, Session, Span, Tier
from mingjian.model.types import Evidence, Observation

APP = "com.kuaichi.app"
SDK_HOST = "android.bugly.qq.com"
PROXY = Part(tool="proxy", tier="proxy", format="har", clock=Clock(error_ms=1.0), all_traffic=True)
MARKS = (Mark(seq=2, ts=0.0, name="launch"), Mark(seq=3, ts=20_000.0, name="accepted"), Mark(seq=4, ts=100_000.0, name="end"))


def request(seq: int, ts: float | None, body: bytes = b"", host: str = SDK_HOST, **more: object) -> Carried:
    event = Net(seq=seq, ts=ts, visibility="decrypted", host=host, method="POST", path="/v1", **more)  # type: ignore[arg-type]
    return Carried(event, Payload(f"https://{host}/v1", (), body))


def plain(item: Carried) -> Carried:
    event = item.event
    assert isinstance(event, Net)
    return Carried(Net(seq=event.seq, ts=event.ts, visibility="plain", host=event.host, method="POST", path="/v1"), item.payload)


def read_imei(seq: int = 5, ts: float = 1000.0) -> Carried:
    return Carried(Api(seq=seq, ts=ts, api=Member(cls="android.telephony.TelephonyManager", method="getImei")), raw=IMEI)


def heard(
    *items: AnyEvent | Carried,
    parts: tuple[Part, ...] = (PROXY,),
    app: str | None = APP,
    own: bool = True,
    started: float | None = 0.0,
    ended: float | None = 101_000.0,
) -> Gained:
    session = Session(parts=parts, app=App(package=app) if app else None, fresh=True, salt=SALT, started=started, ended=ended)
    values = KnownValues()
    traffic = Traffic(Known(Owners(APP, ()), APP), values)
    traffic.begin(Source("art", session, Timeline.of(session, MARKS), own))
    for item in items:
        event = item.event if isinstance(item, Carried) else item
        if isinstance(item, Carried) and isinstance(event, Api):
            at = Evidence("art", f"run:{event.seq}", f"{event.api.cls}.{event.api.method}")
            values.learn(event.value, item.raw, "device.imei", event.seq, event.ts, SALT, at)
            continue
        traffic.add(event, item if isinstance(item, Carried) else None)
    return traffic.end()


def lines(observations: list[Observation]) -> set[str]:
    """`action data recipient phase`, with `perhaps` for what is not sure."""
    return {f"{'' if each.certain else 'perhaps '}{each.action} {each.data} {each.recipient} {each.phase}" for each in observations}


def test_a_value_that_was_read_and_sent() -> None:
    gained = heard(read_imei(), request(6, 2000.0, as_json({"a": IMEI})))
    (share,) = gained.observations
    assert lines([share]) == {"share.plain device.imei sdk.bugly before_consent"}
    assert share.actor == "unknown"
    assert [each.locator for each in share.evidence] == ["run:5", "run:6"]
    assert share.evidence[0].excerpt == "android.telephony.TelephonyManager.getImei"
    assert share.evidence[1].excerpt == f"POST {SDK_HOST}/v1: body.json.a = 86***{IMEI[-1]}"
    assert IMEI not in repr(gained)


def test_the_order_counts_only_where_the_clocks_were_compared() -> None:
    later = (read_imei(5, 60_000.0), request(6, 30_000.0, as_json({"a": IMEI})))
    assert heard(*later).observations == []
    assert len(heard(*later, parts=(Part(tool="proxy", tier="proxy", format="har"),)).observations) == 1


def test_a_digest_is_shared_as_a_digest() -> None:
    gained = heard(read_imei(), request(6, 2000.0, as_json({"a": digest("md5", IMEI)})))
    assert lines(gained.observations) == {"share.hashed device.imei sdk.bugly before_consent"}


def test_a_name_alone_is_no_proof() -> None:
    gained = heard(request(6, 30_000.0, as_json({"imei_md5": digest("md5", "1")})))
    assert lines(gained.observations) == {"perhaps share.plain device.imei sdk.bugly foreground"}


def test_requests_are_counted_for_each_recipient_and_phase() -> None:
    body = as_json({"email": EMAIL})
    times = (1000.0, 1100.0, 30_000.0, 40_000.0, 50_000.0, 60_000.0)
    gained = heard(*(request(10 + at, ts, body) for at, ts in enumerate(times)), request(30, 31_000.0, body, host="api.kuaichi.com"))
    tallies = {line: each.tally for each in gained.observations for line in lines([each])}
    before = tallies["share.plain basic.email sdk.bugly before_consent"]
    later = tallies["share.plain basic.email sdk.bugly foreground"]
    assert before is not None
    assert later is not None
    assert (before.count, before.second, later.count, later.period) == (2, 2, 4, 10.0)
    assert "share.plain basic.email operator foreground" in tallies


def test_clear_text_and_abroad() -> None:
    gained = heard(plain(request(6, 30_000.0, as_json({"email": EMAIL}), host="graph.facebook.com")))
    assert lines(gained.observations) == {
        "share.plain basic.email sdk.meta_sdk foreground",
        "transmit.clear basic.email sdk.meta_sdk foreground",
        "abroad basic.email sdk.meta_sdk foreground",
    }


def test_matches_of_a_run_file_are_taken_as_they_stand() -> None:
    match = Match(data="device.imei", where="query.imei", by="value", masked="86***1", event=5)
    event = Net(seq=9, ts=2000.0, visibility="decrypted", host=SDK_HOST, matches=(match,))
    (share,) = heard(event).observations
    assert [each.locator for each in share.evidence] == ["run:5", "run:9"]


def test_what_another_app_sent_states_nothing() -> None:
    body = as_json({"email": EMAIL})
    assert heard(request(6, 30_000.0, body, package="com.other.app")).observations == []
    assert heard(request(6, 30_000.0, body, uid=1000)).observations == []
    known_uid = request(5, 1.0, uid=10_200, package="com.other.app")
    assert heard(known_uid, request(6, 30_000.0, body, uid=10_200)).observations == []
    assert len(heard(request(6, 30_000.0, body, package=APP), app=None).observations) == 1


def test_a_proxy_that_saw_a_whole_device_is_sure_of_nothing_but_what_the_app_read() -> None:
    body = as_json({"email": EMAIL})
    assert lines(heard(request(6, 30_000.0, body), app=None).observations) == {"perhaps share.plain basic.email sdk.bugly foreground"}
    assert lines(heard(request(6, 30_000.0, body, host="api.kuaichi.com"), app=None).observations) == {
        "share.plain basic.email operator foreground"
    }
    joined = heard(read_imei(), request(6, 30_000.0, as_json({"a": IMEI})), app=None)
    assert lines(joined.observations) == {"share.plain device.imei sdk.bugly foreground"}


def test_the_platform_is_not_the_app() -> None:
    assert heard(request(6, 30_000.0, as_json({"email": EMAIL}), host="connectivitycheck.gstatic.com")).observations == []


def rows(gained: Gained) -> set[tuple[str, tuple[str, ...]]]:
    return {(row.status, row.phases) for row in gained.coverage}


def test_a_phase_that_was_watched_whole_is_complete() -> None:
    walked = Span(seq=8, ts=99_000.0, channel="ui", status="walked")
    assert rows(heard(request(6, 2000.0), walked)) == {("complete", ("before_consent", "foreground"))}
    assert rows(heard(request(6, 2000.0))) == {("complete", ("before_consent",))}


def test_a_phase_of_which_the_beginning_was_missed_is_not() -> None:
    assert rows(heard(request(6, 2000.0), request(7, 19_000.0), started=None, ended=None)) == {("partial", ())}


@pytest.mark.parametrize("visibility", ["opaque", "refused"])
def test_a_connection_that_nobody_could_read(visibility: str) -> None:
    lost = Net(seq=7, ts=3000.0, visibility=visibility, host="pinned.example")  # type: ignore[arg-type]
    gained = heard(request(6, 2000.0), lost)
    assert rows(gained) == {("partial", ("before_consent",))}
    (reason,) = (row.reason for row in gained.coverage)
    assert reason is not None
    assert "pinned.example" in reason.zh
    assert "pinned.example" in reason.en
    assert [(each.what, each.name) for each in gained.moments] == [("lost", f"pinned.example ({visibility})")]


def test_what_another_app_encrypts_takes_nothing_away() -> None:
    other = Net(seq=7, ts=3000.0, visibility="opaque", host="pinned.example", package="com.other.app")
    assert rows(heard(request(6, 2000.0), other)) == {("complete", ("before_consent",))}


def test_a_body_that_the_app_encrypted() -> None:
    gained = heard(request(6, 2000.0, noise(300)))
    assert rows(gained) == {("partial", ("before_consent",))}
    assert [each.name for each in gained.moments] == [f"{SDK_HOST} (encrypted)"]


def test_a_reason_that_no_reader_knows() -> None:
    event = Net(seq=6, ts=2000.0, visibility="decrypted", host="a.cn", unread="{strange}")
    assert rows(heard(event)) == {("partial", ("before_consent",))}


def test_a_loss_at_an_unknown_time_is_one_of_every_phase() -> None:
    assert rows(heard(request(6, 2000.0), Span(seq=9, channel="network", status="lost", what="truncated"))) == {("partial", ())}


def test_a_loss_from_one_phase_to_another_is_one_of_both() -> None:
    lost = Span(seq=9, ts=15_000.0, channel="network", status="lost", what="stopped", begin=15_000.0, end=30_000.0)
    assert rows(heard(request(6, 2000.0), lost)) == {("partial", ("before_consent",)), ("partial", ("foreground",))}


def test_a_loss_of_another_channel_is_none_of_this() -> None:
    lost = Span(seq=9, channel="api", status="lost", what="hook")
    assert rows(heard(request(6, 2000.0), lost)) == {("complete", ("before_consent",))}


@pytest.mark.parametrize("tier", ["hook", "os_record", "ui", "operator"])
def test_tools_that_see_no_traffic_say_nothing_of_it(tier: Tier) -> None:
    part = Part(tool="t", tier=tier, format="run", clock=Clock(error_ms=1.0))
    assert heard(parts=(part,)).coverage == []


def test_a_proxy_of_several_tools_counts_from_its_first_to_its_last_request() -> None:
    hook = Part(tool="h", tier="hook", format="run", clock=Clock(error_ms=1.0), sha256="aa")
    events = (request(6, 2000.0, part=1), request(7, 19_000.0, part=1))
    assert rows(heard(*events, parts=(hook, PROXY))) == {("partial", ())}
    told = structs.replace(PROXY, started=0.0, ended=50_000.0)
    assert rows(heard(*events, parts=(hook, told))) == {("complete", ("before_consent",))}


def test_an_app_may_pass_by_a_proxy_of_the_settings() -> None:
    passed = structs.replace(PROXY, all_traffic=False)
    gained = heard(request(6, 2000.0), parts=(passed,))
    assert rows(gained) == {("partial", ())}
    assert gained.coverage[0].reason is not None
    assert "QUIC" in gained.coverage[0].reason.en
    capture = structs.replace(PROXY, tier="capture", all_traffic=False)
    assert rows(heard(request(6, 2000.0), parts=(capture,))) == {("complete", ("before_consent",))}


def test_clocks_that_nobody_compared_tell_no_phase() -> None:
    hook = Part(tool="h", tier="hook", format="run", clock=Clock(error_ms=1.0))
    proxy = Part(tool="proxy", tier="proxy", format="har")
    events = (request(6, -10.0, as_json({"email": EMAIL}), part=1), request(7, 101_000.0, part=1))
    gained = heard(*events, parts=(hook, proxy))
    assert lines(gained.observations) == {"share.plain basic.email sdk.bugly unknown"}
    assert rows(gained) == {("partial", ())}


def test_the_timeline_lists_so_many_and_counts_the_rest() -> None:
    gained = heard(*(request(10 + at, 30_000.0 + at, as_json({"email": EMAIL})) for at in range(250)))
    assert len(gained.moments) == 201
    assert gained.moments[-1].name == "+50"


def test_no_events_at_all() -> None:
    assert heard().observations == []
    assert rows(heard()) == {("complete", ("before_consent",))}
