from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "portal.audit"
    label = "audit"

    def ready(self) -> None:
        from portal.lib.registry import SampleContent, sample_content  # noqa: PLC0415

        # Other apps' sample rows bring their own events; there is none to load.
        sample_content.add(SampleContent(key="audit", remove=_remove_sample, order=0))


def _remove_sample() -> None:
    from portal.audit.models import Event  # noqa: PLC0415 after the app registry

    Event.objects.filter(is_sample=True).delete()
