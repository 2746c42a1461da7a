"""The folder of kept answers: its bounds, and who may put something there."""

import multiprocessing
import os
import random
import shutil
from pathlib import Path

import pytest

from mingjian.native import kept
from mingjian.native.kept import ANSWERS, SEEN, KnownCode, Taken, leave, leave_word, load, shelf, take_in

MOST = 256 * 1300
"""A shelf holds so many 256ths of it."""


def key(number: int) -> str:
    """One of many keys that stand on one shelf."""
    return f"00{number:062x}"


def answers(word: str) -> dict[str, bytes]:
    """Answers, the same for the same word, that cannot be packed much."""
    noise = random.Random(word)
    return {name: word.encode() + noise.randbytes(100).hex().encode() for name in ANSWERS}


@pytest.fixture
def known(tmp_path: Path) -> KnownCode:
    return KnownCode(tmp_path / "kept", tmp_path / "left")


def keep(known: KnownCode, number: int) -> dict[str, bytes]:
    """Has the readers of two packages give the same answers."""
    given = answers(str(number))
    for package in ("one", "other"):
        assert told(known, number, given, package) == "new"
    return given


def told(known: KnownCode, number: int, given: dict[str, bytes], package: str) -> Taken | None:
    """What comes of it when the reader of a package gives these answers."""
    shutil.rmtree(known.left, ignore_errors=True)
    leave(known, key(number), given)
    return take_in(known.left, known.kept, package, MOST)


def used(known: KnownCode, number: int) -> None:
    """Has a reader say that the answers of a key were there."""
    shutil.rmtree(known.left, ignore_errors=True)
    leave_word(known, key(number))
    assert take_in(known.left, known.kept, "one", MOST) == "known"


def test_what_is_kept_is_what_was_left(known: KnownCode) -> None:
    given = keep(known, 1)
    assert load(known.kept, key(1), 1 << 20) == given
    assert load(known.kept, key(2), 1 << 20) is None


def test_answers_that_the_reader_of_one_package_gave_are_shown_to_nobody(known: KnownCode) -> None:
    given = answers("x")
    for _ in range(3):
        assert told(known, 1, given, "one") == "new"
        assert load(known.kept, key(1), 1 << 20) is None
    told(known, 1, given, "other")
    assert load(known.kept, key(1), 1 << 20) == given


def test_what_two_readers_disagree_on_is_shown_to_nobody(known: KnownCode) -> None:
    assert told(known, 1, answers("planted"), "one") == "new"
    honest = answers("x")
    assert told(known, 1, honest, "other") == "disputed"
    for package in ("one", "other", "a third"):
        assert told(known, 1, honest, package) == "new"
        assert load(known.kept, key(1), 1 << 20) is None


def test_what_is_shown_is_withdrawn_when_reading_the_code_gives_something_else(known: KnownCode) -> None:
    given = keep(known, 1)
    assert told(known, 1, given, "a third") == "new"
    assert load(known.kept, key(1), 1 << 20) == given
    assert told(known, 1, answers("x"), "a fourth") == "disputed"
    assert load(known.kept, key(1), 1 << 20) is None
    # Who planted it with the help of two packages does not bring it back.
    assert told(known, 1, given, "a fifth") == "new"
    assert load(known.kept, key(1), 1 << 20) is None


def test_what_was_noted_longest_ago_is_forgotten(known: KnownCode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST_SEEN", 96 * 10)
    first = answers("first")
    told(known, 0, first, "one")
    for number in range(1, 30):
        told(known, number, answers("x"), "one")
        assert (known.kept / SEEN / "00").stat().st_size <= 96 * 10
    told(known, 0, first, "other")
    assert load(known.kept, key(0), 1 << 20) is None
    told(known, 0, first, "one")
    assert load(known.kept, key(0), 1 << 20) == first


def test_one_package_gives_one_thing(known: KnownCode) -> None:
    for package in ("one", "other"):
        leave(known, key(1), answers("x"))
        leave(known, key(2), answers("y"))
        assert take_in(known.left, known.kept, package, MOST) is None
    assert not known.kept.exists()


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
    used(known, 0)
    keep(known, 3)
    assert [number for number in range(4) if load(known.kept, key(number), 1 << 20)] == [0, 2, 3]


def test_what_is_too_large_for_its_shelf_is_not_kept(known: KnownCode) -> None:
    leave(known, key(1), answers("x"))
    for package in ("one", "other"):
        assert take_in(known.left, known.kept, package, 256 * 100) == "new"
    assert load(known.kept, key(1), 1 << 20) is None


def test_only_a_plain_file_named_by_a_key_is_taken_in(known: KnownCode, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    assert take_in(tmp_path / "nowhere", known.kept, "one", MOST) is None
    ways = (
        lambda: (known.left / key(1)).symlink_to(secret),
        lambda: (known.left / key(2)).hardlink_to(secret),
        (known.left / key(3)).mkdir,
        lambda: os.mkfifo(known.left / key(4)),
        *((known.left / name).touch for name in ("x", key(5)[:-1], key(5)[:-1] + "G", f"{key(5)}.used.used")),
    )
    for way in ways:
        known.left.mkdir()
        way()
        for package in ("one", "other"):
            assert take_in(known.left, known.kept, package, MOST) is None
        shutil.rmtree(known.left)
    assert not known.kept.exists()


def test_word_of_what_is_gone_brings_nothing_back(known: KnownCode) -> None:
    used(known, 1)
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
