"""The 31 behaviours that a complaint may name."""

from collections.abc import Mapping
from functools import cache

from mingjian.judge.load import load
from mingjian.model.types import Text

PACK = "cac-2019"


@cache
def clauses() -> Mapping[str, Text]:
    """The title of each clause by its id, `cac-2019/3.1`, in the order of the law."""
    return {clause.id: clause.title for clause in load(PACK).clauses}
