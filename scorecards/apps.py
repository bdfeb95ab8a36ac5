from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    name = "scorecards"

    def ready(self) -> None:
        from scorecards.registration import register  # noqa: PLC0415 after the app registry

        register()
