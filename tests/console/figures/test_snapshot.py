"""An edition is one state of the database, whatever is written while it is counted."""

from threading import Thread

import pytest
from django.db import connection, connections

from mingjian.console import clock
from mingjian.console.figures import edition as editions
from mingjian.console.figures.counting import Period
from mingjian.console.inspections.models import Inspection
from tests.console.figures.market import HALF, NOW, inspection

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def _meanwhile() -> None:
    """Another process finishes an inspection."""
    inspection()
    connections.close_all()


@pytest.mark.postgresql
def test_what_is_written_while_it_is_counted_is_in_the_next_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    inspection()
    count = editions.count

    def slowly(of: Period) -> editions.Numbers:
        assert Inspection.objects.count() == 1
        other = Thread(target=_meanwhile)
        other.start()
        other.join()
        return count(of)

    with monkeypatch.context() as slow, clock.stopped_at(NOW):
        slow.setattr(editions, "count", slowly)
        first = editions.compute(HALF)
    assert first.figures.get(table="overall", column="apps").value == 1
    with clock.stopped_at(NOW):
        assert editions.compute(HALF).figures.get(table="overall", column="apps").value == 2


def test_counting_leaves_no_transaction_open() -> None:
    with clock.stopped_at(NOW):
        editions.compute(HALF)
    with connection.cursor() as cursor:
        # Within a transaction that was left open both databases refuse to begin another one of this kind.
        cursor.execute("VACUUM")
    assert not connection.in_atomic_block
