"""The shipped packs: sound, proved, and proved thoroughly."""

import pytest

from mingjian.judge import load, pack_folder, shipped_packs
from mingjian.judge.examples import run, survivors
from mingjian.judge.fmt import format_pack
from mingjian.judge.lint import lint


@pytest.mark.parametrize("name", shipped_packs())
def test_a_shipped_pack_has_no_problem(name: str) -> None:
    assert [problem.message("en") for problem in lint(name)] == []


@pytest.mark.parametrize("name", shipped_packs())
def test_a_shipped_pack_is_in_its_layout(name: str) -> None:
    assert format_pack(pack_folder(name), check=True) == ()


def test_breaking_any_part_of_the_logic_fails_an_example() -> None:
    packs = [load(name) for name in shipped_packs()]
    assert all(result.ok for pack in packs for result in run(pack))
    assert [(each.owner, each.part, each.mutation.kind, each.mutation.where) for each in survivors(*packs)] == []
