import threading

import pytest

from portal.lib.http_errors import CircuitOpen, Full
from portal.lib.resilience import (
    BreakerRules,
    Bulkhead,
    BulkheadRules,
    Circuit,
    CircuitBreaker,
    LocalState,
)
from tests.portal.lib.clocks import Clock

RULES = BreakerRules()


class CountingState(LocalState):
    """Notes what is read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.writes = 0

    def breaker(self, name):  # type: ignore[no-untyped-def]
        self.reads += 1
        return super().breaker(name)

    def succeeded(self, name, *, now):  # type: ignore[no-untyped-def]
        self.writes += 1
        super().succeeded(name, now=now)


def make_breaker(state: LocalState, clock: Clock) -> CircuitBreaker:
    return CircuitBreaker("shop", title="Shop", state=state, rules=RULES, now=clock.now)


def make_bulkhead(state: LocalState, clock: Clock, **rules: float) -> Bulkhead:
    return Bulkhead(
        "shop",
        title="Shop",
        state=state,
        rules=BulkheadRules(**rules),  # type: ignore[arg-type]
        now=clock.now,
        clock=clock,
        sleep=clock.sleep,
        random=lambda: 0.5,
    )


def open_circuit(state: LocalState, clock: Clock) -> None:
    for _ in range(RULES.failures):
        state.failed("shop", error="refused", now=clock.now(), rules=RULES)


def test_closed_circuit_is_read_and_written_once_in_ten_seconds() -> None:
    clock, state = Clock(), CountingState()
    breaker = make_breaker(state, clock)
    for _ in range(100):
        breaker.admit()
        breaker.succeeded()
        clock.advance(0.09)
    assert (state.reads, state.writes) == (1, 1)
    clock.advance(1)
    breaker.admit()
    breaker.succeeded()
    assert state.writes == 2


def test_circuit_that_another_process_opened_is_noticed_within_ten_seconds() -> None:
    clock, state = Clock(), LocalState()
    breaker = make_breaker(state, clock)
    breaker.admit()
    open_circuit(state, clock)
    clock.advance(9)
    assert breaker.admit() is False
    clock.advance(1)
    with pytest.raises(CircuitOpen):
        breaker.admit()


def test_only_one_of_several_processes_gets_the_trial() -> None:
    clock, state = Clock(), LocalState()
    open_circuit(state, clock)
    clock.advance(30)
    first, second = make_breaker(state, clock), make_breaker(state, clock)
    assert first.admit() is True
    with pytest.raises(CircuitOpen):
        second.admit()
    first.succeeded()
    assert second.admit() is False


def test_trial_whose_process_died_is_given_to_another_one() -> None:
    clock, state = Clock(), LocalState()
    open_circuit(state, clock)
    clock.advance(30)
    assert make_breaker(state, clock).admit() is True
    clock.advance(RULES.trial_for.total_seconds())
    assert make_breaker(state, clock).admit() is True


def test_success_forgets_failures_at_once() -> None:
    clock, state = Clock(), LocalState()
    breaker = make_breaker(state, clock)
    breaker.admit()
    breaker.succeeded()
    breaker.failed("refused")
    breaker.succeeded()
    assert state.breaker("shop").failures == 0
    assert state.breaker("shop").circuit is Circuit.CLOSED


def test_slots_beyond_ten_wait_until_one_is_given_back() -> None:
    clock, state = Clock(), LocalState()
    bulkhead = make_bulkhead(state, clock)
    holders = [bulkhead.slot(30) for _ in range(10)]
    for holder in holders:
        holder.__enter__()
    sleeps = 0

    def leave_after_two_sleeps(seconds: float) -> None:
        nonlocal sleeps
        sleeps += 1
        clock.advance(seconds)
        if sleeps == 2:
            holders[0].__exit__(None, None, None)

    bulkhead._sleep = leave_after_two_sleeps
    with bulkhead.slot(30):
        assert sleeps == 2
        assert len(state.slots["shop"]) == 10
    assert state.waiting["shop"] == {}


def test_wait_for_a_slot_ends_after_five_seconds() -> None:
    clock, state = Clock(), LocalState()
    bulkhead = make_bulkhead(state, clock, at_once=1)
    with (
        bulkhead.slot(30),
        pytest.raises(Full, match="none ended within 5 seconds"),
        bulkhead.slot(30),
    ):
        pass
    assert sum(clock.slept) == pytest.approx(5, abs=0.2)
    assert state.waiting["shop"] == {}


def test_queue_that_is_full_refuses_at_once() -> None:
    clock, state = Clock(), LocalState()
    bulkhead = make_bulkhead(state, clock, at_once=1, waiting=2)
    later = clock.now().replace(year=2027)
    for number in range(2):
        state.queue("shop", holder=f"{number}", now=clock.now(), until=later, places=2)
    with bulkhead.slot(30), pytest.raises(Full, match="2 wait already"), bulkhead.slot(30):
        pass
    assert clock.slept == []


def test_slot_of_a_dead_process_is_free_again_when_its_time_is_over() -> None:
    clock, state = Clock(), LocalState()
    bulkhead = make_bulkhead(state, clock, at_once=1, wait=0.2)
    dead = bulkhead.slot(30)
    dead.__enter__()
    clock.advance(29)
    with pytest.raises(Full), bulkhead.slot(30):
        pass
    clock.advance(1)
    with bulkhead.slot(30):
        pass


def test_slot_is_given_back_when_the_call_fails() -> None:
    clock, state = Clock(), LocalState()
    bulkhead = make_bulkhead(state, clock)
    with pytest.raises(ZeroDivisionError), bulkhead.slot(30):
        raise ZeroDivisionError
    assert state.slots["shop"] == {}


def test_threads_never_hold_more_slots_than_there_are() -> None:
    state = LocalState()
    taken = []
    barrier = threading.Barrier(20)
    clock = Clock()

    def take(number: int) -> None:
        barrier.wait()
        later = clock.now().replace(year=2027)
        taken.append(
            state.take_slot("shop", holder=f"{number}", now=clock.now(), until=later, at_once=10)
        )

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 10
