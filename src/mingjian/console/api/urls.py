"""Addresses of the interface for programs."""

from django.urls import path

from mingjian.console.api.interface import api
from mingjian.console.api.pages import describe

app_name = "api"
urlpatterns = [path("", describe, name="docs"), path("v1/", api.urls)]
