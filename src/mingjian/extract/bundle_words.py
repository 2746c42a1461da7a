"""How faults of a bundle are told."""

from collections.abc import Sequence

from mingjian.extract.context import worded
from mingjian.inputs.bundles.reader import checked
from mingjian.inputs.bundles.values import Fault
from mingjian.model.printable import printable
from mingjian.model.texts import in_both
from mingjian.model.types import Text


def words(fault: Fault) -> Text:
    """One fault."""
    return in_both(checked(fault.code), detail=printable(fault.detail))


def fault_words(key: str, faults: Sequence[Fault]) -> Text:
    """Several faults: their number and the first."""
    return worded(key, count=len(faults), where=printable(faults[0].where), what=words(faults[0]))
