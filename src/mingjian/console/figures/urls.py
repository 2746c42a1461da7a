"""Addresses of this part."""

from django.urls import path

from mingjian.console.figures import views

app_name = "figures"
urlpatterns = [
    path("", views.halves, name="list"),
    path("list.json", views.halves_json, name="list_json"),
    path("compute/", views.compute, name="compute"),
    path("<str:half>.json", views.half_json, name="half_json"),
    path("<str:half>/", views.half, name="half"),
    path("<str:half>/report/", views.report, name="report"),
    path("<str:half>/files/<str:name>", views.download, name="download"),
    path("<str:half>/charts/<int:place>.svg", views.chart, name="chart"),
    path("<str:half>/counted/", views.counted, name="counted"),
    path("<str:half>/counted.json", views.counted_json, name="counted_json"),
    path("<str:half>/changes/", views.changes, name="changes"),
    path("<str:half>/propose/", views.propose, name="propose"),
    path("<str:half>/publish/", views.publish, name="publish"),
    path("<str:half>/turn_back/", views.turn_back, name="turn_back"),
]
