"""Codes: enough chance, easy to type, every single wrong letter noticed."""

import pytest

from mingjian.console.complaints import receipts
from mingjian.console.complaints.receipts import LETTERS, digest, fresh, plain, well_formed


def test_a_code_has_more_than_a_hundred_random_bits_in_groups_of_four() -> None:
    code = fresh()
    assert [len(group) for group in code.split("-")] == [4] * 6
    assert set(plain(code)) <= set(LETTERS)
    assert len(LETTERS) ** (len(plain(code)) - 1) > 2**100
    assert len({fresh() for _ in range(200)}) == 200


def test_every_single_wrong_letter_is_noticed() -> None:
    code = plain(fresh())
    for place in range(len(code)):
        for letter in LETTERS:
            if letter != code[place]:
                assert not well_formed(code[:place] + letter + code[place + 1 :])


def test_a_code_is_understood_however_it_is_typed() -> None:
    code = fresh()
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')}\n"
    assert well_formed(typed)
    assert digest(typed) == digest(code)


@pytest.mark.parametrize("typed", ["", "A", "A" * 25, "U" * 24, "😀" * 24, "\ud800" * 24, "x" * 100_000])
def test_what_is_no_code_is_not_well_formed_and_has_a_digest_all_the_same(typed: str) -> None:
    assert not well_formed(typed)
    assert len(digest(typed)) == 64


def test_the_digest_depends_on_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest("A")
    monkeypatch.setattr(receipts, "secret", lambda _: "00" * 32)
    assert digest("A") != before
