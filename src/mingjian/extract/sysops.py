"""What the system's own records of an operation say: which permission was used, which data were read, what started the app."""

from functools import cache
from typing import Any

from mingjian.extract import catalogue
from mingjian.extract.call_arguments import Act
from mingjian.extract.owner import sdk_of
from mingjian.extract.timeline import Phases
from mingjian.model.run import OsAccess
from mingjian.model.shipped import catalog
from mingjian.model.types import UNKNOWN

_CONSENTED = ("foreground", "background", "closed")


def acts_of_access(event: OsAccess, level: int | None) -> tuple[Act, ...]:
    """What one record states; empty for operations that open no personal information. `level` is the device's API level."""
    row = _ops().get(_op_name(event.op))
    if row is None:
        return ()
    term = catalogue.permission_term(row["permission"]) if "permission" in row else None
    if event.outcome == "reject":
        return (Act("attempt", term or row["data"], True),)
    opened = (Act("open", term, True),) if term is not None else ()
    if "data" not in row or (row.get("lasting") and not event.duration_ms):
        return opened
    proven = row["certain"] and (level or 0) >= row.get("since", 0)
    return (*opened, Act("collect", row["data"], proven))


def act_of_start(event: OsAccess, phases: Phases) -> Act | None:
    """What the start of a process states: that the app started itself, where something else than the user started it while it was closed.
    Further processes of a running app are its own business."""
    start = _data()["process_start"]
    if _op_name(event.op) != start["op"] or event.outcome != "access":
        return None
    meant: bool | None = start["hosting"].get((event.attribution or "").strip().lower().replace("_", " "))
    if meant is None or not ("closed" in phases or phases[0] == UNKNOWN):
        return None
    return Act("start.self", None, meant and "closed" in phases, UNKNOWN)


def owner_of_access(event: OsAccess) -> str:
    """Whose act the access is. A system that says no tag says nothing of which code it was; what came through the app as a proxy is the
    act of somebody else."""
    if event.proxy or not event.attribution:
        return UNKNOWN
    sdk = event.attribution if event.attribution in catalogue.sdks() else sdk_of(event.attribution)
    return f"sdk.{sdk}" if sdk else UNKNOWN


def phases_of_access(event: OsAccess, phases: Phases) -> Phases:
    """The phases of the access, as the system knows the state of the app. After consent the system is believed: it decides itself
    what counts as background, and marks may come late or be missing. Where it sees the app in front while marks say that it was not,
    nobody knows."""
    main = phases[0]
    if main not in _CONSENTED or event.state is None or event.state == main:
        return phases
    if event.state == "background":
        return ("background", *phases[1:]) if main == "foreground" else phases
    return (UNKNOWN, *phases[1:])


def _op_name(op: str) -> str:
    """`android:read_clipboard` as `READ_CLIPBOARD`."""
    return op.strip().removeprefix("android:").upper()


@cache
def _ops() -> dict[str, dict[str, Any]]:
    ops: dict[str, dict[str, Any]] = _data()["ops"]
    return ops


def _data() -> dict[str, Any]:
    data: dict[str, Any] = catalog("appops")
    return data
