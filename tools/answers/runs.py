"""This program reads one recording and judges it, in one pass."""

import sys
from pathlib import Path

from mingjian.extract import network, runtime, ui
from mingjian.extract.context import Context
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known
from mingjian.inputs import open_recording
from mingjian.judge import judge, load
from mingjian.model.types import Subject

artifacts, recording = open_recording([Path(sys.argv[1])])
context = Context(artifacts[0].sha256, known=Known(Owners("com.example.market", ()), "com.example.market"))
told = [extractor.extract(recording, context) for extractor in (runtime, network, ui)]
observations = [item for seen, _ in told for item in seen]
coverage = [row for _, rows in told for row in rows]
findings = judge([load("cac-2019")], observations, coverage, Subject("0" * 64, "android", "com.example.market", "1", "", None, artifacts))
with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
    print(len(findings), int(status.read().partition("VmHWM:")[2].split()[0]))
