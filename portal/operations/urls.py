from django.urls import path

from portal.operations import views

app_name = "operations"
urlpatterns = [
    path("operations/", views.home, name="home"),
    path("operations/sample/remove/", views.remove_sample_data, name="remove_sample"),
    path("health/live", views.health_live, name="health_live"),
    path("health/ready", views.health_ready, name="health_ready"),
    path("metrics", views.metrics, name="metrics"),
]
