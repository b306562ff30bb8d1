"""The supervisor's hand on a call: transfer, hold, take over, barge in, coach a person, and back.

The dialog asks to whom and how; every button answers with the head of the call as it is now, or says why not.
"""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from agents import presence
from agents.models import Agent, Queue, TransferDestination
from calls import reactions
from calls.control import holding, joining, transfers
from calls.models import Call, Transfer
from contactcenter.dashboard import access, cards, people
from contactcenter.dashboard.request import HttpRequest

_REFUSALS = (transfers.UnableToTransfer, holding.UnableToHold, joining.UnableToJoin)


@require_http_methods(["GET", "POST"])
@never_cache
@access.needs(access.TRANSFER)
def transfer(request: HttpRequest, call_id: int) -> HttpResponse:
    """Ask to whom a call shall go; and send it there."""
    call = get_object_or_404(Call.objects.select_related("assistant__queue"), pk=call_id)
    if request.method == "GET":
        template = "dashboard/_transfer.html" if request.htmx else "dashboard/transfer.html"
        return render(request, template, {"call": call} | people.choices(call))
    error = ""
    try:
        begun = transfers.start(
            call=call,
            wish=_wish(request),
            source=Transfer.Source.SUPERVISOR,
            by=request.user.email,
            now=timezone.now(),
        )
    except transfers.UnableToTransfer as problem:
        error = str(problem)
    else:
        reactions.after_transfer(begun)
    return head(request, call_id, error)


def _wish(request: HttpRequest) -> transfers.Wish:
    kind, _, key = request.POST.get("to", "").partition(":")
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 18 else 0
    queue = Queue.objects.filter(pk=number).first() if kind == "queue" else None
    agent = Agent.objects.filter(pk=number).first() if kind == "agent" else None
    place = TransferDestination.objects.filter(pk=number).first() if kind == "number" else None
    wanted = request.POST.get("kind", "")
    if_nobody = request.POST.get("if_nobody", "")
    return transfers.Wish(
        to=transfers.To(queue=queue, agent=agent, address=place.address if place else "", workflow=kind == "workflow"),
        kind=Transfer.Kind.COLD if wanted == "cold" or place is not None else Transfer.Kind.WARM,
        reason=request.POST.get("reason", ""),
        if_nobody=if_nobody if if_nobody in Transfer.IfNobody.values else "",
        brief={"summary": request.POST.get("summary", "")},
    )


@require_POST
@access.needs(access.TRANSFER)
def act(request: HttpRequest, call_id: int, verb: str) -> HttpResponse:
    """One button of call control."""
    call = get_object_or_404(Call.objects.select_related("assistant__queue"), pk=call_id)
    try:
        _do(request, call, verb)
    except _REFUSALS as problem:
        return head(request, call_id, str(problem))
    return head(request, call_id, "")


def _do(request: HttpRequest, call: Call, verb: str) -> None:
    now, by = timezone.now(), request.user.email
    match verb:
        case "hold":
            holding.hold(call=call, by=by, now=now)
        case "resume":
            holding.resume(call=call, by=by, now=now)
        case "cancel":
            under_way = Transfer.open_of(call)
            if under_way is None:
                raise transfers.UnableToTransfer("This call is not being transferred any more.")
            transfers.cancel(transfer=under_way, by=by, now=now)
            reactions.after_transfer(under_way)
        case "take-over":
            _take_over(request, call)
        case "barge":
            joining.barge(call=call, supervisor=_seat(request), by=by, now=now)
        case "coach-person":
            joining.coach(call=call, supervisor=_seat(request), by=by, now=now)
        case "leave":
            joining.leave(call=call, supervisor=_seat(request), by=by, now=now)
        case "add":
            place = TransferDestination.objects.filter(name=request.POST.get("to", "")).first()
            if place is None:
                raise joining.UnableToJoin("Choose somebody of the directory.")
            joining.add_third(call=call, address=place.address, by=by, now=now)
        case "drop":
            holding.drop(call=call, label=request.POST.get("who", ""), by=by, now=now)
        case "mute" | "unmute":
            who = request.POST.get("who", "")
            holding.mute(call=call, label=who, is_muted=verb == "mute", by=by, now=now)
        case _:
            raise Http404


def _take_over(request: HttpRequest, call: Call) -> None:
    """The caller comes to the supervisor's own seat, and the assistant leaves."""
    seat, now = _seat(request), timezone.now()
    presence.call_in(seat.pk, now=now)
    seat.refresh_from_db()
    try:
        begun = transfers.start(
            call=call,
            wish=transfers.Wish(to=transfers.To(agent=seat), kind=Transfer.Kind.TAKE_OVER, reason="Taken over"),
            source=Transfer.Source.SUPERVISOR,
            by=request.user.email,
            now=now,
        )
    except transfers.UnableToTransfer:
        presence.call_off(seat.pk, now=now)
        raise
    reactions.after_transfer(begun)


def _seat(request: HttpRequest) -> Agent:
    seat = Agent.objects.filter(user=request.user, is_active=True).first()
    if seat is None:
        raise joining.UnableToJoin("You have no seat to be rung at. An administrator can give you one under Agents.")
    return seat


def head(request: HttpRequest, call_id: int, error: str) -> HttpResponse:
    """The head of a call as it is now; a problem is said beside it."""
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect("call", call_id=call_id)
    response = render(request, "dashboard/_head.html", cards.call_head(call_id) or {})
    return trigger_client_event(response, "problem", {"text": error}) if error else response
