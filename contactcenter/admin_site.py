"""The admin site: our title, and the dashboard's own sign-in page instead of a second one."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Site(AdminSite):
    """Django's admin under our name."""

    site_header = "Contact centre administration"
    site_title = "Contact centre"
    index_title = "Records and settings"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in where everybody does; somebody signed in who may not enter is told so (403)."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context=extra_context)
        return response

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """No row is named with a NUL, and the database would not even look for one."""
        inner = super().admin_view(view, cacheable)

        @functools.wraps(inner)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if "\0" in request.path:
                raise Http404
            return inner(request, *args, **kwargs)

        return cast(View, checked)
