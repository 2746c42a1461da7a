from pathlib import Path

import pytest
from rule_files import PACK, clause, signal, write_pack

from mingjian.errors import RuleError, UsageError
from mingjian.judge import Pack, load, loaded, pack_folder, pack_names, shipped_packs
from mingjian.judge.crosswalk import links_of, shared_signals
from mingjian.judge.pages import contents, pages
from mingjian.model.instruments import instruments

EARLY = "seen: {mode: observed, channel: api, action: collect, data: device, phase: before_consent}"
LINK = "links:\n  mini/1.1:\n    - {rule: PIPL-13, instrument: PIPL, ref: Art.13, confidence: full_text, linked: noted}\n"


def named(id: str, folder: Path, logic: str, signals: dict[str, str] | None = None) -> Pack:
    text = clause(logic).replace("mini/1.1", f"{id}/1.1")
    return load(write_pack(folder / id, {"1.1-a": text}, signals, PACK.replace("id: mini", f"id: {id}")))


def test_clauses_that_rest_on_one_signal_point_at_each_other(tmp_path: Path) -> None:
    first = named("first", tmp_path, "violated_if:\n  signal: collects-before-consent\n")
    second = named("second", tmp_path, "violated_if:\n  any: [{signal: collects-before-consent}, {signal: asks-again}]\n")
    other = named("other", tmp_path, "violated_if:\n  signal: asks-again\n")
    packs = (first, second, other)
    (shared,) = shared_signals(first.rules[0], first, packs)
    assert (shared.signal, [each.id for each in shared.clauses]) == ("collects-before-consent", ["second/1.1"])
    assert [(each.signal, [clause.id for clause in each.clauses]) for each in shared_signals(second.rules[0], second, packs)] == [
        ("asks-again", ["other/1.1"]),
        ("collects-before-consent", ["first/1.1"]),
    ]


def test_a_scene_and_what_only_decides_whether_a_clause_applies_make_no_clauses_alike(tmp_path: Path) -> None:
    scene = named("first", tmp_path, f"violated_if:\n  all: [{{signal: has-accounts}}, {{{EARLY}}}]\n")
    applies = named("second", tmp_path, f"applies_if:\n  signal: asks-again\nviolated_if:\n  {EARLY}\n")
    asks = named("third", tmp_path, "violated_if:\n  any: [{signal: has-accounts}, {signal: asks-again}]\n")
    packs = (scene, applies, asks)
    assert [shared_signals(pack.rules[0], pack, packs) for pack in packs] == [(), (), ()]


def test_a_page_names_the_other_clauses_and_the_other_instruments(tmp_path: Path) -> None:
    first = named("first", tmp_path, "violated_if:\n  signal: collects-before-consent\n")
    second = named("second", tmp_path, "violated_if:\n  signal: collects-before-consent\n")
    (Path(first.folder) / "crosswalk.yml").write_text(LINK.replace("mini/", "first/"), encoding="utf-8")
    page = pages(first, (first, second))["en/first/1.1.md"]
    assert "[second/1.1](../second/1.1.md) Title" in page
    assert "Personal Information Protection Law Art.13 (`PIPL-13`)" in page
    chinese = pages(first, (first, second))["zh/first/1.1.md"]
    assert "个人信息保护法 Art.13" in chinese
    assert "second/1.1" not in pages(first)["en/first/1.1.md"]


def test_a_page_tells_the_label_and_the_cap(tmp_path: Path) -> None:
    text = (
        clause()
        .replace("cites:", "label: {zh: 违规收集, en: Unlawful collection}\ncites:")
        .replace("confidence: read", "confidence: titles")
    )
    pack = load(write_pack(tmp_path, {"1.1-a": text}, head=PACK + "nature: standard\n"))
    page = pages(pack)["en/mini/1.1.md"]
    assert "What public lists print: Unlawful collection." in page
    assert "only suspected: only titles are known" in page
    assert "recommended standard" in pages(pack)["en/mini/index.md"]
    assert "[Mini](mini/index.md) | recommended standard |  | 1 | 0 | 0 | 1 | 0 |" in contents((pack,))["en/index.md"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("links: []\n", "rules.mapping_expected"),
        ("links: {mini/1.1: [{rule: X}]}\n", "rules.missing_key"),
        (LINK.replace("noted", "guessed"), "rules.unknown_word"),
        (LINK.replace("full_text", "sure"), "rules.unknown_word"),
        ("links:\n  mini/1.1: [\n", "rules.not_yaml"),
    ],
)
def test_a_damaged_crosswalk_names_its_place(text: str, key: str, tmp_path: Path) -> None:
    (tmp_path / "crosswalk.yml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as error:
        links_of(tmp_path)
    assert error.value.key == key


def test_a_pack_needs_no_crosswalk(tmp_path: Path) -> None:
    assert links_of(tmp_path) == {}


def test_every_shipped_pack_and_pointer_is_of_a_known_instrument() -> None:
    packs = loaded(["all"])
    assert {pack.instrument for pack in packs} <= instruments().keys()
    pointers = [link for pack in packs for links in links_of(pack_folder(pack.id)).values() for link in links]
    assert {link.instrument for link in pointers} <= instruments().keys()
    for each in instruments().values():
        assert each.name.zh != each.name.en
        assert each.issuer.zh
        assert each.status.en


def test_all_is_every_shipped_pack_once_beside_what_is_loaded(tmp_path: Path) -> None:
    assert pack_names(["cac-2019", "all", "cac-2019"]) == ("cac-2019", *(name for name in shipped_packs() if name != "cac-2019"))
    own = named("own", tmp_path, f"violated_if:\n  {EARLY}\n")
    packs = loaded([own, "cac-2019", load("cac-2019"), own.folder])
    assert [pack.id for pack in packs] == ["own", "cac-2019"]
    assert [pack.id for pack in loaded(["all"])] == list(shipped_packs())


def test_two_packs_with_one_clause_cannot_judge_together(tmp_path: Path) -> None:
    first = write_pack(tmp_path / "a", {"1.1-a": clause()})
    second = write_pack(tmp_path / "b", {"1.1-a": clause(status="draft")})
    with pytest.raises(UsageError) as error:
        loaded([first, second])
    assert (error.value.key, error.value.values["clause"]) == ("rules.twice", "mini/1.1")


def test_an_own_signal_may_be_a_scene(tmp_path: Path) -> None:
    text = signal("early", EARLY).replace("when:", "scene: true\nwhen:")
    pack = named("first", tmp_path, "violated_if:\n  signal: early\n", {"early": text})
    assert pack.signals["early"].scene
    assert not pack.signals["asks-again"].scene
