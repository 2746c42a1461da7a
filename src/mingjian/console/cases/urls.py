"""Addresses of this part."""

from django.urls import path

from mingjian.console.cases import views, views_documents, views_steps

app_name = "cases"
urlpatterns = [
    path("", views.listing, name="list"),
    path("list.json", views.listing_json, name="list_json"),
    path("overdue/", views.overdue, name="overdue"),
    path("overdue.json", views.overdue_json, name="overdue_json"),
    path("work/", views.work, name="work"),
    path("work.json", views.work_json, name="work_json"),
    path("open/", views_steps.open_case, name="open"),
    path("templates/", views_documents.templates, name="templates"),
    path("templates/<slug:kind>/<slug:language>/", views_documents.edit_template, name="template"),
    path("documents/<int:pk>/", views_documents.document, name="document"),
    path("documents/<int:pk>.json", views_documents.document_json, name="document_json"),
    path("documents/<int:pk>/<slug:language>.pdf", views_documents.document_pdf, name="document_pdf"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>.json", views.detail_json, name="detail_json"),
    path("<int:pk>/retest/", views_steps.retest, name="retest"),
    path("<int:pk>/<slug:kind>/", views_steps.step, name="step"),
]
