"""Addresses of this part."""

from django.urls import path

from mingjian.console.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("cases.json", views.home_json, name="home_json"),
    path("<int:pk>/", views.case, name="case"),
    path("<int:pk>.json", views.case_json, name="case_json"),
    path("<int:pk>/say/<str:kind>", views.step, name="step"),
    path("<int:pk>/version", views.version, name="version"),
    path("<int:pk>/relist/<int:submission>", views.relist, name="relist"),
    path("<int:pk>/documents/<int:number>.<str:form>", views.document, name="document"),
    path("<int:pk>/evidence.<str:form>", views.evidence, name="evidence"),
]
