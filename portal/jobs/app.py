"""The Celery application: whoever sends a message uses it, and `portal.celery` runs it.

A message says no more than "look at job 12": the row is the truth. So messages are small JSON,
acknowledged late, never answered, and one that is lost costs a few seconds.
"""

from celery import Celery

from portal.jobs import broker

broker.register()
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
