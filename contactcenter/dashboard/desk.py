"""The agent's desk: the page, its buttons, and the softphone's key."""

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from agents import presence
from agents.models import Agent
from calls import reactions
from calls.control import holding, recordings, softphones, transfers, wrap_up
from calls.lifecycle import PauseReason
from calls.models import Offer
from contactcenter.dashboard import access, people
from contactcenter.dashboard.request import HttpRequest

# What an agent may do to a call as long as it is theirs.
_WHILE_THEY_HAVE_IT = ("finish", "hold", "resume", "back", "pause-recording", "resume-recording")


def _me(request: HttpRequest) -> Agent:
    agent = Agent.objects.filter(user=request.user, is_active=True).first()
    if agent is None:
        raise Http404("You are not set up as an agent.")
    return agent


@require_GET
@never_cache
@csp_update({"connect-src": settings.SOFTPHONE_ORIGINS})
@access.needs(access.TAKE_CALLS)
def desk(request: HttpRequest) -> HttpResponse:
    """What an agent works at; a request of htmx gets the card alone."""
    agent = Agent.objects.filter(user=request.user, is_active=True).first()
    if agent is None:
        return render(request, "dashboard/desk_none.html", status=200)
    template = "dashboard/_desk.html" if request.htmx else "dashboard/desk.html"
    return render(request, template, people.desk(agent.pk) or {})


@require_POST
@access.needs(access.TAKE_CALLS)
def be(request: HttpRequest, state: str) -> HttpResponse:
    """Say that one is free, or away."""
    agent, now = _me(request), timezone.now()
    if state == "free":
        if presence.set_available(agent.pk, now=now):
            reactions.after_presence()
    elif state == "away":
        presence.set_away(agent.pk, now=now)
        reactions.after_presence()  # who waits for nobody else need not wait
    else:
        raise Http404
    return _card(request, agent)


@require_POST
@access.needs(access.TAKE_CALLS)
def token(request: HttpRequest) -> HttpResponseBase:
    """The key of the softphone: which way it connects, and as whom."""
    agent = _me(request)
    try:
        return JsonResponse(softphones.key_for(agent))
    except softphones.NoSoftphone as why:
        return JsonResponse({"adapter": "none", "why": str(why)})


@require_POST
@access.needs(access.TAKE_CALLS)
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """A button of the call that one is offered, or has."""
    agent = _me(request)
    offer = get_object_or_404(Offer.objects.select_related("transfer__call", "agent", "leg"), ref=ref)
    if offer.agent_id != agent.pk:
        raise Http404
    error = _do(request, offer, verb)
    reactions.after_offer(offer)
    if verb == "done":
        reactions.after_presence()
    return _card(request, agent, error)


def _do(request: HttpRequest, offer: Offer, verb: str) -> str:
    now, by, call = timezone.now(), request.user.email, offer.transfer.call
    note = request.POST.get("note", "")
    if offer.closed_at is not None and verb in _WHILE_THEY_HAVE_IT:
        return "This call is not yours any more."
    try:
        match verb:
            case "accept":
                if not transfers.accept(offer=offer, by="click", now=now):
                    return "The caller is gone, or somebody else has taken the call."
                softphones.let_in(offer)
            case "decline":
                if not transfers.decline(offer=offer, reason=request.POST.get("reason", "declined"), now=now):
                    return "That was decided already."
            case "finish":
                transfers.finish(offer=offer, now=now)
                softphones.let_go(offer)
            case "hold":
                holding.hold(call=call, by=by, now=now)
            case "resume":
                holding.resume(call=call, by=by, now=now)
            case "back":
                transfers.hand_back(offer=offer, note=note, by=by, now=now)
            case "pause-recording" | "resume-recording":
                recordings.change(
                    call=call, verb=verb.partition("-")[0], source="agent", by=by, now=now, reason=PauseReason.AGENT
                )
            case "more":
                presence.more_wrap_up(offer.agent_id or 0, seconds=60, now=now)
            case "done":
                wrap_up.finish(offer=offer, disposition=request.POST.get("disposition", ""), note=note, now=now)
            case _:
                raise Http404
    except (
        transfers.UnableToTransfer,
        holding.UnableToHold,
        wrap_up.UnableToWrapUp,
        recordings.UnableToChangeRecording,
    ) as problem:
        return str(problem)
    return ""


def _card(request: HttpRequest, agent: Agent, error: str = "") -> HttpResponse:
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect("desk")
    response = render(request, "dashboard/_desk.html", people.desk(agent.pk) or {})
    return trigger_client_event(response, "problem", {"text": error}) if error else response
