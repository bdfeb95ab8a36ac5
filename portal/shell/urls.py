from django.urls import URLPattern, path

from portal.shell.views import desk, gallery, search, theme

app_name = "shell"
urlpatterns: list[URLPattern] = [
    path("", desk, name="desk"),
    path("search/", search, name="search"),
    path("theme/", theme, name="theme"),
    path("gallery/", gallery, name="gallery"),
]
