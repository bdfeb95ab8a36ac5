from django.urls import path

from radar.views import evaluations, evaluations_acts, evaluations_schemes, evaluations_score

urlpatterns = [
    path("", evaluations.evaluations, name="evaluations"),
    path("new/", evaluations.new_evaluation, name="new_evaluation"),
    path("schemes/", evaluations_schemes.schemes, name="schemes"),
    path("schemes/new/", evaluations_schemes.new_scheme, name="new_scheme"),
    path("schemes/<slug:slug>/", evaluations_schemes.edit_scheme, name="edit_scheme"),
    path("<int:number>/", evaluations.evaluation, name="evaluation"),
    path("<int:number>/edit/", evaluations.edit_evaluation, name="edit_evaluation"),
    path("<int:number>/report/", evaluations.report, name="evaluation_report"),
    path("<int:number>/score/", evaluations_score.score, name="score"),
    path("<int:number>/open/", evaluations_acts.open_evaluation, name="open_evaluation"),
    path("<int:number>/invite/", evaluations_acts.invite_scorer, name="invite"),
    path("<int:number>/uninvite/", evaluations_acts.uninvite_scorer, name="uninvite"),
    path("<int:number>/submit/", evaluations_acts.submit_evaluation, name="submit_evaluation"),
    path("<int:number>/review/", evaluations_acts.review_evaluation, name="review_evaluation"),
    path("<int:number>/close/", evaluations_acts.close_evaluation, name="close_evaluation"),
]
