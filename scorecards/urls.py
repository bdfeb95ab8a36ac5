from django.urls import path

import portal.lib.converters  # noqa: F401 registers entity_key
from scorecards.hooks import github_hook
from scorecards.views import check, overview, service

app_name = "scorecards"
urlpatterns = [
    path("hooks/github", github_hook, name="github_hook"),
    path("scorecards/", overview.overview, name="overview"),
    path("scorecards/checks/<slug:slug>/", check.check, name="check"),
    path("scorecards/<slug:slug>/", overview.scorecard, name="scorecard"),
    path("services/<entity_key:key>/refresh/", service.refresh, name="refresh"),
    path(
        "services/<entity_key:key>/scorecards/<slug:slug>/",
        service.service_scorecard,
        name="service_scorecard",
    ),
]
