"""How often a node gives a sign, and how long it lets jobs finish, are the operator's to say."""

from pathlib import Path

import click
import pytest

from mingjian.cli import fleet_cluster
from mingjian.cli.fleet import node
from mingjian.fleet.node import Site


@pytest.fixture
def sites(monkeypatch: pytest.MonkeyPatch) -> list[Site]:
    served: list[Site] = []
    monkeypatch.setattr(fleet_cluster, "serve", served.append)
    return served


def started(folder: Path, *options: str) -> None:
    node.main(["--lake", str(folder), "--database", "postgresql://db/x", "--slots", "1", *options], standalone_mode=False)


def test_a_node_is_silent_when_three_of_its_signs_were_not_heard(tmp_path: Path, sites: list[Site]) -> None:
    started(tmp_path)
    started(tmp_path, "--heartbeat", "4", "--grace", "600")
    assert [(site.timing.heartbeat, site.timing.stalled, site.timing.grace) for site in sites] == [(10, 30, 60), (4, 12, 600)]


@pytest.mark.parametrize("wrong", [("--heartbeat", "0"), ("--heartbeat", "301"), ("--grace", "-1"), ("--grace", "3601")])
def test_times_that_make_no_sense_are_refused(tmp_path: Path, sites: list[Site], wrong: tuple[str, str]) -> None:
    with pytest.raises(click.BadParameter):
        started(tmp_path, *wrong)
    assert sites == []
