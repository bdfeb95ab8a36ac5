"""GitHub's webhook: a push, a review, an alert … files a refresh of the services it touches.

GitHub waits ten seconds and sends nothing twice by itself, so the address only checks, notes
and files; a worker asks. What a lost delivery would have told, the hourly refresh finds.
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.catalog.models import Service
from portal.jobs import github, leases
from portal.jobs.models import JobState, Lease
from portal.jobs.queue import enqueue
from portal.lib.github import Slug
from scorecards.hook_events import Touched, touched
from scorecards.models import Snapshot
from scorecards.sources.github_alerts import list_path

DELIVERY = "github delivery "  # what the names of the leases begin with
REMEMBERED = timedelta(days=4)  # GitHub offers to send again for three days
GATHER = timedelta(seconds=5)  # a push brings a dozen events; one refresh answers them
AGAIN = timedelta(seconds=20)


@csrf_exempt
@login_not_required
@require_POST
def github_hook(request: HttpRequest) -> JsonResponse:
    """202 for whatever GitHub signed, with the number of refreshes filed."""
    secret = settings.ENV.github_webhook_secret
    if not secret:
        raise Http404("GITHUB_WEBHOOK_SECRET is not set")
    try:
        body = request.body
    except RequestDataTooBig:
        return _refused(413, "The delivery is too large.")
    if not _is_signed(body, request.headers.get("X-Hub-Signature-256", ""), secret):
        return _refused(403, "The signature does not match GITHUB_WEBHOOK_SECRET.")
    payload = _payload(body, request.content_type or "")
    event = request.headers.get("X-GitHub-Event", "")
    delivery = request.headers.get("X-GitHub-Delivery", "")[:100]
    if payload is None or not event or not delivery:
        return _refused(400, "This is no delivery of a GitHub webhook.")
    found = touched(event, payload)
    if found is None:
        return JsonResponse({"filed": 0, "because": "no fact depends on this"}, status=202)
    return _take_once(delivery, found)


def _take_once(delivery: str, found: Touched) -> JsonResponse:
    """File the refreshes of a delivery, unless it came before; a failure lets it come again."""
    now = timezone.now()
    Lease.objects.filter(name__startswith=DELIVERY, expires_at__lte=now).delete()
    held = leases.acquire(DELIVERY + delivery, REMEMBERED, now=now)
    if held is None:
        return JsonResponse({"filed": 0, "because": "this delivery came before"}, status=202)
    try:
        filed = file_refreshes(found, now=now)
    except Exception:
        held.release()
        raise
    return JsonResponse({"filed": filed}, status=202)


def file_refreshes(found: Touched, *, now: datetime) -> int:
    """Note what the event tells, and file one refresh for each repository that has services."""
    filed = 0
    for repository, keys in _services(found.repositories).items():
        slug = Slug.parse(repository)
        if found.is_push:
            github.note_push(slug, now=now)
        if found.changed_list:
            github.forget_list(list_path(slug.owner.lower(), found.changed_list))
        filed += _file(repository, keys, now)
    return filed


def _services(repositories: Iterable[str]) -> dict[str, list[str]]:
    """Keys of services by the repository that the catalogue names for them.

    A repository that was renamed in the past is known by the name that GitHub last gave it.
    """
    services = Service.objects.filter(vanished_at=None, is_sample=False)
    rows = services.filter(_any_case("repository", repositories))
    if not rows.exists():
        renamed = Snapshot.objects.filter(_any_case("state__name", repositories), source="github")
        rows = services.filter(pk__in=renamed.values("service"))
    found: dict[str, list[str]] = {}
    for repository, key in rows.order_by("key").values_list("repository", "key"):
        found.setdefault(repository.lower(), []).append(key)
    return found


def _any_case(field: str, names: Iterable[str]) -> Q:
    return reduce(or_, (Q(**{f"{field}__iexact": name}) for name in names))


def _file(repository: str, keys: list[str], now: datetime) -> int:
    """One refresh, shortly; where one is running it may have asked already, so one after it."""
    for name, wait in ((f"hook:{repository}", GATHER), (f"hook:{repository}:again", AGAIN)):
        job, is_new = enqueue(
            "refresh",
            title=f"Refresh {repository} after an event on GitHub",
            args={"services": keys, "sources": ["github"]},
            subject=("service", keys[0]) if len(keys) == 1 else ("", ""),
            dedupe_key=name,
            not_before=now + wait,
        )
        if is_new or job.state == JobState.QUEUED:
            return int(is_new)
    return 0


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}".encode(), signature.encode())


def _payload(body: bytes, content_type: str) -> dict[str, Any] | None:
    """The event, sent as JSON or as the form field `payload`."""
    try:
        if content_type == "application/x-www-form-urlencoded":
            body = parse_qs(body.decode())["payload"][0].encode()
        found = json.loads(body)
    except (ValueError, KeyError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refused(status: int, sentence: str) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)
