"""The share of known code among what a machine scanned, for who scrapes it."""

from dataclasses import replace
from pathlib import Path

from prometheus_client import CollectorRegistry

from mingjian.fleet.metrics import Done
from mingjian.fleet.outcome import Outcome
from tests.fleet.local.test_hostile_jobs import RUN


def test_known_code_is_counted_where_it_was_asked(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    done = Done(registry, 1, tmp_path)
    scanned = Outcome(0, "ok")
    for known in (True, False, True, None):
        done.ended(RUN, replace(scanned, code_known=known))
    counted = [registry.get_sample_value("mingjian_fleet_code_total", {"known": word}) for word in ("yes", "no")]
    assert counted == [2, 1]
