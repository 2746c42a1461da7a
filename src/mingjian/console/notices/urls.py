"""Addresses of this part."""

from django.urls import path

from mingjian.console.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.listing, name="list"),
    path("list.json", views.listing_json, name="list_json"),
    path("list.xlsx", views.sheet, name="sheet"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>.json", views.detail_json, name="detail_json"),
    path("publish/", views.desk, name="publish"),
    path("<int:pk>/correct/", views.correct, name="correct"),
]
