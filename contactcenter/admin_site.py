"""The admin site: our title, and the dashboard's own sign-in page instead of a second one."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse


class Site(AdminSite):
    """Django's admin under our name."""

    site_header = "Contact centre administration"
    site_title = "Contact centre"
    index_title = "Records and settings"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in where everybody does; somebody signed in who may not enter is told so (403)."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context=extra_context)
        return response
