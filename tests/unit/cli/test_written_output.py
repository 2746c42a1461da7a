"""Where a report goes that was asked for with `-o`."""

import os
from pathlib import Path

import pytest

from mingjian.cli.options import write
from mingjian.errors import InputError


def test_a_file_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(b"what stood there before")
    write(b"{}", file)
    assert file.read_bytes() == b"{}"
    assert list(tmp_path.iterdir()) == [file]


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(b"{}", pipe)
    assert os.read(reader, 100) == b"{}"
    os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_folder_is_no_place_for_a_report(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write(b"{}", tmp_path)
