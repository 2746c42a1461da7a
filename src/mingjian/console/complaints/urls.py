"""Addresses of this part."""

from django.urls import path

from mingjian.console.complaints import desk, entry, views

app_name = "complaints"
urlpatterns = [
    path("new/", views.new, name="new"),
    path("follow/", views.follow, name="follow"),
    path("", desk.listing, name="list"),
    path("list.json", desk.listing_json, name="list_json"),
    path("enter/", entry.enter, name="enter"),
    path("<int:pk>/", desk.detail, name="detail"),
    path("<int:pk>.json", desk.detail_json, name="detail_json"),
    path("<int:pk>/act/", desk.act, name="act"),
    path("<int:pk>/read/", desk.read, name="read"),
    path("<int:pk>/attachment/", desk.attachment, name="attachment"),
]
