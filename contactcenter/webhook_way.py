"""The short way of a webhook through Django: its address and its view.

`MIDDLEWARE` is for people with browsers: sessions, sign-in, CSRF, messages, static files, headers of pages. Each of it
would send a request to a thread and back while a caller waits, and none of it says anything about the carrier, whose
proof is the signature over our public address.
"""

import contextlib
from typing import Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpRequest, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

# Under these nothing but webhooks is served.
PATHS = ("/twilio/", "/openai/")


class ShortWay(BaseHandler):
    """Resolves and calls the view; everything else about a request is Django's."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Have none. Django's handlers call this once and then `_middleware_chain` alone."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._answered)

    async def _answered(self, request: HttpRequest) -> HttpResponseBase:
        try:
            response: HttpResponseBase = await self._get_response_async(request)  # type: ignore[attr-defined]
        except Http404:  # the page that says so is for people who are signed in
            response = HttpResponseNotFound(content_type="text/plain")
        return response


class WebhookHandler(ShortWay, ASGIHandler):
    """Answers requests under `PATHS`."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request.

        For each Django would start a thread, for its signals that a request begins and ends: they close what database
        connections and caches the request's own thread has, and a webhook's views ask the database in others. Nor does
        it matter whether the carrier still waits: what it told us is kept.
        """
        if scope["method"] != "POST":  # files are fetched, which are read in a thread
            await super().__call__(scope, receive, send)
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with contextlib.closing(body):
            set_script_prefix(get_script_prefix(scope))
            request, refused = self.create_request(scope, body)
            if refused is not None:
                await self.send_response(refused, send)
                return
            assert request is not None
            response = await self.run_get_response(request)
            with contextlib.closing(request):
                await self.send_response(response, send)
