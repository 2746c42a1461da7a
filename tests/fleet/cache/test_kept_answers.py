"""The folder of kept answers: its bounds, and who may put something there."""

import multiprocessing
import os
from pathlib import Path

import pytest

from mingjian.native.kept import ANSWERS, KnownCode, leave, leave_word, load, shelf, take_in

MOST = 256 * 1300
"""A shelf holds so many 256ths of it."""


def key(number: int) -> str:
    """One of many keys that stand on one shelf."""
    return f"00{number:062x}"


def answers(word: str) -> dict[str, bytes]:
    """Answers that cannot be packed much."""
    return {name: word.encode() + os.urandom(100).hex().encode() for name in ANSWERS}


@pytest.fixture
def known(tmp_path: Path) -> KnownCode:
    return KnownCode(tmp_path / "kept", tmp_path / "left")


def keep(known: KnownCode, number: int) -> dict[str, bytes]:
    given = answers(str(number))
    leave(known, key(number), given)
    take_in(known.left, known.kept, MOST)
    return given


def test_what_is_kept_is_what_was_left(known: KnownCode) -> None:
    given = keep(known, 1)
    assert load(known.kept, key(1), 1 << 20) == given
    assert load(known.kept, key(2), 1 << 20) is None
    assert list(known.left.iterdir()) == []


def test_answers_larger_than_asked_for_are_none(known: KnownCode) -> None:
    given = keep(known, 1)
    size = sum(map(len, given.values())) + len(ANSWERS) - 1
    assert load(known.kept, key(1), size) == given
    assert load(known.kept, key(1), size - 1) is None


def test_the_longest_unused_goes_first(known: KnownCode) -> None:
    size = 0
    for number in range(3):
        keep(known, number)
        path = shelf(known.kept, key(number))
        os.utime(path, (number, number))
        size = path.stat().st_size
    assert 3 * size < MOST / 256 < 4 * size
    leave_word(known, key(0))
    assert take_in(known.left, known.kept, MOST) is True
    keep(known, 3)
    assert [number for number in range(4) if load(known.kept, key(number), 1 << 20)] == [0, 2, 3]


def test_what_is_too_large_for_its_shelf_is_not_kept(known: KnownCode) -> None:
    leave(known, key(1), answers("x"))
    assert take_in(known.left, known.kept, 256 * 100) is False
    assert load(known.kept, key(1), 1 << 20) is None


def test_only_plain_files_named_by_a_key_are_taken_in(known: KnownCode, tmp_path: Path) -> None:
    known.left.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (known.left / key(1)).symlink_to(secret)
    (known.left / key(2)).hardlink_to(secret)
    (known.left / key(3)).mkdir()
    os.mkfifo(known.left / key(4))
    for name in ("x", key(5)[:-1], key(5)[:-1] + "G", f"{key(5)}.used.used"):
        (known.left / name).write_text("x")
    assert take_in(known.left, known.kept, MOST) is None
    assert not known.kept.exists()
    assert take_in(tmp_path / "nowhere", known.kept, MOST) is None


def test_word_of_what_is_gone_brings_nothing_back(known: KnownCode) -> None:
    leave_word(known, key(1))
    assert take_in(known.left, known.kept, MOST) is True
    assert load(known.kept, key(1), 1 << 20) is None


def test_many_processes_keep_within_the_limit_and_nothing_by_halves(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_keep_many, args=(tmp_path, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    there = list((tmp_path / "kept" / "00").iterdir())
    assert there
    assert all(load(tmp_path / "kept", path.name, 1 << 20) for path in there)
    # One that looked while another put something down may have counted it too early or too late, once.
    assert sum(path.stat().st_size for path in there) <= MOST / 256 + 4 * 500


def _keep_many(folder: Path, process: int) -> None:
    known = KnownCode(folder / "kept", folder / f"left-{process}")
    for number in range(60):
        keep(known, number % 20)
        load(known.kept, key((number + process) % 20), 1 << 20)
