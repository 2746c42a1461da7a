"""Run files for tests, all written here: a made-up app whose one SDK reads an identifier before consent and again after it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from mingjian.model.run import AnyEvent, Api, App, Clock, Device, Hooks, Mark, Match, Member, Net, Part, Session, Ui, Value
from mingjian.model.run import Node as Element

START = 1_767_225_600_000.0
"""2026-01-01T00:00:00Z."""
SALT = "00112233445566778899aabbccddeeff"

SESSION = Session(
    app=App(package="com.example.shop", version="1.2", sha256="ab" * 32),
    device=Device(model="sample", api=33, zone_minutes=480),
    parts=(
        Part(tool="mingjian", tier="hook", format="run", clock=Clock(error_ms=0.0), hooks=Hooks(placed=("device.imei",), canary=True)),
        Part(tool="proxy", tier="proxy", format="flows", clock=Clock(offset_ms=40.0, error_ms=5.0)),
    ),
    started=START,
    ended=START + 60_000,
    fresh=True,
    salt=SALT,
)


def imei(seq: int, ts: float, owner: str = "com.fakeads.sdk.Beacon.run") -> Api:
    """One read of the IMEI."""
    return Api(
        seq=seq,
        ts=ts,
        api=Member(cls="android.telephony.TelephonyManager", method="getDeviceId", sig=()),
        hook="device.imei",
        result="value",
        value=Value(hash="5e" * 32, length=15, type="string", masked="86***1"),
        stack=("android.telephony.TelephonyManager.getDeviceId", owner),
        process="com.example.shop",
    )


EVENTS: tuple[AnyEvent, ...] = (
    Mark(seq=2, ts=START, name="launch"),
    Mark(seq=3, ts=START + 1000, name="prompt_shown", by="ui"),
    imei(4, START + 2000),
    Net(
        seq=5,
        ts=START + 2500,
        part=1,
        at="flow:1",
        visibility="decrypted",
        host="ads.example",
        method="POST",
        path="/v1/beacon?imei=***",
        matches=(Match(data="device.imei", where="query.imei", by="value", hash="5e" * 32, masked="86***1", event=4),),
    ),
    Ui(seq=6, ts=START + 3000, nodes=(Element(cls="android.widget.FrameLayout"), Element(text="同意", up=0, clickable=True))),
    Mark(seq=7, ts=START + 5000, name="accepted", by="ui"),
    imei(8, START + 9000, "com.example.shop.Main.onCreate"),
    Mark(seq=9, ts=START + 60_000, name="end"),
)


def encoded(events: Iterable[AnyEvent] = EVENTS, session: Session = SESSION) -> list[bytes]:
    """The lines of a run file, each with its line break."""
    encode = msgspec.json.Encoder().encode
    return [encode(value) + b"\n" for value in (session, *events)]


def written(folder: Path, lines: Iterable[bytes], name: str = "run.jsonl") -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_bytes(b"".join(lines))
    return path
