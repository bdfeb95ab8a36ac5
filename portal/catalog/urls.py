from django.urls import path

import portal.lib.converters  # noqa: F401 registers the converter of keys
from portal.catalog.views import entries, imports, services, teams

app_name = "catalog"
urlpatterns = [
    path("services/", services.service_list, name="services"),
    path("services/import/", imports.new_import, name="import"),
    path("services/import/<int:number>/", imports.import_run, name="import_run"),
    path("services/import/<int:number>/confirm/", imports.confirm_import, name="confirm_import"),
    path("services/<entity_key:key>/", services.service, name="service"),
    path("systems/", entries.system_list, name="systems"),
    path("systems/<entity_key:key>/", entries.system, name="system"),
    path("domains/<entity_key:key>/", entries.domain, name="domain"),
    path("apis/<entity_key:key>/", entries.api, name="api"),
    path("resources/<entity_key:key>/", entries.resource, name="resource"),
    path("teams/", teams.team_list, name="teams"),
    path("teams/<entity_key:key>/", teams.team, name="team"),
    path("people/<entity_key:key>/", teams.person, name="person"),
]
