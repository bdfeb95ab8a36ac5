from datetime import timedelta

from django.apps import AppConfig


class SlowlyConfig(AppConfig):
    name = "tests.portal.operations.slowly"
    label = "slowly"

    def ready(self) -> None:
        from portal.jobs.queue import JobKind, job_kinds
        from portal.jobs.schedules import Schedule, schedules
        from tests.portal.operations.slowly.work import note_items

        job_kinds.add(JobKind(key="slow", title="Note items", run=note_items))
        schedules.add(Schedule(key="slow", every=timedelta(days=1), job="slow"))
