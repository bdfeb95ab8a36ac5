from datetime import timedelta

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "portal.operations"
    label = "operations"

    def ready(self) -> None:
        from portal.accounts.cleaning import forget_expired  # noqa: PLC0415 after the app registry
        from portal.jobs.queue import job_kinds  # noqa: PLC0415
        from portal.jobs.schedules import Schedule, schedules  # noqa: PLC0415
        from portal.lib.registry import (  # noqa: PLC0415
            AuditSentence,
            ReadinessProbe,
            audit_sentences,
            readiness_probes,
        )
        from portal.operations.readiness import (  # noqa: PLC0415 after the app registry
            database_problem,
            migrations_problem,
        )
        from portal.operations.sample import LOAD_SAMPLE  # noqa: PLC0415

        audit_sentences.add(
            AuditSentence(key="sample.removed", sentence="{actor} removed the sample organisation")
        )
        job_kinds.add(LOAD_SAMPLE)
        schedules.add(
            Schedule(key="forget expired sign-ins", every=timedelta(hours=6), run=forget_expired)
        )
        readiness_probes.add(ReadinessProbe(key="database", check=database_problem, order=0))
        readiness_probes.add(ReadinessProbe(key="migrations", check=migrations_problem, order=10))
