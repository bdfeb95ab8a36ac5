"""The catalogue that the portal starts with: itself."""

from django.conf import settings
from django.utils import timezone

from portal.audit.actions import System
from portal.catalog.importers.places import FolderPlace
from portal.catalog.importers.run import import_place
from portal.catalog.importers.sources import github_hosts

SOURCE = "portal"
FILE_NAME = "catalog-info.yaml"


def load_portal_itself() -> None:
    """Import the portal's own `catalog-info.yaml`."""
    place = FolderPlace(
        settings.BASE_DIR,
        shown=FILE_NAME,
        only=FILE_NAME,
        key=SOURCE,
        github_hosts=github_hosts(),
    )
    import_place(
        place,
        by=System("Starting content"),
        now=timezone.now(),
        github_hosts=github_hosts(),
    )
