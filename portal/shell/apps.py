from django.apps import AppConfig

from portal.lib.registry import NavItem, navigation


class ShellConfig(AppConfig):
    name = "portal.shell"
    label = "shell"

    def ready(self) -> None:
        navigation.add(
            NavItem(key="home", title="Home", url_name="shell:desk", icon="home", dock=True)
        )
