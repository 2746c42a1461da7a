"""Addresses of this part."""

from django.urls import path

from mingjian.console.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.listing, name="list"),
    path("list.json", views.listing_json, name="list_json"),
]
