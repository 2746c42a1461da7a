"""Addresses of this part."""

from django.urls import path

from mingjian.console.accounts import me, views

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
    path("me/sessions", me.end_sessions, name="end_sessions"),
]
