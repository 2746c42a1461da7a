"""What a recording of traffic holds when it holds one thing, for the tests of several readers."""

from mingjian.inputs.recording.track import Carried, Item, Payload
from mingjian.model.run import Net


def request(found: list[Item]) -> tuple[Net, Payload]:
    (item,) = found
    assert isinstance(item, Carried)
    assert isinstance(item.event, Net)
    assert item.payload is not None
    return item.event, item.payload


def connection(found: list[Item]) -> Net:
    (item,) = found
    assert isinstance(item, Net)
    return item
