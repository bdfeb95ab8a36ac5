from django.urls import include, path

from radar.views import (
    editions,
    exports,
    imports,
    proposals,
    radar,
    radars,
    reviews,
    technologies,
    use,
)

app_name = "radar"
urlpatterns = [
    path("evaluations/", include("radar.urls_evaluations")),
    path("radar/", radars.home, name="home"),
    path("radar/new/", radars.new_radar, name="new"),
    path("radar/technologies/", technologies.technologies, name="technologies"),
    path("radar/technologies/<slug:slug>/", technologies.technology, name="technology"),
    path(
        "radar/technologies/<slug:slug>/edit/",
        technologies.edit_technology,
        name="edit_technology",
    ),
    path("radar/technologies/<slug:slug>/patterns/", use.patterns, name="patterns"),
    path(
        "radar/technologies/<slug:slug>/patterns/<int:number>/remove/",
        use.remove,
        name="remove_pattern",
    ),
    path("radar/<slug:radar>/", radar.radar, name="radar"),
    path("radar/<slug:radar>/editions/", editions.editions, name="editions"),
    path("radar/<slug:radar>/editions/publish/", editions.publish, name="publish"),
    path("radar/<slug:radar>/editions/open/", editions.open_draft, name="open_draft"),
    path("radar/<slug:radar>/editions/discard/", editions.discard_draft, name="discard_draft"),
    path("radar/<slug:radar>/compare/", editions.compare_editions, name="compare"),
    path("radar/<slug:radar>/proposals/", proposals.proposals, name="proposals"),
    path("radar/<slug:radar>/proposals/<int:number>/", proposals.proposal, name="proposal"),
    path("radar/<slug:radar>/proposals/<int:number>/comment/", proposals.comment, name="comment"),
    path("radar/<slug:radar>/proposals/<int:number>/decide/", proposals.decide, name="decide"),
    path(
        "radar/<slug:radar>/proposals/<int:number>/withdraw/", proposals.withdraw, name="withdraw"
    ),
    path("radar/<slug:radar>/propose/", proposals.propose, name="propose"),
    path("radar/<slug:radar>/review/", reviews.review, name="review"),
    path("radar/<slug:radar>/review/<slug:slug>/", reviews.reviewed, name="reviewed"),
    path("radar/<slug:radar>/hold/", use.hold, name="hold"),
    path("radar/<slug:radar>/import/", imports.new_import, name="import"),
    path("radar/<slug:radar>/import/<int:number>/", imports.import_run, name="import_run"),
    path(
        "radar/<slug:radar>/import/<int:number>/confirm/",
        imports.confirm_import,
        name="confirm_import",
    ),
    path("radar/<slug:radar>/export/", exports.formats, name="export"),
    path("radar/<slug:radar>/export/<slug:format_>/", exports.download, name="download"),
    path("radar/<slug:radar>/settings/", radars.settings, name="settings"),
]
