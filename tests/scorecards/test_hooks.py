"""The address that GitHub's webhooks are sent to, with GitHub's own example payloads."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from portal.jobs import answers, github
from portal.jobs.models import Job, JobState, Lease
from portal.lib.github import Page, Slug
from scorecards.hook_events import EVENTS, touched
from scorecards.models import Snapshot
from tests.factories import make_service
from tests.github_double.official import webhooks

SECRET = "a-secret-that-only-github-knows"
HELLO = "Codertocat/Hello-World"  # the repository of GitHub's examples


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"github_webhook_secret": SECRET})


def example(event: str, action: str | None = None, **changes: Any) -> dict[str, Any]:
    """GitHub's example of an event, the first with this action."""
    for payload in webhooks()[event]:
        if action is None or payload.get("action") == action:
            return json.loads(json.dumps(payload)) | changes
    raise LookupError(f"no example of {event} {action}")


def deliver(
    client: Client,
    event: str,
    payload: object,
    *,
    delivery: str = "d-1",
    secret: str = SECRET,
    form: bool = False,
) -> Any:
    body = json.dumps(payload).encode()
    content_type = "application/json"
    if form:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        content_type = "application/x-www-form-urlencoded"
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return client.post(
        "/hooks/github",
        body,
        content_type=content_type,
        headers={
            "X-Hub-Signature-256": f"sha256={signature}",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery,
        },
    )


@pytest.mark.django_db
def test_push_files_a_refresh_of_every_service_of_the_repository(client: Client) -> None:
    make_service("web", repository=HELLO)
    make_service("api", repository=HELLO.lower())
    make_service("other", repository="acme/other")
    payload = example("push")
    payload["ref"] = f"refs/heads/{payload['repository']['default_branch']}"

    response = deliver(client, "push", payload)

    job = Job.objects.get()
    assert (response.status_code, response.json()) == (202, {"filed": 1})
    assert job.kind == "refresh"
    assert job.args == {"services": ["api", "web"], "sources": ["github"]}
    assert github.pushed_since(Slug.parse(HELLO), timezone.now() - timedelta(minutes=1))


@pytest.mark.django_db
def test_push_to_another_branch_files_nothing(client: Client) -> None:
    make_service("web", repository=HELLO)
    payload = example("push", ref="refs/heads/try-it")

    assert deliver(client, "push", payload).json()["filed"] == 0
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_alert_has_its_list_asked_for_anew(client: Client, settings: Any) -> None:
    make_service("web", repository="github/hello-world")
    url = f"{settings.ENV.github_url}/orgs/github/code-scanning/alerts?state=open&per_page=100"
    page = Page(etag='"x"', rows=[], next_url="", seen_at=timezone.now())
    github.DatabaseMemory().remember(url, page)
    payload = example("code_scanning_alert", "created")
    payload["repository"]["full_name"] = "GitHub/hello-world"

    deliver(client, "code_scanning_alert", payload)

    assert github.DatabaseMemory().recall(url) is None
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_renamed_repository_is_found_by_its_old_name(client: Client) -> None:
    payload = example("repository", "renamed")
    owner = payload["repository"]["owner"]["login"]
    make_service("web", repository=f"{owner}/{payload['changes']['repository']['name']['from']}")

    assert deliver(client, "repository", payload).json() == {"filed": 1}


@pytest.mark.django_db
def test_repository_renamed_in_the_past_is_found_by_what_github_called_it(client: Client) -> None:
    service = make_service("web", repository="acme/old-name")
    Snapshot.objects.create(service=service, source="github", state={"name": HELLO})

    assert deliver(client, "release", example("release", "published")).json() == {"filed": 1}


@pytest.mark.django_db
def test_delivery_that_comes_twice_is_taken_once(client: Client) -> None:
    make_service("web", repository=HELLO)
    payload = example("release", "published")
    deliver(client, "release", payload)
    Job.objects.update(state=JobState.DONE)

    again = deliver(client, "release", payload)
    other = deliver(client, "release", payload, delivery="d-2")

    assert (again.status_code, again.json()["because"]) == (202, "this delivery came before")
    assert other.json() == {"filed": 1}
    assert Job.objects.count() == 2


@pytest.mark.django_db
def test_deliveries_are_remembered_for_four_days(client: Client) -> None:
    make_service("web", repository=HELLO)
    deliver(client, "release", example("release", "published"))
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    deliver(client, "release", example("release", "published"), delivery="d-2")

    assert list(Lease.objects.values_list("name", flat=True)) == ["github delivery d-2"]


@pytest.mark.django_db
def test_events_that_come_together_make_one_refresh(client: Client) -> None:
    make_service("web", repository=HELLO)

    for number, event in enumerate(("release", "check_run", "workflow_run", "deployment")):
        action = "completed" if "run" in event else None
        deliver(client, event, example(event, action), delivery=f"d-{number}")

    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_event_during_a_refresh_makes_one_more(client: Client) -> None:
    make_service("web", repository=HELLO)
    deliver(client, "release", example("release", "published"))
    Job.objects.update(state=JobState.RUNNING)

    deliver(client, "release", example("release", "published"), delivery="d-2")
    deliver(client, "release", example("release", "published"), delivery="d-3")

    assert sorted(Job.objects.values_list("state", flat=True)) == ["queued", "running"]


@pytest.mark.django_db
def test_delivery_that_could_not_be_filed_may_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_service("web", repository=HELLO)
    client.raise_request_exception = False

    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr("scorecards.hooks.enqueue", broken)
        assert deliver(client, "release", example("release", "published")).status_code == 500

    assert deliver(client, "release", example("release", "published")).json() == {"filed": 1}


@pytest.mark.django_db
def test_wrong_signature_is_refused(client: Client) -> None:
    make_service("web", repository=HELLO)

    response = deliver(client, "release", example("release", "published"), secret="guessed")

    assert response.status_code == 403
    assert not Job.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=abc", "sha256=ümlaut"])
def test_missing_or_odd_signature_is_refused(client: Client, signature: str) -> None:
    response = client.post(
        "/hooks/github",
        b"{}",
        content_type="application/json",
        headers={"X-Hub-Signature-256": signature},
    )

    assert response.status_code == 403


@pytest.mark.django_db
def test_without_a_secret_there_is_no_such_address(client: Client, settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"github_webhook_secret": None})

    assert deliver(client, "ping", {}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("payload", ["text", ["list"], 3, None])
def test_signed_nonsense_is_a_bad_request(client: Client, payload: object) -> None:
    assert deliver(client, "release", payload).status_code == 400


@pytest.mark.django_db
def test_payload_as_a_form_field_is_read_too(client: Client) -> None:
    make_service("web", repository=HELLO)

    assert deliver(client, "release", example("release", "published"), form=True).json() == {
        "filed": 1
    }


@pytest.mark.django_db
def test_payload_that_is_too_large_is_refused(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert deliver(client, "release", example("release", "published")).status_code == 413


def test_address_takes_posts_alone(client: Client) -> None:
    assert client.get("/hooks/github").status_code == 405


@pytest.mark.django_db
def test_sample_services_are_left_alone(client: Client) -> None:
    make_service("web", repository=HELLO, is_sample=True)

    assert deliver(client, "release", example("release", "published")).json() == {"filed": 0}


@pytest.mark.django_db
def test_every_official_example_is_acknowledged(client: Client) -> None:
    make_service("web", repository=HELLO)
    number = 0
    for event, payloads in webhooks().items():
        for payload in payloads:
            number += 1
            response = deliver(client, event, payload, delivery=f"d-{number}")
            assert response.status_code == 202, (event, payload.get("action"))
    assert number > 300


def test_examples_of_every_listed_event_touch_something() -> None:
    without = set()
    for event in EVENTS:
        examples = webhooks().get(event)
        if examples is not None and not any(touched(event, payload) for payload in examples):
            without.add(event)

    assert without == set()


@pytest.mark.parametrize("event", ["star", "watch", "ping", "issue_comment", "nonsense"])
def test_events_that_change_no_fact_touch_nothing(event: str) -> None:
    assert touched(event, {"repository": {"full_name": HELLO}}) is None


@pytest.mark.parametrize(
    "payload",
    [{}, {"repository": None}, {"repository": {"full_name": 3}}, {"repository": "x"}],
)
def test_events_without_a_repository_touch_nothing(payload: dict[str, Any]) -> None:
    assert touched("release", payload) is None


@pytest.mark.django_db
def test_push_note_is_not_older_than_the_push() -> None:
    now = timezone.now()
    github.note_push(Slug("Acme", "Web"), now=now)

    assert github.pushed_since(Slug("acme", "web"), now - timedelta(seconds=1))
    assert not github.pushed_since(Slug("acme", "web"), now)
    assert answers.recall("github push acme/web") is not None
