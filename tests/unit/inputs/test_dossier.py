"""A dossier names files of its own folder and nothing else; what is wrong is told in one line."""

from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.inputs.dossier import is_dossier, open_dossier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dossier"
    (folder / "screens").mkdir(parents=True)
    for name in ("app.apk", "policy.html", "run.jsonl", "screens/1.xml", "review.yml"):
        (folder / name).write_text("x")
    return folder


def wrong(folder: Path, content: str) -> tuple[str, object]:
    (folder / "dossier.yml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        open_dossier(folder)
    return error.value.key, error.value.values.get("name") or error.value.values.get("field") or error.value.values.get("line")


def test_everything_that_a_dossier_may_say(folder: Path) -> None:
    (folder / "dossier.yml").write_text(
        """
package: app.apk
policy: [policy.html]
runs: [run.jsonl, screens/1.xml]
review: [review.yml]
category: food_delivery
operator: " 示例科技有限公司 "
operator_hosts: [Example.com, api.example.cn]
note: 第二次复测
""",
        encoding="utf-8",
    )
    assert is_dossier(folder)
    found = open_dossier(folder)
    assert found.package == (folder / "app.apk",)
    assert found.runs == (folder / "run.jsonl", folder / "screens" / "1.xml")
    assert (found.policy, found.review) == ((folder / "policy.html",), (folder / "review.yml",))
    assert (found.category, found.operator, found.note) == ("food_delivery", "示例科技有限公司", "第二次复测")
    assert found.operator_hosts == ("example.com", "api.example.cn")


def test_what_is_left_out_is_none(folder: Path) -> None:
    (folder / "dossier.yml").write_text("package: [app.apk]\n")
    found = open_dossier(folder)
    assert (found.package, found.runs, found.operator, found.operator_hosts) == ((folder / "app.apk",), (), None, ())


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "screens/../../outside", "..", "C:\\\\x", "a\\\\..\\\\b", "link", "linked/1.xml"]
)
def test_nothing_outside_the_folder_is_named(name: str, folder: Path) -> None:
    (folder.parent / "outside").write_text("secret")
    (folder / "link").symlink_to(folder.parent / "outside")
    (folder / "linked").symlink_to(folder / "screens")
    assert wrong(folder, f'runs: ["{name}"]\n')[0] == "input.dossier_outside"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("runs: [no.jsonl]\n", ("input.dossier_missing", "no.jsonl")),
        ("runs: [screens]\n", ("input.dossier_missing", "screens")),
        ("runs: [screens/1.xml/deeper]\n", ("input.dossier_missing", "screens/1.xml/deeper")),
        ("runs: run.jsonl\n", ("input.dossier_wrong", "runs")),
        ("runs: [5]\n", ("input.dossier_wrong", "runs")),
        ("policies: [policy.html]\n", ("input.dossier_unknown", "policies")),
        ("operator: [a]\n", ("input.dossier_wrong", "operator")),
        ("operator: ''\n", ("input.dossier_wrong", "operator")),
        ("operator_hosts: [com]\n", ("input.dossier_wrong", "operator_hosts")),
        ("operator_hosts: ['a b.com']\n", ("input.dossier_wrong", "operator_hosts")),
        ("operator_hosts: ['https://a.com']\n", ("input.dossier_wrong", "operator_hosts")),
        ("package: [\n", ("input.dossier_not_yaml", 2)),
        ("- app.apk\n", ("input.dossier_not_yaml", 1)),
        ("package: &a app.apk\nnote: *a\n", ("input.dossier_not_yaml", 2)),
        ("note: " + "[" * 50 + "]" * 50, ("input.dossier_not_yaml", 1)),
    ],
)
def test_what_is_wrong_is_named(content: str, expected: tuple[str, object], folder: Path) -> None:
    assert wrong(folder, content) == expected


def test_a_folder_without_the_file_is_no_dossier(folder: Path) -> None:
    assert not is_dossier(folder)
    with pytest.raises(InputError) as error:
        open_dossier(folder)
    assert error.value.key == "input.missing"
