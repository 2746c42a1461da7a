"""Addresses of this part."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from mingjian.console.fleet import running, samples, views
from mingjian.console.fleet.forms import FORMS


class Question(StringConverter):
    """The name of a question."""

    regex = "|".join(sorted(FORMS, key=len, reverse=True))


class Key(StringConverter):
    """The key of a report."""

    regex = "[0-9a-f]{64}"


register_converter(Question, "question")
register_converter(Key, "key")

app_name = "lake"
urlpatterns = [
    path("", views.market, name="market"),
    path("operation/", running.operation, name="operation"),
    path("operation.json", running.operation_json, name="operation_json"),
    path("samples/", samples.samples, name="samples"),
    path("samples/keep/", samples.keep_sample, name="keep"),
    path("samples/<int:pk>/", samples.sample, name="sample"),
    path("samples/<int:pk>.json", samples.sample_json, name="sample_json"),
    path("reports/<key:key>.json", views.report, name="report"),
    path("<question:question>/", views.question, name="question"),
    path("<question:question>.json", views.question_json, name="question_json"),
    path("<question:question>.csv", views.question_csv, name="question_csv"),
]
