"""All addresses: the carrier's, the dashboard's, accounts, admin and operations."""

from django.contrib import admin
from django.urls import include, path

from contactcenter import ops, stop_page
from contactcenter.dashboard import access

urlpatterns = [
    path("readyz", access.public(ops.readyz), name="readyz"),
    path("metrics", access.public(ops.metrics), name="metrics"),
    path("stop/", access.public(stop_page.stop), name="stop"),
    path("stop/done/", access.public(stop_page.done), name="stop-done"),
    path("", include("calls.urls")),
    path("", include("contactcenter.dashboard.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
