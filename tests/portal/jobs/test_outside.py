"""The shared memory of outside calls in the database."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from portal.jobs.models import Breaker, BulkheadSlot
from portal.jobs.outside import (
    DatabaseState,
    breaker_states,
    bulkhead_states,
    load_breakers,
    outside,
    prune,
    save_breakers,
    summary,
    watch,
)
from portal.lib.http import BreakerRules, CircuitOpen, Full, Limits, Outside, OutsideError
from portal.lib.resilience import BreakerState, BulkheadRules, Circuit
from tests.portal.lib.clocks import Clock

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
RULES = BreakerRules()


def make_outside(status: int, clock: Clock, **config: Any) -> Outside:
    return outside(
        "shop",
        title="Shop",
        transport=httpx.MockTransport(lambda request: httpx.Response(status)),
        clock=clock,
        now=clock.now,
        sleep=clock.sleep,
        **config,
    )


def fail(state: DatabaseState, times: int, now: datetime = NOW) -> BreakerState:
    for _ in range(times):
        found = state.failed("shop", error="refused", now=now, rules=RULES)
    return found


@pytest.mark.django_db
class TestBreaker:
    def test_breaker_nobody_used_is_closed(self) -> None:
        assert DatabaseState().breaker("shop") == BreakerState()

    def test_failures_in_a_row_open_it(self) -> None:
        state = DatabaseState()
        assert fail(state, 4).circuit is Circuit.CLOSED
        found = fail(state, 1)
        assert (found.circuit, found.opened_at, found.failures) == (Circuit.OPEN, NOW, 5)
        assert found.last_error == "refused"

    def test_failure_after_it_opened_does_not_move_its_time(self) -> None:
        state = DatabaseState()
        fail(state, 5)
        assert fail(state, 1, LATER).opened_at == NOW

    def test_success_closes_it(self) -> None:
        state = DatabaseState()
        fail(state, 5)
        state.succeeded("shop", now=LATER)
        found = state.breaker("shop")
        assert (found.circuit, found.failures, found.opened_at) == (Circuit.CLOSED, 0, None)
        assert found.last_success_at == LATER

    def test_trial_is_given_once_after_thirty_seconds(self) -> None:
        state = DatabaseState()
        fail(state, 5)
        early, due = NOW + timedelta(seconds=29), NOW + timedelta(seconds=30)
        assert not state.take_trial("shop", now=early, rules=RULES)
        assert state.take_trial("shop", now=due, rules=RULES)
        assert not state.take_trial("shop", now=due, rules=RULES)
        assert state.breaker("shop").circuit is Circuit.HALF_OPEN

    def test_trial_that_fails_opens_it_anew(self) -> None:
        state = DatabaseState()
        fail(state, 5)
        state.take_trial("shop", now=LATER, rules=RULES)
        found = fail(state, 1, LATER)
        assert (found.circuit, found.opened_at, found.trial_until) == (Circuit.OPEN, LATER, None)

    def test_trial_that_was_dropped_or_whose_time_is_over_is_given_again(self) -> None:
        state = DatabaseState()
        fail(state, 5)
        state.take_trial("shop", now=LATER, rules=RULES)
        state.drop_trial("shop")
        assert state.take_trial("shop", now=LATER, rules=RULES)
        assert state.take_trial("shop", now=LATER + RULES.trial_for, rules=RULES)

    def test_closed_breaker_has_no_trial(self) -> None:
        state = DatabaseState()
        fail(state, 4)
        assert not state.take_trial("shop", now=LATER, rules=RULES)

    def test_watch_half_opens_what_was_open_long_enough(self) -> None:
        state = DatabaseState()
        fail(state, 5)
        watch(NOW + timedelta(seconds=29))
        assert state.breaker("shop").circuit is Circuit.OPEN
        watch(NOW + timedelta(seconds=30))
        assert state.breaker("shop").circuit is Circuit.HALF_OPEN
        assert Breaker.objects.get().watched_at == NOW + timedelta(seconds=30)
        assert state.take_trial("shop", now=NOW + timedelta(seconds=30), rules=RULES)

    def test_failure_with_a_long_reason_is_kept_cut(self) -> None:
        found = DatabaseState().failed("shop", error="x" * 2000, now=NOW, rules=RULES)
        assert len(found.last_error) == 500

    def test_circuit_that_one_client_opened_holds_for_the_next(self) -> None:
        clock = Clock()
        failing = make_outside(500, clock)
        for _ in range(5):
            with pytest.raises(OutsideError):
                failing.request("GET", "https://shop.example/")
        with pytest.raises(CircuitOpen):
            make_outside(200, clock).request("GET", "https://shop.example/")

    def test_calls_to_a_healthy_service_write_no_breaker_row_for_ten_seconds(
        self, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        clock = Clock()
        healthy = make_outside(200, clock)
        healthy.request("GET", "https://shop.example/")
        clock.advance(5)
        with django_assert_num_queries(3):  # look for a slot, take it, give it back
            healthy.request("GET", "https://shop.example/")


@pytest.mark.django_db
class TestBulkhead:
    def take(self, holder: str, now: datetime = NOW, at_once: int = 2) -> bool:
        return DatabaseState().take_slot(
            "shop", holder=holder, now=now, until=now + timedelta(seconds=30), at_once=at_once
        )

    def test_slots_are_taken_up_to_the_number_and_given_back(self) -> None:
        assert [self.take(holder) for holder in "abc"] == [True, True, False]
        DatabaseState().give_slot("shop", holder="a")
        assert [self.take(holder) for holder in "cd"] == [True, False]

    def test_slot_of_a_dead_holder_is_free_when_its_time_is_over(self) -> None:
        assert [self.take(holder) for holder in "ab"] == [True, True]
        assert not self.take("c", NOW + timedelta(seconds=29))
        assert self.take("c", NOW + timedelta(seconds=30))

    def test_holder_who_comes_late_cannot_give_back_what_another_one_has(self) -> None:
        self.take("a", at_once=1)
        assert self.take("b", LATER, at_once=1)
        DatabaseState().give_slot("shop", holder="a")
        assert not self.take("c", LATER, at_once=1)

    def test_rows_are_made_once_and_then_reused(self) -> None:
        for _ in range(5):
            self.take("a")
            DatabaseState().give_slot("shop", holder="a")
        assert BulkheadSlot.objects.count() == 2

    def test_more_slots_are_made_when_the_number_was_raised(self) -> None:
        assert [self.take(holder) for holder in "ab"] == [True, True]
        assert self.take("c", at_once=3)

    def test_services_do_not_take_each_others_slots(self) -> None:
        self.take("a", at_once=1)
        assert DatabaseState().take_slot("bank", holder="b", now=NOW, until=LATER, at_once=1)

    def test_queue_has_its_own_places(self) -> None:
        state = DatabaseState()
        assert state.queue("shop", holder="a", now=NOW, until=LATER, places=1)
        assert not state.queue("shop", holder="b", now=NOW, until=LATER, places=1)
        assert self.take("c", at_once=1)
        state.leave_queue("shop", holder="a")
        assert state.queue("shop", holder="b", now=NOW, until=LATER, places=1)

    def test_call_without_a_slot_waits_and_is_refused(self) -> None:
        clock = Clock()
        self.take("a", clock.now(), at_once=1)
        limits = Limits(bulkhead=BulkheadRules(at_once=1))
        with pytest.raises(Full, match="1 calls to Shop are in flight"):
            make_outside(200, clock, limits=limits).request("GET", "https://shop.example/")
        assert 4.5 < clock.seconds < 6


@pytest.mark.django_db(transaction=True)
def test_processes_never_hold_more_slots_than_there_are() -> None:
    """Twenty at once, each on a connection of its own, for ten slots that must be made first."""
    taken: list[bool] = []
    barrier = threading.Barrier(20)

    def take(number: int) -> None:
        try:
            barrier.wait()
            taken.append(
                DatabaseState().take_slot(
                    "shop", holder=f"holder-{number}", now=NOW, until=LATER, at_once=10
                )
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 10
    assert BulkheadSlot.objects.filter(expires_at=LATER).count() == 10


@pytest.mark.django_db
def test_services_that_nobody_calls_any_more_are_forgotten() -> None:
    state = DatabaseState()
    for name, at in (("old", NOW), ("new", NOW + timedelta(days=3))):
        state.succeeded(name, now=at)
        state.take_slot(name, holder=name, now=at, until=at + timedelta(minutes=1), at_once=1)
    fail(state, 5)
    prune(NOW + timedelta(days=8))
    assert set(Breaker.objects.values_list("name", flat=True)) == {"new"}
    assert set(BulkheadSlot.objects.values_list("name", flat=True)) == {"new"}


@pytest.mark.django_db
class TestPages:
    def test_breakers_that_are_not_closed_come_first(self) -> None:
        state = DatabaseState()
        state.succeeded("bank", now=NOW)
        fail(state, 5)
        assert [row.name for row in breaker_states()] == ["shop", "bank"]

    def test_bulkheads_count_what_is_in_flight_and_what_waits(self) -> None:
        state = DatabaseState()
        for holder in ("a", "b"):
            state.take_slot("shop", holder=holder, now=NOW, until=LATER, at_once=10)
        state.queue("shop", holder="c", now=NOW, until=LATER, places=100)
        (found,) = bulkhead_states(NOW)
        assert (found.name, found.in_flight, found.at_once, found.waiting) == ("shop", 2, 10, 1)
        assert found.longest_since == NOW
        (found,) = bulkhead_states(LATER)
        assert (found.in_flight, found.waiting, found.longest_since) == (0, 0, None)

    def words(self, now: datetime = NOW, why_off: str = "") -> tuple[object, object]:
        stale_after = timedelta(minutes=30)
        found = summary("shop", why_off=why_off, stale_after=stale_after, now=now)
        return found["state"], found["words"]

    def test_service_is_summed_up_in_a_state_and_words(self) -> None:
        assert self.words(why_off="Set SHOP_URL.") == ("off", "Set SHOP_URL.")
        assert self.words()[0] == "never"
        state = DatabaseState()
        state.succeeded("shop", now=NOW)
        assert self.words()[0] == "ok"
        assert self.words(NOW + timedelta(minutes=31))[0] == "stale"
        fail(state, 5)
        assert self.words() == ("down", "refused")


@pytest.mark.django_db
class TestManyShortLived:
    def test_open_ones_are_kept_and_found_again(self) -> None:
        broken = BreakerState(circuit=Circuit.OPEN, failures=5, opened_at=NOW, last_error="refused")
        save_breakers({"probe a": broken, "probe b": BreakerState(failures=2)})
        assert load_breakers({"probe a", "probe b"}) == {"probe a": broken}
        assert load_breakers({"probe b"}) == {}

    def test_those_that_recovered_are_dropped_and_others_left_alone(self) -> None:
        broken = BreakerState(circuit=Circuit.OPEN, failures=5, opened_at=NOW)
        save_breakers({"probe a": broken, "probe b": broken})
        DatabaseState().succeeded("shop", now=NOW)
        save_breakers({"probe a": BreakerState(), "shop": BreakerState()})
        assert sorted(Breaker.objects.values_list("name", flat=True)) == ["probe b", "shop"]
