"""Whether a device is recorded truly: an app of ours that does what is known is recorded, and what was planted has to be found again."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from mingjian.extract.timeline import Timeline
from mingjian.model.run import Api, Mark, Ui
from mingjian.model.shipped import catalog
from mingjian.record.device import Device
from mingjian.record.record import SYSTEM, Order, Taken, record
from mingjian.record.system import EVENTS
from mingjian.record.timing import Timing

SCHEMA = "mingjian-selftest/1"

Check = dict[str, Any]
"""`tier`, `name` and `seen`: none when the tier was not there."""


def selftest(device: Device, folder: Path, timing: Timing) -> dict[str, Any]:
    """Records the app and says of everything planted whether it was seen, ready for JSON. `passed` is true when nothing of a tier that was
    there is missing. The app is removed from the device at the end."""
    with resources.as_file(resources.files("mingjian") / "record" / "selftest.apk") as package:
        taken = record(Order(package, catalog("selftest")["plan"], replace=True), device, folder / "dossier", timing)
    if taken.stopped is not None:
        raise taken.stopped
    app = taken.session.app
    if app is not None:
        device.run(["pm", "uninstall", app.package])
    checks = [*_screens(taken), *_calls(taken), *_system(taken, folder / "dossier" / SYSTEM)]
    traits, clock = taken.session.device, taken.session.parts[0].clock
    return {
        "schema": SCHEMA,
        "device": {"model": traits.model, "system": traits.system, "api": traits.api} if traits else None,
        "clock_error_ms": clock.error_ms,
        "tiers": sorted({check["tier"] for check in checks if check["seen"] is not None}),
        "notes": [note.en for note in taken.notes],
        "checks": checks,
        "passed": all(check["seen"] is not False for check in checks),
    }


def _screens(taken: Taken) -> Iterator[Check]:
    told = {event.name for event in taken.events if isinstance(event, Mark)}
    for name in catalog("selftest")["marks"]:
        yield _check("ui", f"mark {name}", name in told)
    found = [event.taps for event in taken.events if isinstance(event, Ui) and event.by == catalog("selftest")["policy"]]
    yield _check("ui", "way to the policy", catalog("selftest")["policy_taps"] in found)


def _calls(taken: Taken) -> Iterator[Check]:
    hooked = next((index for index, part in enumerate(taken.session.parts) if part.tier == "hook"), None)
    timeline = Timeline.of(taken.session, [event for event in taken.events if isinstance(event, Mark)])
    seen = {(event.hook, timeline.phases(event.ts, event.part)[0]) for event in taken.events if isinstance(event, Api)}
    for row in catalog("selftest")["calls"]:
        yield _check("hook", f"{row['hook']} {row['phase']}", None if hooked is None else (row["hook"], row["phase"]) in seen)


def _system(taken: Taken, folder: Path) -> Iterator[Check]:
    yield _check("os_record", "start of the process", _found(folder / EVENTS, catalog("selftest")["process"]))
    if any(isinstance(event, Mark) and event.name == "permission_granted" for event in taken.events):
        yield _check("os_record", "use of the permission", _found(folder / "appops-after.txt", catalog("selftest")["operation"]))


def _found(file: Path, pattern: str) -> bool | None:
    """None when the device gave no such records."""
    return bool(re.search(pattern, file.read_text(encoding="utf-8", errors="replace"))) if file.exists() else None


def _check(tier: str, name: str, seen: bool | None) -> Check:
    return {"tier": tier, "name": name, "seen": seen}
