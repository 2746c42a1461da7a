"""Addresses of this part."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from mingjian.console.figures import views


class Half(StringConverter):
    """A half-year, such as `2026H1`."""

    regex = "[0-9]{4}H[12]"


class File(StringConverter):
    """The name of a file of a report."""

    regex = "[0-9A-Za-z.-]{1,60}"


register_converter(Half, "half")
register_converter(File, "file")

app_name = "figures"
urlpatterns = [
    path("", views.halves, name="list"),
    path("list.json", views.halves_json, name="list_json"),
    path("compute/", views.compute, name="compute"),
    path("<half:half>.json", views.half_json, name="half_json"),
    path("<half:half>/", views.half, name="half"),
    path("<half:half>/report/", views.report, name="report"),
    path("<half:half>/files/<file:name>", views.download, name="download"),
    path("<half:half>/counted/", views.counted, name="counted"),
    path("<half:half>/counted.json", views.counted_json, name="counted_json"),
    path("<half:half>/changes/", views.changes, name="changes"),
    path("<half:half>/propose/", views.propose, name="propose"),
    path("<half:half>/publish/", views.publish, name="publish"),
    path("<half:half>/turn_back/", views.turn_back, name="turn_back"),
]
