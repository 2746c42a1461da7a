"""What hand-made answers of the flow analysis become: who hands which data to whom, and what is left out since nothing tells."""

from dataclasses import replace
from typing import Any

from mingjian.extract import Context, flow_catalogue, flows
from mingjian.extract.queries import ADDRESS, CONNECTS, PROGRAM
from mingjian.model.line import format_line
from mingjian.model.types import Coverage, Observation
from mingjian.model.way import told
from mingjian.native import PackageReader
from tests.unit.extract.package_samples import PACKAGE, UNKNOWN, call, reader

OWN = "Lcom/example/food/Shop;->open()V"
UMENG = "Lcom/umeng/analytics/Game;->send(Ljava/lang/String;)V"
URL = {"k": "new", "v": "Ljava/net/URL;"}


def site(id: str, method: str = OWN, unit: int = 8, named: str = "La;->b()V") -> dict[str, Any]:
    return {"id": id, "method": method, "unit": unit, "named": named, "dex": "classes.dex"}


def source(data: str) -> str:
    """The id of the first source of some data."""
    return f"data:{next(number for number, each in enumerate(flow_catalogue.sources()) if each.data == data)}"


def sink(id: str, kind: str) -> str:
    """The number of the first sink of this name and kind."""
    return str(next(number for number, each in enumerate(flow_catalogue.sinks()) if (each.id, each.kind) == (id, kind)))


def flow(begin: dict[str, Any], end: dict[str, Any], *via: str) -> dict[str, Any]:
    path = [
        {"method": each["method"], "unit": each["unit"], "what": what, "named": each["named"]}
        for each, what in ((begin, "source"), (end, "sink"))
    ]
    return {"source": begin, "sink": end, "via": list(via), "path": path}


def read(*told: dict[str, Any], finds: list[dict[str, Any]] | None = None, **more: Any) -> PackageReader:
    answer = {
        "flows": list(told),
        "sources": 2,
        "sinks": 2,
        "steps": 9,
        "cut": [],
        "methods": 5,
        "spots": {},
        "faults": [],
        "complete": True,
    }
    package = reader(found={"finds": finds or []})
    whole: Any = {"ways": [], "further_ways": 0, **answer, **more}
    return replace(package, flows=whole)


def extract(package: PackageReader) -> tuple[list[Observation], Coverage]:
    observations, (row,) = flows.extract(package, Context("0" * 64))
    return observations, row


def lines(package: PackageReader) -> list[str]:
    return [format_line(replace(each, phase=None, certain=True)) for each in extract(package)[0]]


IMEI = site(source("device.imei"), unit=3)


def test_what_is_logged_is_no_sharing() -> None:
    found = flow(IMEI, site(f"sink:{sink('logged', 'log')}"))
    assert lines(read(found)) == ["possible log device.imei by app via flow"]


def test_a_digest_is_told_and_stays_personal() -> None:
    end = site(f"sink:{sink('message_sent', 'sms')}", UMENG)
    assert lines(read(flow(IMEI, end, "digest"))) == ["possible share.hashed device.imei to unknown by sdk.umeng_analytics via flow"]
    assert lines(read(flow(IMEI, end, "truncate"))) == ["possible share device.imei to unknown by sdk.umeng_analytics via flow"]


def test_own_code_hands_data_to_an_sdk_and_code_to_its_own_hands_nothing() -> None:
    handed = site("party:umeng_analytics", OWN, named=UMENG)
    assert lines(read(flow(IMEI, handed))) == ["possible share device.imei to sdk.umeng_analytics by app via flow"]
    inside = site("party:umeng_analytics", "Lcom/umeng/commonsdk/A;->b()V", named=UMENG)
    assert lines(read(flow(IMEI, inside))) == []
    below_vendor = site("party:umeng_analytics", OWN, named="Lcom/example/food/Shop;->b()V")
    assert lines(read(flow(IMEI, below_vendor))) == []


def test_code_of_nobody_hands_to_an_sdk_perhaps() -> None:
    (statement,) = extract(read(flow(IMEI, site("party:umeng_analytics", "La/b;->c()V", named=UMENG))))[0]
    assert (statement.actor, statement.recipient, statement.certain) == ("unknown", "sdk.umeng_analytics", False)


def test_a_stream_is_a_sink_by_where_it_comes_from() -> None:
    network, shared = sink("written", "network"), sink("written", "shared_file")
    writes = [flow(IMEI, site(f"sink:{number}")) for number in (network, shared)]
    assert lines(read(*writes)) == []
    connection = [flow(site("origin:connection", unit=1), site(f"needs:{number}")) for number in (network, shared)]
    assert lines(read(*writes, *connection)) == ["possible share device.imei to unknown by app via flow"]
    place = [flow(site("origin:shared_place", unit=1), site(f"needs:{number}")) for number in (network, shared)]
    assert lines(read(*writes, *place)) == ["possible store.outside device.imei by app via flow"]
    elsewhere = [flow(site("origin:connection", unit=1), site(f"needs:{network}", unit=99))]
    assert lines(read(*writes, *elsewhere)) == []


def test_an_intent_that_names_its_receiver_does_not_go_out() -> None:
    number = sink("broadcast", "intent_out")
    sent = flow(IMEI, site(f"sink:{number}"))
    made = flow(site("origin:intent_open", unit=1), site(f"needs:{number}"))
    named = flow(site("origin:intent_named", unit=2), site(f"needs:{number}"))
    assert lines(read(sent, made)) == ["possible share device.imei to unknown by app via flow"]
    assert lines(read(sent, made, named)) == []


def program(member: str, *args: Any, offset: int = 2) -> dict[str, Any]:
    return call(PROGRAM, *args, target=f"Landroid/content/{member}", offset=offset)


PACKAGE_SET = "Intent;->setPackage(Ljava/lang/String;)Landroid/content/Intent;"
COMPONENT = "ComponentName;-><init>(Ljava/lang/String;Ljava/lang/String;)V"


def test_an_intent_that_names_another_app_goes_to_it() -> None:
    number = sink("started", "intent_out")
    sent = flow(IMEI, site(f"sink:{number}"))
    told = flow(site("origin:intent_told", unit=2), site(f"needs:{number}"))
    to_taxi = ["possible share device.imei to program.com.taxi.rider by app via flow"]
    assert lines(read(sent, told, finds=[program(PACKAGE_SET, "com.taxi.rider")])) == to_taxi
    assert lines(read(sent, told, finds=[program(COMPONENT, "com.taxi.rider", "com.taxi.rider.Entry", offset=1)])) == to_taxi
    both = [program(PACKAGE_SET, "com.taxi.rider"), program(PACKAGE_SET, "com.hotel.app", offset=5)]
    assert lines(read(sent, told, finds=both)) == to_taxi


def test_an_intent_that_may_go_to_the_app_itself_does_not_go_out() -> None:
    number = sink("started", "intent_out")
    sent = flow(IMEI, site(f"sink:{number}"))
    opened = flow(site("origin:intent_open", unit=1), site(f"needs:{number}"))
    told = flow(site("origin:intent_told", unit=2), site(f"needs:{number}"))
    for finds in (
        [],
        [program(PACKAGE_SET, PACKAGE)],
        [program(PACKAGE_SET, UNKNOWN)],
        [program(PACKAGE_SET, "com.android.settings")],
        [program(PACKAGE_SET, "no package at all")],
    ):
        assert lines(read(sent, told, opened, finds=finds)) == [], finds


def test_another_app_of_the_same_operator_is_no_third_party() -> None:
    number = sink("started", "intent_out")
    own = "Lcn/kuaichi/food/Shop;->open()V"
    sent = flow(IMEI, site(f"sink:{number}", own))
    told = flow(site("origin:intent_told", own, unit=2), site(f"needs:{number}", own))
    for named, recipient in (("cn.kuaichi.rider", "operator"), ("cn.kuaiche.rider", "program.cn.kuaiche.rider")):
        package = read(sent, told, finds=[program(PACKAGE_SET, named) | {"class": "Lcn/kuaichi/food/Shop;"}])
        package = replace(package, manifest={**package.manifest, "package": "cn.kuaichi.food"})
        assert lines(package) == [f"possible share device.imei to {recipient} by app via flow"]


def address(*args: Any, offset: int = 1) -> dict[str, Any]:
    return call(ADDRESS, *args, target="Ljava/net/URL;-><init>(Ljava/lang/String;)V", offset=offset)


def connects(on: dict[str, Any] | None = None) -> dict[str, Any]:
    return call(CONNECTS, target="Ljava/net/URL;->openConnection()Ljava/net/URLConnection;", on=on or URL)


def test_a_host_is_told_when_the_method_leaves_no_doubt() -> None:
    sent = flow(IMEI, site(f"sink:{sink('header', 'network')}"))
    sure = [address("https://up.example.net/a?b"), connects()]
    assert lines(read(sent, finds=sure)) == ["possible share device.imei to host.up.example.net by app via flow"]
    of_nobody = ["possible share device.imei to unknown by app via flow"]
    for doubtful in (
        [],
        [address(UNKNOWN), connects()],
        [address("https://up.example.net"), address("https://other.example.net", offset=2), connects()],
        [address("https://up.example.net"), connects({"k": "param", "v": 1})],
        [address("https://up.example.net")],
        [address("https://[up"), connects()],
        [address("relative/path"), connects()],
    ):
        assert lines(read(sent, finds=doubtful)) == of_nobody


def test_a_stream_goes_where_its_connection_was_made() -> None:
    number = sink("written", "network")
    elsewhere = "Lcom/example/food/Net;->write(Ljava/io/OutputStream;)V"
    told = (flow(IMEI, site(f"sink:{number}", elsewhere)), flow(site("origin:connection"), site(f"needs:{number}", elsewhere)))
    sure = [address("https://up.example.net"), connects()]
    assert lines(read(*told, finds=sure)) == ["possible share device.imei to host.up.example.net by app via flow"]
    second = flow(site("origin:connection", "La/b;->c()V"), site(f"needs:{number}", elsewhere))
    assert lines(read(*told, second, finds=sure)) == ["possible share device.imei to unknown by app via flow"]


def test_the_evidence_has_both_ends_and_the_way() -> None:
    (statement,) = extract(read(flow(IMEI, site(f"sink:{sink('logged', 'log')}", UMENG), "aggregate")))[0]
    assert statement.sites == 1
    end, begin = statement.evidence
    assert end.locator == f"dex:classes.dex!{UMENG}+0x8"
    assert begin.locator == f"dex:classes.dex!{OWN}+0x3"
    passage = told(end.excerpt).passage
    assert passage is not None
    assert passage.via == ("aggregate",)
    assert [(step.what, step.owner) for step in passage.steps] == [("source", "app"), ("sink", "sdk.umeng_analytics")]


def test_what_an_object_is_made_of_is_no_data() -> None:
    assert lines(read(flow(site("origin:connection"), site(f"sink:{sink('logged', 'log')}")))) == []
    assert lines(read(flow(IMEI, site(f"needs:{sink('written', 'network')}")))) == []


def test_a_long_way_is_shortened() -> None:
    long = flow(IMEI, site(f"sink:{sink('logged', 'log')}"))
    long["path"] = [long["path"][0]] * 500
    (statement,) = extract(read(long))[0]
    assert len(statement.evidence[0].excerpt.splitlines()) < 50


def test_without_the_question_the_channel_is_absent() -> None:
    observations, row = extract(reader())
    assert (observations, row.channel, row.status) == ([], "flow", "absent")


def test_coverage_says_what_was_not_followed() -> None:
    assert extract(read())[1].status == "complete"
    cut = extract(read(cut=[IMEI], complete=False))[1]
    assert cut.status == "partial" and cut.reason is not None and "1 of 2" in cut.reason.en
    blind = extract(read(spots={"reflection": 3, "native": 0}))[1]
    assert blind.status == "partial" and blind.reason is not None
    assert "3 uses of reflection" in blind.reason.en and "native" not in blind.reason.en
    one = extract(read(spots={"reflection": 1}))[1]
    assert one.reason is not None and "1 use of reflection" in one.reason.en
    unread = replace(
        read(),
        found={
            **reader().found,
            "payloads": [{"path": "assets/a.jar", "kind": "jar", "status": "encrypted", "entropy": 8.0, "reason": None}],
        },
    )
    assert extract(unread)[1].status == "partial"


def test_hidden_code_was_not_followed() -> None:
    hidden = reader(packages={"packages": []}, manifest={"application": {"name": f"{PACKAGE}.App", "locator": "/application"}})
    assert extract(replace(hidden, flows=read().flows))[1].status == "failed"


def test_an_answer_that_was_lost_acquits_of_nothing() -> None:
    fault = {"where": "", "code": "internal", "what": "The analysis ended early."}
    row = extract(read(methods=0, faults=[fault], complete=False))[1]
    assert row.status == "failed" and row.reason is not None and "ended early" in row.reason.en
