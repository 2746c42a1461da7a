"""Addresses of this part."""

from django.urls import path

from mingjian.console.market import views

app_name = "apps"
urlpatterns = [
    path("", views.listing, name="list"),
    path("list.json", views.listing_json, name="list_json"),
    path("operators/", views.operators, name="operators"),
    path("operators.json", views.operators_json, name="operators_json"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>.json", views.detail_json, name="detail_json"),
]
