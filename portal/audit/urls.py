from django.urls import URLPattern, path

from portal.audit import views

app_name = "audit"
urlpatterns: list[URLPattern] = [
    path("audit/", views.events, name="events"),
    path("audit/subjects/<str:kind>/<path:key>/", views.subject, name="subject"),
]
