from collections.abc import Callable
from datetime import datetime

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "portal.audit"
    label = "audit"

    def ready(self) -> None:
        from portal.lib.registry import SampleContent, sample_content  # noqa: PLC0415

        sample_content.add(
            SampleContent(key="audit", load=_load_sample, remove=_remove_sample, order=0)
        )


def _load_sample(now: datetime, told: Callable[[int, str], None]) -> None:
    """Other apps' sample rows bring their own events; there is none to add."""


def _remove_sample() -> None:
    from portal.audit.models import Event  # noqa: PLC0415 after the app registry

    Event.objects.filter(is_sample=True).delete()
