"""Only the carrier may post here: the one decorator every webhook of Twilio wears."""

import functools
import io
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden, HttpResponseNotAllowed
from django.http.multipartparser import MultiPartParserError
from django.http.request import QueryDict, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from calls import metrics, sightings
from calls.carrier import capture_documents, signature, texts
from calls.carrier.capture_callback import captured
from calls.webhooks import pressure

View = Callable[..., Awaitable[HttpResponse]]
log = structlog.get_logger(__name__)


def from_carrier(
    view: View, *, about: Sequence[str] = ("CallSid", "ConferenceSid")
) -> Callable[..., Coroutine[Any, Any, HttpResponse]]:
    """Let a form post through to the view when its signature is Twilio's; anything else is counted and refused.

    `about`: one of these names must be there. Exempt from CSRF because no browser session is involved: the signature is
    the proof.
    """

    @csrf_exempt
    @functools.wraps(view)
    async def checked(request: HttpRequest, **named: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            form = request.POST
        except (RequestDataTooBig, TooManyFieldsSent, MultiPartParserError, UnreadablePostError):
            return _refused(request, "form")
        is_genuine = signature.is_genuine_post(
            path=_raw_path(request),
            query=request.META.get("QUERY_STRING", ""),
            form=form,
            signature=request.headers.get("X-Twilio-Signature", ""),
            settings_header=request.headers.get("X-Twilio-Webhooks-Signature-Settings", ""),
        )
        is_about_something = any(form.get(name) for name in about)
        if not is_genuine or not is_about_something:
            return _refused(request, "call" if is_genuine else "signature")
        with pressure.asked():
            return await view(request, form, **named)

    checked.is_carrier_webhook = True  # type: ignore[attr-defined]  # for the list of who may reach what
    return checked


def text_from_carrier(view: View) -> Callable[..., Coroutine[Any, Any, HttpResponse]]:
    """The same for a form about a text message."""
    return from_carrier(view, about=texts.NAMES)


def from_carrier_in_secret(view: View) -> Callable[..., Coroutine[Any, Any, HttpResponse]]:
    """The same for a form that may hold a secret. The view is given what of it may be known, and the form is emptied:

    no log, error report or page of this process can show what it held, whatever goes wrong from there on. What goes
    wrong is known by its name only, and the caller goes on by the call's state.
    """

    async def emptied(request: HttpRequest, form: QueryDict, **named: Any) -> HttpResponse:
        came = captured(form)
        _empty(request, form)
        return await view(request, came, **named)

    checked = from_carrier(emptied)

    @csrf_exempt
    @functools.wraps(view)
    @sensitive_variables()
    async def careful(request: HttpRequest, **named: Any) -> HttpResponse:
        request.sensitive_post_parameters = "__ALL__"  # type: ignore[attr-defined]  # read by Django's error reports
        try:
            return await checked(request, **named)
        except Exception as error:  # noqa: BLE001  its traceback holds the form, or what was in it
            log.error("capture's result not taken", error=type(error).__name__)
            return HttpResponse(capture_documents.go_on(), content_type="text/xml; charset=utf-8")

    careful.is_carrier_webhook = True  # type: ignore[attr-defined]
    return careful


def _empty(request: HttpRequest, form: QueryDict) -> None:
    """Nothing of the form is left in the request, in whatever shape Django keeps it."""
    form._mutable = True
    form.clear()
    form._mutable = False
    request._body = b""
    request._stream = io.BytesIO()


def media_for_carrier(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let the carrier fetch a file by GET, which it signs over the address alone; nobody else."""

    @functools.wraps(view)
    def checked(request: HttpRequest, **named: Any) -> HttpResponseBase:
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        is_genuine = signature.is_genuine_post(
            path=_raw_path(request),
            query=request.META.get("QUERY_STRING", ""),
            form=QueryDict(),
            signature=request.headers.get("X-Twilio-Signature", ""),
            settings_header=request.headers.get("X-Twilio-Webhooks-Signature-Settings", ""),
        )
        return view(request, **named) if is_genuine else _refused(request, "signature")

    checked.is_carrier_webhook = True  # type: ignore[attr-defined]
    return checked


def _raw_path(request: HttpRequest) -> str:
    """The path as it was on the request line: the signature is made over its encoded form."""
    scope = getattr(request, "scope", {})
    raw: bytes = scope.get("raw_path") or request.get_full_path().partition("?")[0].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    route = f"/{request.resolver_match.route}" if request.resolver_match else ""  # the path anybody may choose
    metrics.WEBHOOKS_REFUSED.labels(route, reason).inc()
    if reason == "signature" and not _is_our_own_trial(request):
        sightings.note(sightings.Sight.CARRIER_SIGNATURE)
    log.warning("webhook refused", path=request.path[:60], reason=reason)
    return HttpResponseForbidden(content_type="text/plain")


def _is_our_own_trial(request: HttpRequest) -> bool:
    """The go-live check knocks once with a forged signature, to see that it is refused."""
    return request.path == "/twilio/probe/"
