"""Addresses of this part."""

from django.urls import URLPattern

app_name = "notices"
urlpatterns: list[URLPattern] = []
