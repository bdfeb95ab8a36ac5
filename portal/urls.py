"""The one place where all apps meet."""

from django.urls import URLPattern, URLResolver, include, path

import portal.api.people
import portal.api.views
import portal.catalog.api
import portal.jobs.api
import radar.api
import radar.evaluation_api
import scorecards.api
from portal.api.app import api

api.add_router("", portal.catalog.api.router, tags=["Catalogue"])
api.add_router("", portal.api.people.router, tags=["People"])
api.add_router("", portal.jobs.api.router, tags=["Jobs"])
api.add_router("", scorecards.api.router, tags=["Scorecards"])
api.add_router("", radar.api.router, tags=["Radar"])
api.add_router("", radar.evaluation_api.router, tags=["Evaluations"])

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.shell.urls")),
    path("", include("portal.accounts.urls")),
    path("", include("portal.audit.urls")),
    path("", include("portal.jobs.urls")),
    path("", include("portal.catalog.urls")),
    path("", include("portal.operations.urls")),
    path("", include("scorecards.urls")),
    path("", include("radar.urls")),
    path("api/v1/", api.urls),
    path("api/docs", portal.api.views.docs, name="api_docs"),
]

handler400 = "portal.shell.errors.bad_request"
handler403 = "portal.shell.errors.permission_denied"
handler404 = "portal.shell.errors.page_not_found"
handler500 = "portal.shell.errors.server_error"
