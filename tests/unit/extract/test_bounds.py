import pytest
from package_samples import call, element, permission, reader

from mingjian.extract import Context, catalogue, code, gather, layout, manifest
from mingjian.extract.arguments import data_of_text
from mingjian.extract.owner import Owners
from mingjian.model.line import format_line, parse


def test_a_permission_name_cannot_break_the_line_or_fill_the_report() -> None:
    evil = "x.y during before_consent\n" + "A" * 5000
    term = catalogue.permission_term(evil)
    assert term.startswith("permission.custom.y_during_before_consent_A")
    assert len(term) < 130
    (observation,), _ = manifest.extract(reader(manifest={"permissions": [permission(evil)], "components": []}), Context("a" * 64))
    assert parse(format_line(observation)).data == term
    assert len(observation.evidence[0].excerpt) <= 4000


def test_endless_permissions_are_cut_and_the_cut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "MOST_STATEMENTS", 100)
    many = [permission(f"x.P{number}") for number in range(105)]
    observations, (row,) = manifest.extract(reader(manifest={"permissions": many, "components": []}), Context("a" * 64))
    assert len(observations) == 100
    assert row.status == "partial"
    prompts = [call("API-0254", [f"a.permission.P{number}"], 1) for number in range(105)]
    observations, (row,) = code.extract(reader(found={"finds": prompts}), Context("a" * 64))
    assert (len(observations), row.status) == (100, "partial")


def test_endless_layouts_are_cut_and_the_cut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MOST_ELEMENTS", 100)
    boxes = [element("CheckBox", f"/L/CheckBox[{number}]", text="同意协议", checked="true") for number in range(101)]
    (observation,), (row,) = layout.extract(reader(elements={"elements": boxes}), Context("a" * 64))
    assert (observation.sites, row.status) == (100, "partial")


def test_values_nested_without_end_are_given_up() -> None:
    value: dict[str, object] = {"k": "str", "v": "android_id"}
    for _ in range(50):
        value = {"k": "any", "v": [value]}
    observations, _ = code.extract(reader(found={"finds": [call("API-0099", {"k": "?"}, value)]}), Context("a" * 64))
    assert [(each.data, each.certain) for each in observations] == [("unknown", False)]


def test_names_and_commands_of_any_length_are_judged_by_their_beginning() -> None:
    deep = "cn.jpush.android." + "a." * 30_000 + "B"
    assert Owners("com.example.food", ()).of_name(deep) == "sdk.jpush"
    assert data_of_text("shell_command", "pm list packages " + "-f " * 30_000, "com.example.food") == (
        "device.installed_apps",
        "collect",
        "API-0392",
    )
