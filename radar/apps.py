from django.apps import AppConfig


class RadarConfig(AppConfig):
    name = "radar"

    def ready(self) -> None:
        from radar.registration import register  # noqa: PLC0415 after the app registry

        register()
