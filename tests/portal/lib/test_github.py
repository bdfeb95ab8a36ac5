"""The client of GitHub, on the double."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from graphql import parse, validate

from portal.lib.github import (
    AppAuth,
    Ask,
    Connection,
    GitHub,
    GitHubError,
    LocalMemory,
    Paused,
    Refused,
    Slug,
    TokenAuth,
    graphql_url,
)
from portal.lib.github.client import next_link
from portal.lib.github.queries import REPOSITORIES, repositories
from portal.lib.http import BreakerRules, Limits, LocalState, Outside
from tests.github_double import Double, World, repository
from tests.github_double.clients import Clock, client
from tests.github_double.official import schema
from tests.github_double.server import Reply, primary, secondary
from tests.github_double.world import NOW


@pytest.fixture
def double() -> Iterator[Double]:
    with Double(World([repository("acme/web"), repository("acme/api")])) as double:
        yield double
        assert double.violations == []


def facts(*slugs: str) -> list[Ask]:
    return [Ask(Slug.parse(slug), fragments=("Facts",)) for slug in slugs]


def many(double: Double, count: int) -> list[Ask]:
    for number in range(count):
        double.world.add(repository(f"acme/r{number}"))
    return facts(*(f"acme/r{number}" for number in range(count)))


@pytest.mark.parametrize("fragments", [("Facts",), ("Listing",), ("Facts", "Listing"), ()])
def test_query_about_repositories_fits_the_official_schema(fragments: tuple[str, ...]) -> None:
    asks = [Ask(Slug("acme", "web"), fragments, paths=("README.md", "a b/ü.md"))] * 3

    query = repositories("Some", asks)

    assert validate(schema(), parse(query.text)) == []


def test_query_about_an_owner_fits_the_official_schema() -> None:
    assert validate(schema(), parse(REPOSITORIES)) == []


def test_ask_about_fifty_is_one_call_of_four_points(double: Double) -> None:
    answers = list(client(double).ask("Facts", many(double, 50)))

    assert len(answers) == 50
    assert all(answer.data and not answer.failure() for answer in answers)
    assert (double.count("Facts"), double.points) == (1, 4)


def test_ask_keeps_partial_errors_with_their_repository(double: Double) -> None:
    double.world.forbidden["acme/web", "vulnerabilityAlerts"] = ("FORBIDDEN", "Not permitted")

    web, api, gone = client(double).ask("Facts", facts("acme/web", "acme/api", "acme/gone"))

    assert web.data is not None
    assert web.data["vulnerabilityAlerts"] is None
    assert web.problem_at("vulnerabilityAlerts") == "Not permitted"
    assert web.problem_at("releases") == ""
    assert api.problems == ()
    assert gone.is_gone
    assert "GitHub has no repository acme/gone" in gone.failure()


def test_ask_tells_a_forbidden_repository_from_a_missing_one(double: Double) -> None:
    message = "Resource protected by organization SAML enforcement."
    double.world.forbidden[("acme/web",)] = ("FORBIDDEN", message)

    (web,) = client(double).ask("Facts", facts("acme/web"))

    assert not web.is_gone
    assert web.failure() == f"GitHub says nothing about acme/web: {message}"


def test_ask_follows_a_renamed_repository(double: Double) -> None:
    double.world.rename("acme/web", "acme/web-shop")

    (web,) = client(double).ask("Facts", facts("acme/web"))

    assert web.data is not None
    assert web.data["nameWithOwner"] == "acme/web-shop"


def test_ask_halves_a_batch_until_the_bad_repository_is_found(double: Double) -> None:
    asks = many(double, 50)
    double.world.heavy = {"acme/r17", "acme/r40"}

    answers = {str(answer.ask.slug): answer for answer in client(double).ask("Facts", asks)}

    failed = {slug for slug, answer in answers.items() if answer.failure()}
    assert len(answers) == 50
    assert failed == {"acme/r17", "acme/r40"}
    assert "GitHub answered 502" in answers["acme/r17"].failure()
    assert double.count() < 30


def test_ask_halves_a_batch_that_takes_too_long() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        variables = json.loads(request.content)["variables"]
        names = [value for key, value in variables.items() if key.startswith("n")]
        if "r5" in names:
            raise httpx.ReadTimeout("too slow")
        data = {f"r{index}": {"id": name} for index, name in enumerate(names)}
        return httpx.Response(200, json={"data": data})

    outside = Outside(
        "github",
        state=LocalState(),
        transport=httpx.MockTransport(answer),
        limits=Limits(breaker=BreakerRules(failures=100)),
        sleep=lambda seconds: None,
    )
    connection = Connection(outside, auth=TokenAuth("t"), memory=LocalMemory())
    github = GitHub(connection, base_url="https://api.github.example")

    answers = list(github.ask("Facts", facts(*(f"acme/r{number}" for number in range(16)))))

    failed = [answer for answer in answers if answer.failure()]
    assert [str(answer.ask.slug) for answer in failed] == ["acme/r5"]
    assert "could not compute the answer about acme/r5" in failed[0].failure()


def test_ask_gives_up_on_a_github_that_answers_nothing(double: Double) -> None:
    asks = many(double, 50)
    double.world.heavy = {str(ask.slug) for ask in asks}

    answers = list(client(double).ask("Facts", asks))

    assert len(answers) == 50
    assert all(answer.failure() for answer in answers)
    assert double.count() == 8


def test_ask_about_one_repeats_a_passing_failure(double: Double) -> None:
    double.next.append(Reply(502))

    (web,) = client(double).ask("Facts", facts("acme/web"))

    assert web.data is not None
    assert [call.status for call in double.calls] == [502, 200]


def test_answer_that_is_no_json_is_an_error(double: Double) -> None:
    double.next.append(Reply(200, {}, "gibberish"))

    with pytest.raises(GitHubError, match="no object"):
        list(client(double).ask("Facts", facts("acme/web", "acme/api")))


def test_token_that_is_refused_is_one_sentence(double: Double) -> None:
    github = client(double, auth=TokenAuth("wrong"))

    with pytest.raises(Refused, match=r"does not accept the sign-in \(401\)"):
        list(github.ask("Facts", facts("acme/web")))


# -- lists --------------------------------------------------------------------------------------


def alert_names(github: GitHub, **options: object) -> list[str]:
    rows = github.rows(
        "/orgs/acme/code-scanning/alerts",
        row=lambda item: item["repository"]["full_name"],
        params={"state": "open"},
        **options,  # type: ignore[arg-type]
    )
    return rows.rows


@pytest.fixture
def alerts(double: Double) -> list[dict[str, object]]:
    found = [{"repository": f"acme/r{number}", "severity": "high"} for number in range(250)]
    double.world.alerts["acme", "code-scanning"] = found
    return found


def test_rows_takes_all_pages(double: Double, alerts: list[dict[str, object]]) -> None:
    names = alert_names(client(double))

    assert names == [alert["repository"] for alert in alerts]
    assert len(double.calls) == 3


def test_rows_asked_again_costs_nothing_while_unchanged(
    double: Double, alerts: list[dict[str, object]]
) -> None:
    memory = LocalMemory()
    first = alert_names(client(double, memory=memory))
    double.clear()

    again = alert_names(client(double, memory=memory))

    assert again == first
    assert [call.status for call in double.calls] == [304, 304, 304]
    assert double.spent_on_lists == 0
    assert memory.costs["core", ""] == 3


def test_rows_asked_again_pays_for_the_changed_page_alone(
    double: Double, alerts: list[dict[str, object]]
) -> None:
    memory = LocalMemory()
    alert_names(client(double, memory=memory))
    del alerts[-1]
    double.clear()

    names = alert_names(client(double, memory=memory))

    assert len(names) == 249
    assert [call.status for call in double.calls] == [304, 304, 200]


def test_rows_confirmed_lately_are_not_asked_for(
    double: Double, alerts: list[dict[str, object]]
) -> None:
    github = client(double)
    alert_names(github)
    double.clear()

    names = alert_names(github, fresh_since=NOW - timedelta(minutes=15))

    assert len(names) == 250
    assert double.calls == []


def test_rows_that_were_forgotten_are_asked_for(
    double: Double, alerts: list[dict[str, object]]
) -> None:
    memory = LocalMemory()
    github = client(double, memory=memory)
    alert_names(github)
    memory.forget(f"{double.url}/orgs/acme/code-scanning/alerts?")
    double.clear()

    alert_names(github, fresh_since=NOW - timedelta(minutes=15))

    assert [call.status for call in double.calls] == [200, 200, 200]


@pytest.mark.parametrize("status", [403, 404])
def test_rows_of_a_closed_list_are_refused_with_the_status(double: Double, status: int) -> None:
    double.world.closed["acme", "code-scanning"] = status

    with pytest.raises(Refused) as refused:
        alert_names(client(double))

    assert refused.value.status == status


def test_rows_do_not_go_on_at_another_server(double: Double) -> None:
    link = '<https://elsewhere.example/orgs/acme/alerts?after=1>; rel="next"'
    double.next.append(Reply(200, {"Link": link, "ETag": '"x"'}, []))

    with pytest.raises(GitHubError, match="another server"):
        alert_names(client(double))


def test_next_link_is_empty_on_the_last_page() -> None:
    assert next_link('<https://a/1>; rel="prev", <https://a/3>; rel="next"') == "https://a/3"
    assert next_link('<https://a/1>; rel="prev"') == ""
    assert next_link("") == ""


# -- discovery ----------------------------------------------------------------------------------


def test_list_repositories_pages_through_all(double: Double) -> None:
    many(double, 130)
    double.world.add(repository("acme/old", isArchived=True))

    found = list(client(double).list_repositories("acme"))

    assert len(found) == 133
    assert [item.name_with_owner for item in found if item.is_archived] == ["acme/old"]
    assert double.count("Repositories") == 2


def test_list_repositories_of_nobody_is_refused(double: Double) -> None:
    with pytest.raises(Refused, match="knows no organisation nobody"):
        list(client(double).list_repositories("nobody"))


def test_read_files_takes_fifty_repositories_a_call(double: Double) -> None:
    slugs = [ask.slug for ask in many(double, 60)]
    double.world.repositories["acme/r3"]["files"]["catalog-info.yaml"] = "kind: Component\n"

    found = {
        str(slug): (text, failure)
        for slug, text, failure in client(double).read_files(
            [*slugs, Slug("acme", "gone")], "catalog-info.yaml"
        )
    }

    text, failure = found["acme/r3"]
    assert text is not None
    assert (text.text, failure) == ("kind: Component\n", "")
    assert found["acme/r4"] == (None, "")
    assert "no repository acme/gone" in found["acme/gone"][1]
    assert double.count() == 2


def test_read_file_of_a_missing_repository_is_refused(double: Double) -> None:
    github = client(double)

    assert github.read_file("acme", "web", "nothing.yaml") is None
    with pytest.raises(Refused):
        github.read_file("acme", "gone", "README.md")


# -- limits -------------------------------------------------------------------------------------


def test_spent_limit_pauses_every_worker_until_the_reset(double: Double) -> None:
    memory, clock = LocalMemory(), Clock()
    double.next.append(primary(clock.at + timedelta(minutes=30)))

    with pytest.raises(Paused) as paused:
        list(client(double, memory=memory, clock=clock).ask("Facts", facts("acme/web")))
    with pytest.raises(Paused):
        list(client(double, memory=memory, clock=clock).ask("Facts", facts("acme/api")))

    assert paused.value.until == NOW + timedelta(minutes=30)
    assert paused.value.message.startswith("Paused until 12:30 UTC: GitHub's limit of 5,000")
    assert len(double.calls) == 1
    assert memory.paused("core", clock.at) is None


def test_spent_limit_is_over_after_its_reset(double: Double) -> None:
    memory, clock = LocalMemory(), Clock()
    double.next.append(primary(clock.at + timedelta(minutes=30)))
    github = client(double, memory=memory, clock=clock)
    with pytest.raises(Paused):
        list(github.ask("Facts", facts("acme/web")))

    clock.at += timedelta(minutes=31)

    (web,) = github.ask("Facts", facts("acme/web"))
    assert web.data is not None


def test_last_point_pauses_before_github_refuses(double: Double) -> None:
    memory = LocalMemory()
    double.remaining["graphql"] = 1
    double.resets_at = NOW + timedelta(minutes=20)
    github = client(double, memory=memory)

    list(github.ask("Facts", facts("acme/web")))

    assert memory.quotas["graphql"].remaining == 0
    with pytest.raises(Paused, match=r"Paused until 12:20 UTC"):
        list(github.ask("Facts", facts("acme/api")))


@pytest.mark.parametrize("status", [403, 429])
def test_secondary_limit_is_waited_out_as_long_as_github_says(double: Double, status: int) -> None:
    clock, memory = Clock(), LocalMemory()
    double.next.append(secondary(retry_after=7, status=status))

    (web,) = client(double, clock=clock, memory=memory).ask("Facts", facts("acme/web"))

    assert web.data is not None
    assert clock.slept == [7.0]
    assert memory.pauses["core"].until == NOW + timedelta(seconds=7)


def test_secondary_limit_without_a_time_waits_a_minute_then_two(double: Double) -> None:
    clock = Clock()
    double.next.extend([secondary(), secondary()])

    with pytest.raises(Paused) as paused:
        list(client(double, clock=clock).ask("Facts", facts("acme/web")))

    assert clock.slept == [60.0]
    assert paused.value.until == NOW + timedelta(seconds=180)


def test_secondary_limits_without_end_are_not_waited_for_without_end(double: Double) -> None:
    clock = Clock()
    double.next.extend([secondary(retry_after=25)] * 9)

    with pytest.raises(Paused):
        list(client(double, clock=clock).ask("Facts", facts("acme/web")))

    assert clock.slept == [25.0, 25.0]


def test_refused_query_within_limits_is_no_pause(double: Double) -> None:
    memory = LocalMemory()
    double.next.append(Reply(403, {}, {"message": "Resource not accessible by integration"}))

    with pytest.raises(Refused, match="403: Resource not accessible"):
        list(client(double, memory=memory).ask("Facts", facts("acme/web")))

    assert memory.pauses == {}


def test_rate_limit_in_a_graphql_answer_is_a_pause(double: Double) -> None:
    body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    headers = {**primary(NOW + timedelta(minutes=5)).headers}
    double.next.append(Reply(200, headers, body))

    with pytest.raises(Paused) as paused:
        list(client(double).ask("Facts", facts("acme/web")))

    assert paused.value.until == NOW + timedelta(minutes=5)


def test_secondary_limit_in_a_graphql_answer_is_a_pause(double: Double) -> None:
    clock = Clock()
    words = "You have exceeded a secondary rate limit. Please wait a few minutes."
    double.next.append(Reply(200, {}, {"data": None, "errors": [{"message": words}]}))

    (web,) = client(double, clock=clock).ask("Facts", facts("acme/web"))

    assert web.data is not None
    assert clock.slept == [60.0]


def test_words_of_a_repository_are_no_limit(double: Double) -> None:
    memory = LocalMemory()
    body = {"data": {"r0": {"id": "1", "nameWithOwner": "acme/web", "visibility": "RATE_LIMITED"}}}
    double.next.append(Reply(200, {}, body))

    (web,) = client(double, memory=memory).ask("Facts", facts("acme/web"))

    assert web.data is not None
    assert memory.pauses == {}


# -- sign-in and addresses ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def app_keys() -> tuple[str, str]:
    """A private and a public key in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def as_app(private_key: str, clock: Clock) -> AppAuth:
    return AppAuth(app_id="12", private_key=private_key, installation_id="7", now=clock.now)


def test_app_trades_its_key_for_a_token_and_keeps_it(
    double: Double, app_keys: tuple[str, str]
) -> None:
    double.app_key = app_keys[1]
    clock = Clock(datetime.now(UTC))
    github = client(double, auth=as_app(app_keys[0].replace("\n", "\\n"), clock), clock=clock)

    list(github.ask("Facts", facts("acme/web")))
    list(github.ask("Facts", facts("acme/api")))
    trades = [call for call in double.calls if call.path.endswith("/access_tokens")]
    assert len(trades) == 1

    clock.at += timedelta(minutes=56)
    double.app_key = app_keys[1]
    with pytest.raises(GitHubError):  # the double's own clock finds the new JWT in the future
        list(github.ask("Facts", facts("acme/api")))
    trades = [call for call in double.calls if call.path.endswith("/access_tokens")]
    assert [call.status for call in trades] == [201, 401]


def test_app_whose_token_was_revoked_gets_another(
    double: Double, app_keys: tuple[str, str]
) -> None:
    double.app_key = app_keys[1]
    clock = Clock(datetime.now(UTC))
    github = client(double, auth=as_app(app_keys[0], clock), clock=clock)
    list(github.ask("Facts", facts("acme/web")))
    double.tokens.clear()

    (api,) = github.ask("Facts", facts("acme/api"))

    assert api.data is not None


def test_app_with_a_wrong_key_names_the_settings(double: Double, app_keys: tuple[str, str]) -> None:
    github = client(double, auth=as_app("no key", Clock()))

    with pytest.raises(GitHubError, match="GITHUB_APP_PRIVATE_KEY is no RSA private key"):
        list(github.ask("Facts", facts("acme/web")))


def test_enterprise_server_is_asked_under_its_own_addresses(alerts: object) -> None:
    world = World([repository("acme/web")])
    world.alerts["acme", "code-scanning"] = [{"repository": "acme/web", "severity": "high"}]
    with Double(world, prefix="/api/v3") as enterprise:
        github = client(enterprise)
        (web,) = github.ask("Facts", facts("acme/web"))
        names = alert_names(github)

        assert web.data is not None
        assert names == ["acme/web"]
        assert [call.path for call in enterprise.calls] == [
            "/api/graphql",
            "/api/v3/orgs/acme/code-scanning/alerts",
        ]


@pytest.mark.parametrize(
    ("rest", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://ghe.example/api/v3/", "https://ghe.example/api/graphql"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
    ],
)
def test_graphql_url_lies_beside_the_rest_api(rest: str, graphql: str) -> None:
    assert graphql_url(rest) == graphql


@pytest.mark.parametrize("text", ["acme", "acme/", "/web", "acme/web/more", ""])
def test_slug_that_names_no_repository_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="names no repository"):
        Slug.parse(text)


# -- the double itself --------------------------------------------------------------------------


def test_double_notices_an_answer_that_breaks_the_official_description() -> None:
    with Double(World([repository("acme/web")])) as double:
        double.world.alerts["acme", "dependabot"] = [{"repository": "acme/web", "severity": "odd"}]
        client(double).rows("/orgs/acme/dependabot/alerts", row=lambda item: item)

        assert len(double.violations) == 1
        assert "'odd' is not one of" in double.violations[0]


def test_double_refuses_what_github_refuses() -> None:
    from tests.github_double import execution

    rate = {"limit": 10, "remaining": 10, "resetAt": "2026-03-02T12:00:00Z"}
    unbounded = '{repository(owner:"a",name:"b"){issues{nodes{id}}}}'
    unknown = '{repository(owner:"a",name:"b"){nonsense}}'

    first = execution.run(World(), unbounded, {}, rate).body["errors"][0]
    second = execution.run(World(), unknown, {}, rate).body["errors"][0]

    assert first["type"] == "MISSING_PAGINATION_BOUNDARIES"
    assert "Cannot query field 'nonsense'" in second["message"]
