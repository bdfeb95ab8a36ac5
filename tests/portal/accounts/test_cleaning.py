from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from portal.accounts import links
from portal.accounts.cleaning import forget_expired
from portal.accounts.models import Attempt, OneTimeLink, Purpose
from portal.jobs.schedules import schedules
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def test_only_what_is_of_no_use_goes(sign_in):
    now = timezone.now()
    sign_in()
    Session.objects.create(session_key="old", session_data="", expire_date=now)
    old = Attempt.objects.create(key="a", at=now - timedelta(minutes=15))
    new = Attempt.objects.create(key="a", at=now - timedelta(minutes=14))
    links.make(Purpose.PASSWORD, person=make_person(), now=now - timedelta(days=32))
    links.make(Purpose.PASSWORD, person=make_person(), now=now - timedelta(days=2))

    for _ in range(2):
        forget_expired(now)

    assert Session.objects.exclude(session_key="old").count() == Session.objects.count() == 1
    assert list(Attempt.objects.all()) == [new] != [old]
    assert OneTimeLink.objects.count() == 1


def test_it_happens_by_the_clock():
    assert schedules.get("forget expired sign-ins").run is forget_expired
