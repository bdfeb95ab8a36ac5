from django.urls import URLPattern, path

from portal.shell import views

app_name = "shell"
urlpatterns: list[URLPattern] = [
    path("", views.desk, name="desk"),
    path("search/", views.search, name="search"),
    path("theme/", views.theme, name="theme"),
    path("gallery/", views.gallery, name="gallery"),
]
