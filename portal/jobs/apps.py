from datetime import datetime, timedelta

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "portal.jobs"
    label = "jobs"

    def ready(self) -> None:
        from portal.jobs import answers  # noqa: PLC0415 after the app registry
        from portal.jobs.outside import prune as prune_outside  # noqa: PLC0415
        from portal.jobs.outside import watch  # noqa: PLC0415
        from portal.jobs.readiness import broker_problem  # noqa: PLC0415 after the app registry
        from portal.jobs.schedules import Schedule, schedules  # noqa: PLC0415
        from portal.lib.registry import ReadinessProbe, readiness_probes  # noqa: PLC0415

        readiness_probes.add(ReadinessProbe(key="broker", check=broker_problem, order=20))
        schedules.add(Schedule(key="reap", every=timedelta(seconds=10), run=_reap))
        schedules.add(Schedule(key="prune jobs", every=timedelta(days=1), run=_prune))
        schedules.add(Schedule(key="watch breakers", every=timedelta(seconds=10), run=watch))
        schedules.add(Schedule(key="prune outside", every=timedelta(days=1), run=prune_outside))
        schedules.add(Schedule(key="prune answers", every=timedelta(days=1), run=answers.prune))


def _reap(now: datetime) -> None:
    from portal.jobs.reaper import reap  # noqa: PLC0415 brings Celery, which pages can do without

    reap(now)


def _prune(now: datetime) -> None:
    from portal.jobs.reaper import prune  # noqa: PLC0415

    prune(now)
