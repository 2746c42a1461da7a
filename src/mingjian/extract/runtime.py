"""What the app did: calls in its process, and what the system itself recorded."""

from mingjian.extract.context import Context
from mingjian.extract.run import run_facts
from mingjian.inputs.recording import Recording
from mingjian.model.types import Channel, Coverage, Observation

name = "runtime"
reads = "run"
channels: tuple[Channel, ...] = ("api",)


def extract(reader: Recording, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """The observations of the channel, and in which phases it was recorded how completely."""
    gained = run_facts(reader, context).of("api")
    return gained.observations, gained.coverage
