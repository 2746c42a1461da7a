"""Requests joined to the call that opened their connection."""

import pytest

from mingjian.extract.known_values import KnownValues
from mingjian.extract.openings import opened_address
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known, Source
from mingjian.extract.run import RunFacts
from mingjian.extract.timeline import Timeline
from mingjian.extract.traffic import Traffic
from mingjian.inputs.recording.recording import Recorded, Recording
from mingjian.inputs.recording.track import Carried, Payload, Track
from mingjian.model.run import AnyEvent, Api, App, Clock, Mark, Member, Net, Part, Session, Span
from mingjian.model.types import Artifact, Evidence, Observation

PACKAGE = "com.kuaichi.app"
HOST = "api.partner.example"
URL = f"https://{HOST}/v1/report"
BY_APP = ("com.kuaichi.app.Shop.open",)
BY_SDK = ("com.umeng.commonsdk.a.send", "com.kuaichi.app.Shop.open")
EXACT = Clock(error_ms=0.0)
KNOWN = Known(Owners(PACKAGE, ()), PACKAGE)
MARKS = (Mark(seq=2, ts=0.0, name="launch"), Mark(seq=3, ts=1.0, name="accepted"), Mark(seq=4, ts=900_000.0, name="end"))


def opened(ts: float | None, stack: tuple[str, ...] = BY_SDK, url: str = URL, hook: str = "request.url", seq: int = 10) -> Api:
    return Api(seq=seq, ts=ts, api=Member(cls="java.net.URL", method="openConnection"), hook=hook, args=(url,), stack=stack)


def sent(ts: float | None, path: str = "/v1/report?a=*", host: str = HOST, port: int | None = 443, seq: int = 50, part: int = 0) -> Carried:
    event = Net(seq=seq, ts=ts, part=part, visibility="decrypted", host=host, port=port, method="POST", path=path)
    return Carried(event, Payload(f"https://{host}{path}", (), b'{"email":"li.wei@mail.example"}'))


def session(tier: str, clock: Clock) -> Session:
    part = Part(tool=tier, tier=tier, format="run", clock=clock)  # type: ignore[arg-type]
    return Session(parts=(part, part), app=App(package=PACKAGE), fresh=True, started=0.0, ended=900_000.0)


def shares(
    calls: list[AnyEvent], *requests: list[Carried], agent: Clock = EXACT, proxy: Clock = EXACT, part: str = "hook"
) -> list[Observation]:
    """What is shared, given the calls of one file and the requests of others."""
    traffic = Traffic(KNOWN, KnownValues())
    first = session(part, agent)
    traffic.begin(Source("calls", first, Timeline.of(first, MARKS), own=True))
    for event in calls:
        traffic.add(event, None)
    for number, file in enumerate(requests):
        its = session("proxy", proxy)
        traffic.begin(Source(f"traffic{number}", its, Timeline.of(its, MARKS), own=False))
        for item in file:
            traffic.add(item.event, item)
    return traffic.end().observations


def actors(*given: list[AnyEvent] | list[Carried], **clocks: Clock) -> dict[str | None, int]:
    """How many requests each actor sent."""
    return {each.actor: each.sites for each in shares(*given, **clocks)}  # type: ignore[arg-type]


def test_whoever_opened_the_connection_sent_the_request() -> None:
    (share,) = shares([opened(1000.0)], [sent(1200.0)])
    assert (share.action, share.actor, share.recipient) == ("share.plain", "sdk.umeng_analytics", f"host.{HOST}")
    assert [(each.artifact, each.locator) for each in share.evidence] == [("calls", "run:10"), ("traffic0", "run:50")]
    assert share.evidence[0].excerpt == f"java.net.URL.openConnection({URL})\n→ com.umeng.commonsdk.a.send"


def test_the_call_that_read_the_value_stands_before_the_one_that_opened() -> None:
    values = KnownValues()
    values.learn(None, "li.wei@mail.example", "basic.email", 5, 500.0, None, Evidence("calls", "run:5"))
    traffic = Traffic(KNOWN, values)
    for its, item in ((session("hook", EXACT), opened(1000.0)), (session("proxy", EXACT), sent(1200.0))):
        traffic.begin(Source("file", its, Timeline.of(its, MARKS), own=True))
        traffic.add(item.event if isinstance(item, Carried) else item, item if isinstance(item, Carried) else None)
    (share,) = traffic.end().observations
    assert [each.locator for each in share.evidence] == ["run:5", "run:10", "run:50"]


def test_nobody_sent_what_several_may_have_sent() -> None:
    both: list[AnyEvent] = [opened(1000.0), opened(1100.0, BY_APP)]
    assert actors(both, [sent(1200.0)]) == {"unknown": 1}
    assert actors(both, [sent(1050.0), sent(1200.0, seq=51)]) == {"sdk.umeng_analytics": 1, "unknown": 1}
    assert actors([opened(1000.0), opened(1100.0, ("a.a.a.b",))], [sent(1200.0)]) == {"unknown": 1}
    assert actors([opened(1000.0, ())], [sent(1200.0)]) == {"unknown": 1}


def test_a_request_comes_after_its_opening() -> None:
    assert actors([opened(1000.0)], [sent(999.0)]) == {"unknown": 1}
    assert actors([opened(1000.0)], [sent(61_000.0)]) == {"sdk.umeng_analytics": 1}
    assert actors([opened(1000.0)], [sent(61_001.0)]) == {"unknown": 1}
    assert actors([opened(1000.0)], [sent(None)]) == {"unknown": 1}


def test_as_far_as_the_clocks_may_be_wrong() -> None:
    skewed = Clock(offset_ms=3000.0, error_ms=30.0)
    assert actors([opened(1000.0)], [sent(970.0)], proxy=skewed) == {"sdk.umeng_analytics": 1}
    assert actors([opened(1000.0)], [sent(960.0)], proxy=skewed) == {"unknown": 1}
    assert actors([opened(1000.0)], [sent(950.0)], proxy=skewed, agent=Clock(error_ms=20.0)) == {"sdk.umeng_analytics": 1}
    # Another's opening that may have been before the request makes it anybody's.
    assert actors([opened(1000.0), opened(1240.0, BY_APP)], [sent(1200.0)], proxy=skewed) == {"sdk.umeng_analytics": 1}
    assert actors([opened(1000.0), opened(1230.0, BY_APP)], [sent(1200.0)], proxy=skewed) == {"unknown": 1}


@pytest.mark.parametrize(
    ("second", "actor"),
    [(None, "sdk.umeng_analytics"), (opened(1029.0, BY_APP, seq=61), "unknown"), (opened(1031.0, BY_APP, seq=61), "sdk.umeng_analytics")],
)
def test_in_one_file_an_opening_may_stand_behind_its_request(second: Api | None, actor: str) -> None:
    """By clocks that are 30 ms wrong at most, what stands at 1020 ms may have come before what stands at 1000 ms."""
    parts = (
        Part(tool="agent", tier="hook", format="run", clock=EXACT),
        Part(tool="proxy", tier="proxy", format="run", clock=Clock(error_ms=30.0)),
    )
    its = Session(parts=parts, app=App(package=PACKAGE), fresh=True, started=0.0, ended=900_000.0)
    traffic = Traffic(KNOWN, KnownValues())
    traffic.begin(Source("run", its, Timeline.of(its, MARKS), own=True))
    for item in (sent(1000.0, part=1), opened(1020.0, seq=60), *([second] if second is not None else [])):
        traffic.add(item.event if isinstance(item, Carried) else item, item if isinstance(item, Carried) else None)
    (share,) = traffic.end().observations
    assert share.actor == actor


def test_clocks_that_nobody_compared_join_nothing() -> None:
    assert actors([opened(1000.0)], [sent(1200.0)], proxy=Clock()) == {"unknown": 1}
    assert actors([opened(1000.0)], [sent(1200.0)], agent=Clock()) == {"unknown": 1}
    assert actors([opened(None, BY_APP), opened(1000.0)], [sent(1200.0)]) == {"unknown": 1}


@pytest.mark.parametrize(
    "request_",
    [
        sent(1200.0, host="other.partner.example"),
        sent(1200.0, path="/v1/other"),
        sent(1200.0, path="/v1/report/"),
        sent(1200.0, port=8443),
        sent(1200.0, port=80),
    ],
)
def test_another_address_is_another_request(request_: Carried) -> None:
    assert actors([opened(1000.0)], [request_]) == {"unknown": 1}


def test_a_redirect_or_a_second_try_was_opened_by_no_call() -> None:
    """The first is the opening's; where the reply led, and what was sent again, nobody opened."""
    elsewhere = sent(1300.0, path="/v2/report", seq=51)
    assert actors([opened(1000.0)], [sent(1200.0), elsewhere, sent(1400.0, seq=52)]) == {"sdk.umeng_analytics": 1, "unknown": 2}


def test_one_connection_may_carry_the_requests_of_many_calls() -> None:
    """HTTP/2 and kept-alive connections: each request was asked for by a call of its own, and each such call is seen."""
    calls: list[AnyEvent] = [opened(1000.0 + at, hook="request.okhttp", seq=10 + at) for at in range(3)]
    assert actors(calls, [sent(1100.0 + at, seq=50 + at) for at in range(3)]) == {"sdk.umeng_analytics": 3}
    assert actors(calls, [sent(1100.0 + at, seq=50 + at) for at in range(4)]) == {"sdk.umeng_analytics": 3, "unknown": 1}


def test_what_two_tools_saw_of_one_request_has_one_owner() -> None:
    assert actors([opened(1000.0)], [sent(1200.0)], [sent(1201.0)]) == {"sdk.umeng_analytics": 2}
    assert actors([opened(1000.0)], [sent(1200.0), sent(1201.0, seq=51, part=1)]) == {"sdk.umeng_analytics": 2}


def test_calls_that_were_not_told_may_have_been_anybodys() -> None:
    def dropped(hook: str, begin: float | None, end: float | None) -> Span:
        return Span(seq=9, ts=begin, channel="api", status="lost", what="flood", detail=f"{hook}: 5", begin=begin, end=end)

    assert actors([opened(1000.0), dropped("request.url", 500.0, 700.0)], [sent(1200.0)]) == {"unknown": 1}
    assert actors([opened(1000.0), dropped("request.url", None, None)], [sent(1200.0)]) == {"unknown": 1}
    assert actors([opened(1000.0), dropped("request.url", 1300.0, 1400.0)], [sent(1200.0)]) == {"sdk.umeng_analytics": 1}
    assert actors([opened(1000.0), dropped("API-0003", 500.0, 700.0)], [sent(1200.0)]) == {"sdk.umeng_analytics": 1}


def test_too_many_openings_to_tell_apart_join_nothing() -> None:
    calls: list[AnyEvent] = [opened(1000.0 + at / 10, seq=10 + at) for at in range(256)]
    assert actors(calls[:255], [sent(2000.0)]) == {"sdk.umeng_analytics": 1}
    assert actors(calls, [sent(2000.0)]) == {"unknown": 1}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://API.Partner.example", ("api.partner.example", "/")),
        ("https://api.partner.example/a/b?c=d#e", ("api.partner.example", "/a/b")),
        ("https://api.partner.example/u/123456789/x", ("api.partner.example", "/u/*/x")),
        ("https://api.partner.example/u/***/x", ("api.partner.example", "/u/*/x")),
        ("https://api.partner.example/u/a***b;v=1", ("api.partner.example", "/u/*")),
        ("https://api***.partner.example/", None),
        ("file:/data/x", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_in_the_spelling_of_requests(text: str | None, address: tuple[str, str] | None) -> None:
    """The agent masks numbers with `***`, an importer masks whole parts of a path with `*`."""
    assert opened_address((text,)) == address
    assert opened_address(None) is None


def test_a_recording_joins_them_and_states_no_act_of_the_call() -> None:
    """The hook stands in for the catalogue: that a connection is opened is nobody's act, whatever the method's name."""

    def file(name: str, its: Session, *items: AnyEvent | Carried) -> Recorded:
        marks = MARKS if name == "calls" else ()
        return Recorded(Artifact(name, "run", name, 1), "run", Track(its, lambda: iter((*marks, *items)), lambda: marks))

    read = Api(seq=9, ts=900.0, api=Member(cls="x", method="y"), hook="request.url", args=(URL,), stack=BY_APP)
    named = Member(cls="android.telephony.TelephonyManager", method="getImei", sig=())
    facts = RunFacts(
        Recording((file("traffic", session("proxy", EXACT), sent(1200.0)), file("calls", session("hook", EXACT), opened(1000.0)))), KNOWN
    )
    assert facts.of("api").observations == []
    assert [each.actor for each in facts.of("network").observations] == ["sdk.umeng_analytics"]
    other = Api(seq=9, ts=900.0, api=named, hook="request.url", args=(URL,), stack=read.stack)
    assert RunFacts(Recording((file("calls", session("hook", EXACT), other),)), KNOWN).of("api").observations == []
