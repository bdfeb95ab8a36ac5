"""Outside calls against a transport in memory, on a clock that is moved by hand."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from portal.lib.http import (
    ANY_STATUS,
    Answered,
    Blocked,
    BreakerRules,
    CircuitOpen,
    Full,
    Limits,
    LocalState,
    Outside,
    OutsideError,
    RateLimited,
    TimedOut,
    TooLarge,
    Unreachable,
    Unreadable,
)
from portal.lib.resilience import Circuit
from tests.portal.lib.clocks import Clock
from tests.portal.lib.local_server import always, answer, serving

Step = httpx.Response | Exception
NEVER_OPENS = Limits(breaker=BreakerRules(failures=1000))


class Script:
    """Answers call after call what was written down; the last line repeats."""

    def __init__(self, *steps: Step | Callable[[httpx.Request], Step]) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        found = step(request) if callable(step) else step
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)


def make_outside(script: Script, clock: Clock | None = None, **config: Any) -> Outside:
    clock = clock or Clock()
    return Outside(
        "shop",
        title="Shop",
        base_url="https://shop.example/api/",
        transport=httpx.MockTransport(script),
        clock=clock,
        now=clock.now,
        sleep=clock.sleep,
        random=lambda: 0.5,
        **{"state": LocalState(), "limits": NEVER_OPENS, **config},
    )


def test_answer_carries_status_headers_body_and_where_it_came_from() -> None:
    script = Script(httpx.Response(200, headers={"ETag": '"1"'}, json={"stock": 3}))
    answer = make_outside(script).request("GET", "items", params={"page": 2, "tag": ["a", "b"]})
    assert answer.status == 200
    assert answer.headers["etag"] == '"1"'
    assert answer.json() == {"stock": 3}
    assert answer.url == "https://shop.example/api/items?page=2&tag=a&tag=b"


def test_body_that_is_no_json_is_unreadable() -> None:
    answer = make_outside(Script(httpx.Response(200, text="<html>"))).request("GET", "items")
    assert answer.text == "<html>"
    with pytest.raises(Unreadable, match="no JSON"):
        answer.json()


def test_status_that_is_not_accepted_names_itself() -> None:
    script = Script(httpx.Response(404, text="no such item"))
    with pytest.raises(Answered, match=r"^Shop answered 404 Not Found\.$") as caught:
        make_outside(script).request("GET", "items/9")
    assert (caught.value.status, caught.value.body) == (404, b"no such item")
    assert len(script.requests) == 1


def test_accepted_status_is_no_error() -> None:
    assert make_outside(Script(httpx.Response(304))).request("GET", "/", accept=(200, 304)).status
    script = Script(httpx.Response(503))
    assert make_outside(script).request("GET", "/", accept=ANY_STATUS).status == 503
    assert len(script.requests) == 1


def test_answer_may_be_accepted_by_what_it_says() -> None:
    script = Script(httpx.Response(503, text="busy"), httpx.Response(503, text="done"))
    answer = make_outside(script).request("GET", "/", accept=lambda answer: answer.text == "done")
    assert (answer.status, answer.text) == (503, "done")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_retryable_status_is_asked_three_times_with_growing_waits(status: int) -> None:
    clock, script = Clock(), Script(httpx.Response(status))
    with pytest.raises(Answered):
        make_outside(script, clock).request("GET", "items")
    assert len(script.requests) == 3
    assert clock.slept == [1.5, 2.5]  # 2^0 and 2^1 seconds, and half a second of jitter


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500, 501])
def test_other_status_is_asked_once(status: int) -> None:
    script = Script(httpx.Response(status))
    with pytest.raises(Answered):
        make_outside(script).request("GET", "items")
    assert len(script.requests) == 1


def test_second_attempt_that_succeeds_is_the_answer() -> None:
    script = Script(httpx.ConnectError("refused"), httpx.Response(200, text="ok"))
    assert make_outside(script).request("POST", "orders", json={"n": 1}).text == "ok"


@pytest.mark.parametrize(
    ("method", "idempotent", "attempts"),
    [("GET", None, 3), ("PUT", None, 3), ("POST", None, 1), ("POST", True, 3), ("GET", False, 1)],
)
@pytest.mark.parametrize("step", [httpx.ReadTimeout("slow"), httpx.Response(502)])
def test_call_that_may_have_been_done_is_repeated_only_where_that_does_no_harm(
    method: str, idempotent: bool | None, attempts: int, step: Step
) -> None:
    script = Script(step)
    with pytest.raises(OutsideError):
        make_outside(script).request(method, "orders", idempotent=idempotent)
    assert len(script.requests) == attempts


@pytest.mark.parametrize("step", [httpx.ConnectTimeout("slow"), httpx.ConnectError("refused")])
def test_call_that_was_never_sent_is_repeated_whatever_it_is(step: Step) -> None:
    script = Script(step)
    with pytest.raises((TimedOut, Unreachable)):
        make_outside(script).request("POST", "orders")
    assert len(script.requests) == 3


def test_retry_switched_off_makes_one_attempt() -> None:
    script = Script(httpx.Response(503))
    with pytest.raises(Answered):
        make_outside(script).request("GET", "items", retry=False)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "value", ["7", "Mon, 04 May 2026 12:00:07 GMT"], ids=["seconds", "HTTP date"]
)
def test_retry_after_is_slept_through(value: str) -> None:
    clock = Clock()
    script = Script(httpx.Response(429, headers={"Retry-After": value}), httpx.Response(200))
    make_outside(script, clock).request("GET", "items")
    assert clock.slept == [7.5]


def test_retry_after_beyond_the_cap_raises_with_the_time() -> None:
    clock = Clock()
    script = Script(httpx.Response(503, headers={"Retry-After": "3600"}))
    with pytest.raises(RateLimited, match="until 2026-05-04 13:00:00 UTC") as caught:
        make_outside(script, clock).request("GET", "items")
    assert caught.value.retry_at.isoformat() == "2026-05-04T13:00:00+00:00"
    assert caught.value.is_asked
    assert clock.slept == []


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "9" * 30, "²", "Fri, 31 Dec 9999 23:59:59 -0100"]
)
def test_retry_after_that_names_no_time_is_ignored(value: str) -> None:
    clock = Clock()
    script = Script(httpx.Response(429, headers=[(b"Retry-After", value.encode())]))
    with pytest.raises(RateLimited) as caught:
        make_outside(script, clock).request("GET", "items")
    assert clock.slept == [1.5, 2.5]
    assert not caught.value.is_asked


def test_wait_that_would_outlast_the_call_is_not_begun() -> None:
    clock = Clock()
    script = Script(httpx.Response(429, headers={"Retry-After": "20"}))
    with pytest.raises(RateLimited):
        make_outside(script, clock).request("GET", "items", total=10)
    assert clock.slept == []


def test_slow_attempts_end_with_the_call() -> None:
    clock = Clock()

    def slow(request: httpx.Request) -> Step:
        clock.advance(10)
        return httpx.ReadTimeout("slow")

    script = Script(slow)
    with pytest.raises(TimedOut):
        make_outside(script, clock).request("GET", "items", total=12)
    assert len(script.requests) == 2


def test_every_call_carries_its_timeouts() -> None:
    script = Script(httpx.Response(200))
    make_outside(script).request("GET", "items", read=3)
    timeout = script.requests[0].extensions["timeout"]
    assert timeout == {"connect": 5.0, "read": 3, "write": 3, "pool": 5.0}


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (httpx.ConnectTimeout("x"), TimedOut, "No connection to shop.example"),
        (httpx.PoolTimeout("x"), TimedOut, "No free connection"),
        (httpx.ReadTimeout("x"), TimedOut, "did not answer within the time limit"),
        (httpx.ConnectError("x"), Unreachable, "can't be reached"),
        (httpx.ReadError("x"), Unreachable, "cut the connection"),
        (httpx.RemoteProtocolError("x"), Unreachable, "cut the connection"),
        (httpx.LocalProtocolError("x"), OutsideError, "could not be made"),
    ],
)
def test_no_error_of_the_http_library_leaks(
    error: Exception, kind: type[OutsideError], words: str
) -> None:
    outside = make_outside(Script(error))
    with pytest.raises(OutsideError, match=words) as caught:
        outside.request("GET", "items?secret=1", retry=False)
    assert type(caught.value) is kind
    assert caught.value.service == "Shop"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["ftp://shop.example/", "file:///etc/passwd", "http://", "https://shop.example:port/"]
)
def test_address_that_is_no_web_address_is_blocked(url: str) -> None:
    script = Script(httpx.Response(200))
    with pytest.raises(Blocked):
        make_outside(script).request("GET", url)
    assert script.requests == []


def test_address_whose_name_can_not_be_decoded_is_blocked() -> None:
    with pytest.raises(Blocked, match="not a well-formed URL"):
        make_outside(Script(httpx.Response(200))).request("GET", "http://xn--/")


@pytest.mark.parametrize("token", ["s3cret\n", "s3cret\u00e9"], ids=["line break", "not ASCII"])
def test_token_that_fits_no_header_is_not_in_the_error(token: str) -> None:
    with (
        serving(always(answer())) as server,
        Outside("shop", state=LocalState(), auth=lambda: f"Bearer {token}") as outside,
        pytest.raises(OutsideError, match="HTTP does not allow") as caught,
    ):
        outside.request("GET", server.url())
    assert "s3cret" not in str(caught.value)


def test_call_whose_time_went_by_while_it_waited_is_no_failure_of_the_service() -> None:
    clock, state = Clock(), LocalState()
    outside = make_outside(
        Script(httpx.Response(200)), clock, state=state, limits=Limits(total=1, attempts=1)
    )
    for number in range(10):
        state.take_slot(
            "shop",
            holder=str(number),
            now=clock.now(),
            until=clock.now() + timedelta(seconds=2),
            at_once=10,
        )
    with pytest.raises(Full, match="waited too long for its turn"):
        outside.request("GET", "items")
    assert state.breaker("shop").failures == 0


# Sign-in and redirects


def test_basic_sign_in_is_sent() -> None:
    script = Script(httpx.Response(200))
    make_outside(script, auth=("jan", "pass:word")).request("GET", "items")
    assert script.requests[0].headers["authorization"] == "Basic amFuOnBhc3M6d29yZA=="


def test_sign_in_by_function_is_asked_for_each_attempt() -> None:
    tokens = iter(["one", "two"])
    script = Script(httpx.Response(503), httpx.Response(200))
    make_outside(script, auth=lambda: f"Bearer {next(tokens)}").request("GET", "items")
    assert [request.headers["authorization"] for request in script.requests] == [
        "Bearer one",
        "Bearer two",
    ]


def redirect(target: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": target})


def test_redirect_on_the_same_host_keeps_the_sign_in() -> None:
    script = Script(redirect("/elsewhere"), httpx.Response(200))
    answer = make_outside(script, auth=("a", "b"), headers={"X-Key": "k"}).request("GET", "items")
    assert answer.url == "https://shop.example/elsewhere"
    assert script.requests[1].headers["authorization"]
    assert script.requests[1].headers["x-key"] == "k"


@pytest.mark.parametrize(
    "target",
    [
        "https://other.example/",
        "http://shop.example/",
        "https://shop.example:8443/",
        "//shop.example.evil.example/",
    ],
)
def test_redirect_to_another_place_drops_all_credentials(target: str) -> None:
    script = Script(redirect(target), httpx.Response(200))
    headers = {"X-Key": "k", "Cookie": "c=1", "Accept": "text/plain"}
    make_outside(script, auth=("a", "b"), headers=headers).request("GET", "items")
    second = script.requests[1].headers
    assert {"authorization", "x-key", "cookie"}.isdisjoint(second)
    assert second["accept"] == "text/plain"
    assert second["host"] == httpx.URL(script.requests[0].url.join(target)).netloc.decode()


def test_redirect_to_the_secure_port_of_the_same_host_keeps_the_sign_in() -> None:
    script = Script(redirect("https://shop.example/"), httpx.Response(200))
    make_outside(script, auth=("a", "b")).request("GET", "http://shop.example/")
    assert "authorization" in script.requests[1].headers


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [
        (301, "GET", b""),
        (302, "GET", b""),
        (303, "GET", b""),
        (307, "POST", b'{"n":1}'),
        (308, "POST", b'{"n":1}'),
    ],
)
def test_redirect_of_a_post(status: int, method: str, body: bytes) -> None:
    script = Script(redirect("/next", status), httpx.Response(200))
    make_outside(script).request("POST", "orders", json={"n": 1})
    second = script.requests[1]
    assert (second.method, second.read().replace(b" ", b"")) == (method, body)
    assert ("content-type" in second.headers) == bool(body)


def test_redirects_end_after_the_fifth() -> None:
    script = Script(redirect("/again"))
    with pytest.raises(Unreadable, match="redirects more than 5 times"):
        make_outside(script).request("GET", "items")
    assert len(script.requests) == 6


def test_redirects_may_be_left_to_the_caller() -> None:
    answer = make_outside(Script(redirect("/next"))).request(
        "GET", "/", follow=False, accept=(302,)
    )
    assert answer.headers["location"] == "/next"


def test_redirect_to_a_name_that_can_not_be_decoded_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no valid address"):
        make_outside(Script(redirect("http://xn--/"))).request("GET", "items")


@pytest.mark.parametrize("target", ["ftp://shop.example/", "javascript:alert(1)", "http://"])
def test_redirect_to_what_is_no_web_address_is_blocked(target: str) -> None:
    with pytest.raises(Blocked):
        make_outside(Script(redirect(target))).request("GET", "items")


# Size


def test_answer_up_to_the_cap_is_read_and_one_more_byte_is_not() -> None:
    limits = Limits(answer_bytes=1000)
    fits = make_outside(Script(httpx.Response(200, content=b"x" * 1000)), limits=limits)
    assert len(fits.request("GET", "items").content) == 1000
    too_large = make_outside(Script(httpx.Response(200, content=b"x" * 1001)), limits=limits)
    with pytest.raises(TooLarge, match="more than 1,000 bytes"):
        too_large.request("GET", "items")


# The circuit


def outcomes(outside: Outside, count: int) -> Sequence[str]:
    found = []
    for _ in range(count):
        try:
            outside.request("GET", "items", retry=False)
        except OutsideError as error:
            found.append(type(error).__name__)
        else:
            found.append("ok")
    return found


def test_circuit_opens_after_five_failures_and_asks_no_more() -> None:
    script = Script(httpx.ConnectError("refused"))
    outside = make_outside(script, limits=Limits())
    assert outcomes(outside, 7) == ["Unreachable"] * 5 + ["CircuitOpen"] * 2
    assert len(script.requests) == 5


def test_open_circuit_says_until_when_and_why() -> None:
    outside = make_outside(Script(httpx.Response(500)), limits=Limits())
    outcomes(outside, 5)
    with pytest.raises(CircuitOpen, match=r"not called before 12:00:30 UTC\..*500") as caught:
        outside.request("GET", "items")
    assert caught.value.retry_at.isoformat() == "2026-05-04T12:00:30+00:00"


def test_circuit_half_opens_after_thirty_seconds_and_closes_on_success() -> None:
    clock = Clock()
    script = Script(*[httpx.Response(500)] * 5, httpx.Response(200))
    state = LocalState()
    outside = make_outside(script, clock, state=state, limits=Limits())
    outcomes(outside, 5)
    clock.advance(29)
    assert outcomes(outside, 1) == ["CircuitOpen"]
    clock.advance(1)
    assert outcomes(outside, 2) == ["ok", "ok"]
    assert state.breaker("shop").circuit is Circuit.CLOSED


def test_failed_trial_opens_the_circuit_for_another_thirty_seconds() -> None:
    clock, script = Clock(), Script(httpx.Response(500))
    outside = make_outside(script, clock, limits=Limits())
    outcomes(outside, 5)
    clock.advance(31)
    assert outcomes(outside, 2) == ["Answered", "CircuitOpen"]
    assert len(script.requests) == 6


def test_trial_makes_a_single_attempt() -> None:
    clock, script = Clock(), Script(httpx.Response(503))
    outside = make_outside(script, clock, limits=Limits())
    outcomes(outside, 5)
    clock.advance(31)
    with pytest.raises(Answered):
        outside.request("GET", "items")
    assert len(script.requests) == 6


def test_circuit_that_opens_within_a_call_ends_its_attempts_with_the_real_error() -> None:
    script = Script(httpx.Response(503))
    outside = make_outside(script, limits=Limits(breaker=BreakerRules(failures=2)))
    with pytest.raises(Answered):
        outside.request("GET", "items")
    assert len(script.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_refusals_do_not_open_the_circuit(status: int) -> None:
    outside = make_outside(Script(httpx.Response(status)), limits=Limits())
    assert outcomes(outside, 8) == ["Answered"] * 8


def test_success_between_failures_keeps_the_circuit_closed() -> None:
    steps = ([httpx.Response(500)] * 4 + [httpx.Response(200)]) * 3
    outside = make_outside(Script(*steps), limits=Limits())
    assert outcomes(outside, 15) == (["Answered"] * 4 + ["ok"]) * 3


def test_blocked_trial_leaves_the_trial_to_the_next_caller() -> None:
    clock, state = Clock(), LocalState()
    failing = make_outside(Script(httpx.Response(500)), clock, state=state, limits=Limits())
    outcomes(failing, 5)
    clock.advance(31)

    def refuse(request: httpx.Request) -> Step:
        return Blocked("Shop", "not this one")

    blocked = make_outside(Script(refuse), clock, state=state, limits=Limits())
    assert outcomes(blocked, 1) == ["Blocked"]
    healthy = make_outside(Script(httpx.Response(200)), clock, state=state, limits=Limits())
    assert outcomes(healthy, 1) == ["ok"]
