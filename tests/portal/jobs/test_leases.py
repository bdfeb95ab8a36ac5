from datetime import UTC, datetime, timedelta

import pytest

from portal.jobs.leases import acquire, lease
from portal.jobs.models import Lease

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_lease_is_held_by_one() -> None:
    held = acquire("import", MINUTE, now=NOW)

    assert held is not None
    assert acquire("import", MINUTE, now=NOW) is None
    assert acquire("other", MINUTE, now=NOW) is not None


def test_lease_that_was_not_renewed_goes_to_the_next() -> None:
    first = acquire("import", MINUTE, now=NOW)
    second = acquire("import", MINUTE, now=NOW + MINUTE)

    assert first is not None
    assert second is not None
    assert first.renew(now=NOW + MINUTE) is False
    assert first.release() is False
    assert Lease.objects.get().holder == second.holder


def test_renewed_lease_is_kept() -> None:
    first = acquire("import", MINUTE, now=NOW)

    assert first is not None
    assert first.renew(now=NOW + MINUTE / 2) is True
    assert acquire("import", MINUTE, now=NOW + MINUTE) is None


def test_block_holds_and_releases() -> None:
    with lease("import", MINUTE) as held:
        assert held is not None
        with lease("import", MINUTE) as second:
            assert second is None

    assert not Lease.objects.exists()


def test_block_that_raises_releases() -> None:
    with pytest.raises(LookupError), lease("import", MINUTE):
        raise LookupError

    assert not Lease.objects.exists()
