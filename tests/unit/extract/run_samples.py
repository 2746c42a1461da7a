"""Hand-made runs: a session that was watched with every hook, its usual marks, and calls in it."""

from collections.abc import Iterable
from typing import Any

from mingjian.extract.calls import Calls
from mingjian.extract.hooks import required_hooks
from mingjian.extract.known_values import KnownValues
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Gained, Known, Source
from mingjian.extract.timeline import Timeline
from mingjian.inputs.recording.track import Carried
from mingjian.model.line import format_line
from mingjian.model.run import AnyEvent, Api, App, Clock, Device, Hooks, Mark, Member, Part, Session
from mingjian.model.values import sealed_value

PACKAGE = "com.example.food"
ARTIFACT = "a" * 64
SALT = "00" * 16
AT_APP = "com.example.food.Shop.open(Shop.java:12)"
AT_SDK = "com.umeng.commonsdk.a.b(SourceFile:7)"
IMEI = "867530012345678"
USUAL = ((0, "install"), (1, "launch"), (5, "prompt_shown"), (20, "accepted"), (40, "background"), (60, "closed"))
ALL_HOOKS = Hooks(placed=tuple(required_hooks()), canary=True)


def hook_part(hooks: Hooks | None = ALL_HOOKS, error: float | None = 0.0) -> Part:
    return Part(tool="agent", tier="hook", format="run", clock=Clock(error_ms=error), hooks=hooks)


def marks(*told: tuple[float, str]) -> tuple[Mark, ...]:
    return tuple(Mark(seq=number, ts=at * 1000, name=name) for number, (at, name) in enumerate(told, 2))  # type: ignore[arg-type]


def session(*parts: Part, **changes: Any) -> Session:
    told: dict[str, Any] = {"app": App(package=PACKAGE), "fresh": True, "salt": SALT, "started": 0.0, "ended": 100_000.0, **changes}
    return Session(parts=parts or (hook_part(),), device=Device(api=33), **told)


def source(its: Session | None = None, told: Iterable[Mark] = marks(*USUAL), artifact: str = ARTIFACT) -> Source:
    its = its or session()
    return Source(artifact, its, Timeline.of(its, told), own=True)


def call(member: str, at: float | None = 30.0, stack: Iterable[str] = (AT_APP,), **told: Any) -> Api:
    """A call of `class.method` at a second of the run; it returns the value `said`."""
    cls, _, method = member.rpartition(".")
    said = told.pop("said", None if "result" in told else IMEI)
    return Api(
        seq=told.pop("seq", 100),
        ts=None if at is None else at * 1000,
        api=Member(cls=cls, method=method, sig=told.pop("sig", None)),
        result=told.pop("result", "value"),
        value=None if said is None else sealed_value(said, SALT),
        stack=tuple(stack),
        **told,
    )


def gained(*events: AnyEvent | Carried, of: Source | None = None, package: str = PACKAGE, values: KnownValues | None = None) -> Gained:
    """What a recording with these events says."""
    calls = Calls(Known(Owners(package, ()), package), values or KnownValues())
    of = of or source()
    calls.begin(of)
    for item in events:
        calls.add(*((item.event, item) if isinstance(item, Carried) else (item, None)))
    return calls.end()


def lines(*events: AnyEvent, **given: Any) -> list[str]:
    """The observations as lines, without their counts and the channel."""
    found = (format_line(each) for each in gained(*events, **given).observations)
    return [line.split(" via api")[0] for line in found]
