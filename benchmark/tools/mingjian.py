"""This program, as anyone runs it: the folder of the dossier, the pack of the 31 items, and nothing else."""

from __future__ import annotations

from pathlib import Path

import mingjian as program
from benchmark.cases import PACK
from benchmark.claims import Answer, read
from mingjian.model.codec import dump_report
from mingjian.scan import Options


def answer(folder: Path) -> Answer:
    """The claims of a report."""
    return read(dump_report(program.scan(folder, options=Options(packs=(PACK,)))))
