from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "portal.catalog"
    label = "catalog"

    def ready(self) -> None:
        from portal.catalog.registration import register  # noqa: PLC0415 after the app registry

        register()
