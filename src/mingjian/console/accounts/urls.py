"""Addresses of this part."""

from django.urls import path

from mingjian.console.accounts import me, views
from mingjian.console.api import pages as programs

app_name = "people"
urlpatterns = [
    path("", views.listing, name="list"),
    path("list.json", views.listing_json, name="list_json"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/act", views.act, name="act"),
    path("invitations/", views.invite, name="invite"),
    path("invitations/<int:pk>/withdraw", views.withdraw, name="withdraw"),
    path("invited/<str:token>/", views.accept, name="accept"),
    path("me/", me.me, name="me"),
    path("me/data.json", me.export, name="export"),
    path("me/tokens/", programs.keys, name="tokens"),
    path("me/tokens/<int:pk>/revoke", programs.revoke, name="revoke"),
    path("me/webhooks/", programs.webhooks, name="webhooks"),
    path("me/webhooks/<int:pk>/disable", programs.disable, name="disable"),
    path("me/sessions", me.end_sessions, name="end_sessions"),
]
