"""Events in the words of the bench's list of acts, and that list."""

import yaml

from fixtures.bench.machine import HERE
from fixtures.bench.play import PACKAGE
from mingjian.extract.frames import Callers
from mingjian.extract.owner import Owners
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Api, File

PLANNED = yaml.safe_load((HERE / "acts.yml").read_text(encoding="utf-8"))


def told(item: Carried) -> dict[str, object]:
    """An event in the words of acts.yml."""
    event = item.event
    assert isinstance(event, Api | File), event
    caller = Callers(Owners(PACKAGE, ())).of(event.stack)
    said: dict[str, object] = {"by": caller.frame, "owner": caller.owner}
    if isinstance(event, File):
        return {**said, "file": event.op, "path": event.path}
    assert (event.value is None) == (item.raw is None)
    return {**said, "hook": event.hook, "args": list(event.args or ()), "result": event.result, "raw": item.raw}


def planned(step: str, suffix: str) -> list[dict[str, object]]:
    nothing = {"args": [], "result": None, "raw": None}
    acts = [{**(nothing if "hook" in act else {}), **act} for act in PLANNED[step]]
    return [
        {**act, **({"args": [text and text.replace("{suffix}", suffix) for text in act["args"]]} if "hook" in act else {})} for act in acts
    ]
