"""The bench of the lake in small: what it makes is a lake, and the lake's answers are those of another database."""

from contextlib import closing
from functools import partial
from pathlib import Path

from mingjian import lake
from tools import bench_lake


def test_the_lake_answers_as_sqlite_does(tmp_path: Path) -> None:
    bench_lake.made(tmp_path, 1500)
    with lake.open(tmp_path) as opened, closing(bench_lake.sqlite_beside(tmp_path)) as database:
        assert opened.query("select count(*), count(distinct report) from findings").rows == [(1500, 30)]
        assert opened.query("select count(*) from files.observations").rows == [(600,)]
        own = bench_lake.asked(lambda sql: opened.query(sql).rows)
        other = bench_lake.asked(partial(bench_lake.patient, database))
    for question in bench_lake.QUESTIONS:
        first, second = own[question], other[question]
        assert first is not None
        assert second is not None
        assert first.rows == second.rows
        assert first.rows, question
