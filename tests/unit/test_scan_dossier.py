"""A dossier is scanned whole; what is given beside it is added."""

from pathlib import Path

import pytest
import yaml

import mingjian
from fixtures.builder import build
from fixtures.scenario import record
from mingjian.errors import InputError

ROOT = Path(__file__).parents[2]
APP = ROOT / "fixtures" / "apps" / "kuaichi"


def dossier(folder: Path, **words: object) -> Path:
    build(APP, folder / "kuaichi.apk")
    (folder / "policy.html").write_bytes((APP / "policy.html").read_bytes())
    (folder / "run.jsonl").write_bytes(record(yaml.safe_load((APP / "run.yml").read_text(encoding="utf-8"))))
    told = {
        "package": "kuaichi.apk",
        "policy": ["policy.html"],
        "runs": ["run.jsonl"],
        "category": "food_delivery",
        "operator": "快吃",
        **words,
    }
    (folder / "dossier.yml").write_text(yaml.safe_dump({key: value for key, value in told.items() if value}, allow_unicode=True), "utf-8")
    return folder


def test_everything_that_the_folder_names_is_read(tmp_path: Path) -> None:
    report = mingjian.scan(dossier(tmp_path))
    assert [artifact.kind for artifact in report.subject.artifacts] == ["package", "policy", "run"]
    assert (report.subject.category, report.subject.operator) == ("food_delivery", "快吃")
    assert {item.mode for item in report.observations} == {"claimed", "declared", "possible", "observed", "shown"}
    assert report.timeline
    found = {finding.clause: finding.verdict for finding in report.findings}
    assert found["cac-2019/3.1"] == "violated"


def test_what_is_said_beside_the_folder_counts_more(tmp_path: Path) -> None:
    report = mingjian.scan(dossier(tmp_path), category="map_navigation", operator="别家")
    assert (report.subject.category, report.subject.operator) == ("map_navigation", "别家")


def test_hosts_of_the_operator_are_no_third_party(tmp_path: Path) -> None:
    folder = dossier(tmp_path, operator_hosts=["umeng.com"])
    shares = [item for item in mingjian.scan(folder).observations if item.channel == "network"]
    assert {item.recipient for item in shares} == {"operator"}


@pytest.mark.parametrize(
    ("words", "key"), [({"package": None}, "input.dossier_no_package"), ({"category": "no such"}, "input.dossier_wrong")]
)
def test_a_dossier_that_does_not_fit_is_one_line(tmp_path: Path, words: dict[str, object], key: str) -> None:
    with pytest.raises(InputError) as raised:
        mingjian.scan(dossier(tmp_path, **words))
    assert raised.value.key == key
