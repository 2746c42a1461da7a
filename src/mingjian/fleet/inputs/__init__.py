"""Where subjects come from: a manifest, a folder, a bucket, a store's index. Everything is read as a stream, in an order that stays."""

from mingjian.fleet.inputs.door import listings
from mingjian.fleet.inputs.index import mapping_of

__all__ = ["listings", "mapping_of"]
