"""/metrics: what it counts, what it reads from rows, and who may read it."""

import ipaddress
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from portal.environment import BASE_DIR
from portal.jobs.models import Breaker, Job, JobState, Quota
from portal.operations import metrics
from portal.operations.access import may_read_metrics
from tests.environment import portal_environment

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(client: Client) -> Samples:
    """The samples of a scrape by name and labels, as Prometheus' own parser reads them."""
    response = client.get("/metrics", headers={"host": "localhost"})
    assert response.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def make_job(state: JobState, **fields: Any) -> Job:
    now = timezone.now()
    values = {"kind": "tried", "title": "Tried", "created_at": now, "not_before": now}
    return Job.objects.create(**values | {"state": state} | fields)


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_status_not_by_path(client: Client) -> None:
    labels = (("method", "GET"), ("route", "jobs:job"), ("status", "302"))
    before = read(client).get(("http_requests_total", labels), 0)
    client.get("/jobs/1111/")
    client.get("/jobs/2222/")
    samples = read(client)
    assert samples["http_requests_total", labels] == before + 2
    assert not any("2222" in str(key) for key in samples)
    bucket = (("le", "0.3"), ("method", "GET"), ("route", "jobs:job"))
    assert ("http_request_duration_seconds_bucket", bucket) in samples


@pytest.mark.django_db
def test_unknown_paths_and_methods_share_one_label(client: Client) -> None:
    client.get("/no/such/page")
    client.generic("BREW", "/coffee")
    samples = read(client)
    counted = {dict(labels)["route"] for name, labels in samples if name == "http_requests_total"}
    methods = {dict(labels)["method"] for name, labels in samples if name == "http_requests_total"}
    assert "unmatched" in counted
    assert "BREW" not in methods
    assert "OTHER" in methods


@pytest.mark.django_db
def test_jobs_are_read_from_rows(client: Client) -> None:
    now = timezone.now()
    make_job(JobState.QUEUED, not_before=now - timedelta(minutes=5))
    make_job(JobState.QUEUED, not_before=now + timedelta(hours=1))
    make_job(JobState.FAILED)
    samples = read(client)
    assert samples["portal_jobs", (("state", "queued"),)] == 2
    assert samples["portal_jobs", (("state", "failed"),)] == 1
    assert samples["portal_jobs", (("state", "running"),)] == 0
    assert 300 <= samples["portal_oldest_queued_job_age_seconds", ()] < 330
    assert samples["portal_database_up", ()] == 1


@pytest.mark.django_db
def test_a_queue_that_is_not_due_yet_has_no_age(client: Client) -> None:
    make_job(JobState.QUEUED, not_before=timezone.now() + timedelta(hours=1))
    assert read(client)["portal_oldest_queued_job_age_seconds", ()] == 0


@pytest.mark.django_db
def test_outside_services_are_read_from_rows(client: Client) -> None:
    now = timezone.now()
    Breaker.objects.create(name="github", state="open", failures=5, last_failure_at=now)
    Quota.objects.create(
        name="github", resource="graphql", limit=5000, remaining=4000, resets_at=now, seen_at=now
    )
    samples = read(client)
    service = ("service", "github")
    assert samples["portal_outside_circuit", (service, ("state", "open"))] == 1
    assert samples["portal_outside_circuit", (service, ("state", "closed"))] == 0
    assert samples["portal_outside_failures_in_a_row", (service,)] == 5
    at = samples["portal_outside_last_failure_timestamp_seconds", (service,)]
    assert at == pytest.approx(now.timestamp(), abs=1)
    assert ("portal_outside_last_success_timestamp_seconds", (service,)) not in samples
    quota = (("resource", "graphql"), service)
    assert samples["portal_quota_remaining", quota] == 4000


@pytest.mark.django_db
def test_without_the_database_the_rest_is_still_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(metrics, "queue_lines", refuse)
    samples = read(client)
    assert samples["portal_database_up", ()] == 0
    assert ("portal_jobs", (("state", "queued"),)) not in samples
    assert any(name == "http_requests_total" for name, _ in samples)


@pytest.mark.django_db
def test_number_of_queries_does_not_depend_on_rows(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make_job(JobState.DONE)
        Breaker.objects.create(name=f"service-{number}")
    with django_assert_max_num_queries(4):
        read(client)


TOKEN = "t" * 32
NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]


@pytest.mark.parametrize(
    ("address", "headers", "allowed"),
    [
        ("127.0.0.1", {}, True),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, False),
        ("10.1.2.3", {}, True),
        ("10.1.2.3", {"X-Forwarded-For": "203.0.113.9"}, False),
        ("10.2.2.3", {}, False),
        ("203.0.113.9", {}, False),
        ("203.0.113.9", {"Authorization": f"Bearer {TOKEN}"}, True),
        ("203.0.113.9", {"Authorization": f"Bearer {TOKEN}x"}, False),
        ("203.0.113.9", {"Authorization": TOKEN}, False),
        ("", {}, False),
    ],
)
def test_who_may_read(
    rf: RequestFactory, address: str, headers: dict[str, str], allowed: bool
) -> None:
    request = rf.get("/metrics", headers={"host": "localhost"} | headers, REMOTE_ADDR=address)
    assert may_read_metrics(request, token=TOKEN, networks=NETWORKS) is allowed


def test_without_a_token_no_bearer_is_let_in(rf: RequestFactory) -> None:
    headers = {"Authorization": "Bearer "}
    request = rf.get("/metrics", headers=headers, REMOTE_ADDR="203.0.113.9")
    assert not may_read_metrics(request, token=None, networks=[])


def test_a_stranger_is_told_who_may_read(client: Client) -> None:
    response = client.get("/metrics", REMOTE_ADDR="203.0.113.9")
    assert response.status_code == 403
    assert "PORTAL_METRICS_TOKEN" in response.content.decode()


def test_processes_of_one_server_are_added_up(tmp_path: Path) -> None:
    """Two web processes count one request each; a scrape of either tells two."""
    code = """
import django; django.setup()
from portal.operations.metrics import observe_request, exposition
observe_request(method="GET", route="shell:desk", status=200, seconds=0.02)
print(exposition().decode())
"""
    shared = tmp_path / "metrics"
    shared.mkdir()
    environment = portal_environment(
        tmp_path / "var",
        DJANGO_SETTINGS_MODULE="portal.settings",
        PROMETHEUS_MULTIPROC_DIR=str(shared),
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        )
    line = 'http_requests_total{method="GET",route="shell:desk",status="200"} 2.0'
    assert line in done.stdout
    assert os.listdir(shared)
