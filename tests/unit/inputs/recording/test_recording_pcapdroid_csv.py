"""PCAPdroid's list of connections: columns that nobody quotes, encrypted and clear protocols. All samples are written here."""

from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.inputs.recording import pcapdroid_csv as importer
from mingjian.inputs.recording.track import Head, Item
from mingjian.model.run import Net, Span

NOW = "IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,PackageName,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd,FirstSeen,LastSeen"
OLD = NOW.replace("PackageName,", "")
LEFT = "6,10.215.173.1,40001,203.0.113.7,443,10123"
RIGHT = "1200,3400,9,11,1790000000250,1790000003250"


def events(tmp_path: Path, *lines: str, header: str = NOW) -> list[Item]:
    path = tmp_path / "sample.csv"
    path.write_bytes("\n".join([header, *lines, ""]).encode("utf-8", "surrogateescape"))
    return list(importer.read(path).events())


def one(tmp_path: Path, line: str, header: str = NOW) -> Net:
    (net,) = events(tmp_path, line, header=header)
    assert isinstance(net, Net)
    return net


def test_a_connection(tmp_path: Path) -> None:
    assert importer.recognises(Head("any", NOW.encode()))
    assert one(tmp_path, f"{LEFT},Shop,com.example.shop,TLS,Closed,ads.example,{RIGHT}") == Net(
        seq=2,
        ts=1_790_000_000_250.0,
        at="line:2",
        visibility="opaque",
        proto="tls",
        host="ads.example",
        ip="203.0.113.7",
        port=443,
        end=1_790_000_003_250.0,
        uid=10123,
        package="com.example.shop",
        sent=1200,
        received=3400,
    )


@pytest.mark.parametrize("header", [NOW, NOW + ",Malicious", "\ufeff" + NOW, NOW.lower(), NOW + "\r"])
def test_headers_that_are_known(header: str, tmp_path: Path) -> None:
    assert importer.recognises(Head("any", header.encode()))
    tail = ",yes" if "Malicious" in header else ""
    net = one(tmp_path, f"{LEFT},Shop,com.example.shop,TLS,Closed,ads.example,{RIGHT}{tail}\r", header)
    assert (net.package, net.host, net.end) == ("com.example.shop", "ads.example", 1_790_000_003_250.0)


def test_a_version_without_packages(tmp_path: Path) -> None:
    net = one(tmp_path, f"{LEFT},Shop,HTTPS,Closed,ads.example,{RIGHT}", OLD)
    assert (net.package, net.uid, net.proto, net.host, net.sent) == (None, 10123, "https", "ads.example", 1200)
    net = one(tmp_path, f"{LEFT},Shop, the second,TLS,Closed,ads.example,{RIGHT}", OLD)
    assert (net.proto, net.host, net.sent) == ("tls", "ads.example", 1200)


@pytest.mark.parametrize(
    ("app", "info"),
    [
        ("Shop, the second", "ads.example"),
        ("a,b,c,d", "ads.example"),
        ("Shop", "ads.example,more"),
        ("x,y", "http://ads.example/a,b"),
        (",", ","),
    ],
)
def test_commas_in_names_shift_nothing(app: str, info: str, tmp_path: Path) -> None:
    net = one(tmp_path, f"{LEFT},{app},com.example.shop,HTTP,Closed,{info},{RIGHT}")
    assert (net.package, net.proto, net.sent, net.received, net.ts) == ("com.example.shop", "http", 1200, 3400, 1_790_000_000_250.0)
    assert net.host in ("ads.example", None)
    assert (net.host is None) == (info in (",", "ads.example,more"))


def test_what_commas_leave_open_is_unknown(tmp_path: Path) -> None:
    """Two places where the package could stand: neither is taken."""
    net = one(tmp_path, f"{LEFT},x,com.evil.one,TLS,com.example.shop,TLS,Closed,ads.example,{RIGHT}")
    assert (net.package, net.host, net.visibility, net.sent, net.uid) == (None, None, "opaque", 1200, 10123)


def test_quoted_fields_of_another_program(tmp_path: Path) -> None:
    net = one(tmp_path, f'{LEFT},"Shop, the ""second""",com.example.shop,TLS,Closed,ads.example,{RIGHT}')
    assert (net.package, net.host, net.sent) == ("com.example.shop", "ads.example", 1200)
    net = one(tmp_path, f'{LEFT},The "Shop",com.example.shop,TLS,Closed,ads.example,{RIGHT}')
    assert (net.package, net.host) == ("com.example.shop", "ads.example")


@pytest.mark.parametrize(
    ("proto", "info", "visibility", "host", "path"),
    [
        ("TLS", "ads.example", "opaque", "ads.example", None),
        ("HTTPS", "ads.example", "opaque", "ads.example", None),
        ("QUIC", "ads.example", "opaque", "ads.example", None),
        ("HTTP", "ads.example", "plain", "ads.example", None),
        ("HTTP", "http://ads.example:8080/v1?imei=861", "plain", "ads.example", "/v1?imei=*"),
        ("HTTP", "ads.example/v1", "plain", "ads.example", "/v1"),
        ("DNS", "ads.example", "plain", None, "ads.example"),
        ("Telegram", "ads.example", "opaque", None, None),
        ("TCP", "", "opaque", None, None),
        ("", "ads.example", "opaque", None, None),
        ("TLS", "two words", "opaque", None, None),
    ],
)
def test_what_protocols_show(proto: str, info: str, visibility: str, host: str | None, path: str | None, tmp_path: Path) -> None:
    net = one(tmp_path, f"{LEFT},Shop,com.example.shop,{proto},Closed,{info},{RIGHT}")
    assert (net.visibility, net.host, net.path) == (visibility, host, path)
    assert net.unread == ("not_recorded" if proto == "HTTP" else None)


@pytest.mark.parametrize(
    ("written", "ts"),
    [
        ("1790000000250", 1_790_000_000_250.0),
        ("1790000000", 1_790_000_000_000.0),
        ("1790000000.25", 1_790_000_000_250.0),
        ("2026-09-21T14:13:20.250Z", 1_790_000_000_250.0),
        ("2026-09-21 14:13:20", None),
        ("09-21 14:13:20.250", None),
        ("0", None),
        ("", None),
        ("inf", None),
    ],
)
def test_moments_without_a_zone_are_unknown(written: str, ts: float | None, tmp_path: Path) -> None:
    net = one(tmp_path, f"{LEFT},Shop,com.example.shop,TLS,Closed,ads.example,1,2,3,4,{written},{written}")
    assert (net.ts, net.end) == (ts, ts)


@pytest.mark.parametrize("line", ["short", "6,1,2,3", f"{LEFT},{RIGHT}", f"{LEFT}{',x' * 300},{RIGHT}", '"' * 9])
def test_a_line_that_is_none_is_lost_alone(line: str, tmp_path: Path) -> None:
    good = f"{LEFT},Shop,com.example.shop,TLS,Closed,ads.example,{RIGHT}"
    found = events(tmp_path, good, line, good)
    assert [(item.at, item.what) for item in found if isinstance(item, Span)] == [("line:3", "bad_line")]
    assert [item.seq for item in found if isinstance(item, (Net, Span))] == [2, 3, 4]


def test_an_endless_line_is_lost_alone(tmp_path: Path) -> None:
    good = f"{LEFT},Shop,com.example.shop,TLS,Closed,ads.example,{RIGHT}"
    found = events(tmp_path, good, "x" * 300_000, good)
    assert [(item.at, item.what) for item in found if isinstance(item, Span)] == [("line:3", "too_large")]
    assert len(found) == 3


def test_empty_lines_and_repeated_headers_say_nothing(tmp_path: Path) -> None:
    good = f"{LEFT},Shop,com.example.shop,TLS,Closed,ads.example,{RIGHT}"
    assert [item.at for item in events(tmp_path, good, "", NOW, good) if isinstance(item, Net)] == ["line:2", "line:5"]


@pytest.mark.parametrize("blank", [" ", "\t", "\x1f", "\u3000", "\u00a0"])
def test_blanks_of_any_kind_around_numbers(blank: str, tmp_path: Path) -> None:
    net = one(tmp_path, f"{LEFT}{blank},Shop,com.example.shop,TLS,Closed,ads.example,{blank}{RIGHT}{blank}")
    assert (net.uid, net.sent) == (10123, 1200)


def test_fields_of_the_wrong_kind_are_unknown(tmp_path: Path) -> None:
    net = one(tmp_path, "x,y,z,nowhere,99999,-1,Shop,no package,TLS,Closed,ads.example,a,b,c,d,e,f\udcff")
    assert (net.ip, net.port, net.uid, net.package, net.sent, net.received, net.ts) == (None,) * 7


@pytest.mark.parametrize(
    "content", [b"", b"a,b,c", b"IPProto,SrcIP", b"\x00" * 100, NOW.replace("Info", "Other").encode(), NOW.replace("Proto,", "").encode()]
)
def test_what_is_no_such_list(content: bytes, tmp_path: Path) -> None:
    assert not importer.recognises(Head("sample.csv", content))
    path = tmp_path / "sample.csv"
    path.write_bytes(content or b"\n")
    with pytest.raises(InputError) as refused:
        importer.read(path)
    assert refused.value.key == "input.run_no_traffic"
