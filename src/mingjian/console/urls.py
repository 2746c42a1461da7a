"""Every address of the console; `access.DOORS` says who may open each."""

from django.urls import include, path

from mingjian.console.accounts.me import choose_language
from mingjian.console.accounts.site import house
from mingjian.console.pages import views as pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("privacy/", pages.policy, name="policy"),
    path("health", pages.health, name="health"),
    path("language/", choose_language, name="set_language"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("accounts/", include("allauth.socialaccount.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", house.urls),
    path("people/", include("mingjian.console.accounts.urls")),
    path("audit/", include("mingjian.console.audit.urls")),
    path("apps/", include("mingjian.console.market.urls")),
    path("inspections/", include("mingjian.console.inspections.urls")),
    path("cases/", include("mingjian.console.cases.urls")),
    path("portal/", include("mingjian.console.portal.urls")),
    path("complaints/", include("mingjian.console.complaints.urls")),
    path("notices/", include("mingjian.console.notices.urls")),
    path("lake/", include("mingjian.console.fleet.urls")),
    path("figures/", include("mingjian.console.figures.urls")),
    path("api/", include("mingjian.console.api.urls")),
]

handler400 = "mingjian.console.pages.views.bad_request"
handler403 = "mingjian.console.pages.views.forbidden"
handler404 = "mingjian.console.pages.views.not_found"
handler500 = "mingjian.console.pages.views.server_fault"
