"""Addresses of this part."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from mingjian.console.inspections import acts, views


class Clause(StringConverter):
    """The id of a clause, which a pack may choose freely but for what no database takes."""

    regex = "[^\\x00-\\x1f\\x7f]+"


register_converter(Clause, "clause")

app_name = "inspections"
urlpatterns = [
    path("", views.listing, name="list"),
    path("list.json", views.listing_json, name="list_json"),
    path("new/", acts.new, name="new"),
    path("batch/", acts.batch, name="batch"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>.json", views.detail_json, name="detail_json"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/compare/", views.compare, name="compare"),
    path("<int:pk>/type/", acts.settle, name="settle"),
    path("<int:pk>/conclude/", acts.conclude, name="conclude"),
    path("<int:pk>/countersign/", acts.countersign, name="countersign"),
    path("<int:pk>/decisions/<int:decision>/check/", acts.check, name="check"),
    path("<int:pk>/files/<int:file>/", views.material, name="material"),
    path("<int:pk>/report.<slug:format>", views.report, name="report"),
    path("<int:pk>/clauses/<clause:clause>/decide/", acts.decide, name="decide"),
    path("<int:pk>/clauses/<clause:clause>/answer/", acts.answer, name="answer"),
    path("<int:pk>/clauses/<clause:clause>/", views.finding, name="finding"),
]
