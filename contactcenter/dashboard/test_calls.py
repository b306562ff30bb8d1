"""Test calls: the page with microphone and speaker, what it needs to begin, and what is known of a call meanwhile."""

from typing import Any

from asgiref.sync import async_to_sync
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from agents import prompt_text
from agents.models import PromptVersion
from calls import intake
from calls.control import bridges, page_lines, softphones
from calls.models import Call
from compliance import disclosures
from contactcenter.dashboard import access, cards
from contactcenter.dashboard.request import HttpRequest
from contactcenter.dashboard.test_call_words import refusal_words

_MOST = 200
_NO_KEY = (
    "There is no model to talk to: OPENAI_API_KEY is not set. Set it and start again, or use the demo, which brings a "
    "simulated model."
)


def _versions() -> Any:
    return PromptVersion.objects.select_related("assistant__department").order_by("assistant__name", "-number")


@require_GET
@never_cache
@access.needs(access.TEST_CALL)
def choose(request: HttpRequest) -> HttpResponseBase:
    """Which prompt version to talk to; one that is chosen in the form leads to its page."""
    wanted = request.GET.get("version", "")
    if wanted.isdecimal() and len(wanted) < 18:
        return redirect("test-call", version_id=int(wanted))
    return render(request, "dashboard/test_calls/choose.html", {"versions": _versions()[:_MOST]})


@require_GET
@never_cache
@csp_update({"connect-src": settings.SOFTPHONE_ORIGINS})
@access.needs(access.TEST_CALL)
def page(request: HttpRequest, version_id: int) -> HttpResponse:
    """The telephone in the browser, for one prompt version."""
    version = get_object_or_404(_versions(), pk=version_id)
    assistant = version.assistant
    opening = disclosures.opening_words(business=assistant.business_name, language=version.language)
    return render(
        request,
        "dashboard/test_calls/page.html",
        {
            "version": version,
            "versions": _versions()[:_MOST],
            "opening": opening.text,
            "unknown": prompt_text.unknown_variables(version.instructions + version.greeting, version.own_variables),
            "tools": assistant.tool_grants.order_by("tool"),
            "limit_min": min(version.max_call_s or intake.TEST_CALL_S, intake.TEST_CALL_S) // 60,
            "nobody": page_lines.why_nobody_ever(assistant),
            "no_key": "" if settings.OPENAI_API_KEY else _NO_KEY,
            "secure_url": settings.PUBLIC_URL if settings.IS_HTTPS else "",
        },
    )


@require_POST
@access.needs(access.TEST_CALL)
def begin(request: HttpRequest, version_id: int) -> HttpResponse:
    """Write the call, and give its page what it needs to take the carrier's place."""
    version = get_object_or_404(_versions(), pk=version_id)
    if not settings.OPENAI_API_KEY:
        return JsonResponse({"problem": _NO_KEY}, status=409)
    try:
        line = intake.begin_test_call(
            version=version, person=request.user.pk, by=request.user.email, now=timezone.now()
        )
    except intake.UnableToBegin as problem:
        return JsonResponse({"problem": str(problem)}, status=409)
    if line.place.name:
        async_to_sync(bridges.make_ready)(line.place, nonce=line.nonce, call_id=line.call.pk)
    return JsonResponse(
        {
            "call": line.call.pk,
            "path": line.path,
            "callSid": line.call_sid,
            "streamSid": line.stream_sid,
            "ticket": line.ticket,
            "line": _key_of_line(line.call),
        }
    )


def _key_of_line(call: Call) -> dict[str, Any]:
    """With what the page is reached when somebody is put through to it; the adapter `none` says why it cannot be."""
    try:
        return softphones.key_for_page(call)
    except softphones.NoSoftphone as why:
        return {"adapter": "none", "why": str(why)}


@require_GET
@never_cache
@access.needs(access.TEST_CALL)
def beside(request: HttpRequest, test_id: int) -> HttpResponse:
    """The transcript of a test call as it grows, and what is known of it."""
    found = get_object_or_404(Call, pk=test_id, channel=Call.Channel.BROWSER)
    context = cards.call_page(found.pk) or {}
    return render(request, "dashboard/test_calls/_beside.html", context | _known(context["call"]))


@require_GET
@never_cache
@access.needs(access.TEST_CALL)
def figures(request: HttpRequest, test_id: int) -> HttpResponse:
    """Tokens and waits so far, and why the call ended; asks itself again until it has."""
    found = get_object_or_404(Call.objects.select_related("prompt_version"), pk=test_id, channel=Call.Channel.BROWSER)
    return render(request, "dashboard/test_calls/_figures.html", _known(found))


def _known(call: Call) -> dict[str, Any]:
    given_up = call.events.filter(kind="model_given_up").last()
    refusal = "" if given_up is None else refusal_words(str(given_up.data.get("why", "")))
    return {"call": call, "figures": cards.figures(call), "refusal": refusal}
