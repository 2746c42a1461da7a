"""What left the device, and to whom."""

from mingjian.extract.context import Context
from mingjian.extract.run import run_facts
from mingjian.inputs.recording import Recording
from mingjian.model.types import Channel, Coverage, Observation

name = "network"
reads = "run"
channels: tuple[Channel, ...] = ("network",)


def extract(reader: Recording, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """The observations of the channel, and in which phases it was recorded how completely."""
    gained = run_facts(reader, context).of("network")
    return gained.observations, gained.coverage
