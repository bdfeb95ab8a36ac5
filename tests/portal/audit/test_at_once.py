from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from portal.audit.actions import Entry, System, record, record_many
from portal.audit.chain import walk
from portal.audit.models import Event


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain():
    def write(number: int) -> None:
        try:
            for turn in range(5):
                with transaction.atomic():
                    record("a.done", by=System(), subject=("service", f"{number}-{turn}", ""))
                    record_many(
                        [Entry(verb="b.done", subject=("service", str(n), "")) for n in range(3)],
                        by=System(),
                    )
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))

    found = walk(Event.objects.order_by("id"))
    assert (found.count, found.broken) == (6 * 5 * 4, None)
