"""The buttons: permission, one domain call, and the card as it looks now. Without JavaScript they lead to the page."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from calls import reactions
from calls.control import approvals, capture, legs, recordings, supervision
from calls.lifecycle import EndedReason, RecordingFact
from calls.models import Call, FactsDelivery, Recording, ToolApproval
from compliance import audit
from contactcenter.dashboard import access, call_control, cards, supervisors
from contactcenter.dashboard.request import HttpRequest
from contactcenter.outgoing import tasks as outgoing


@require_POST
@access.needs(access.END_CALL)
def end_call(request: HttpRequest, call_id: int) -> HttpResponse:
    """End a live call, for the caller and the assistant."""
    call = get_object_or_404(Call, pk=call_id)
    error = ""
    try:
        legs.hang_up(
            call=call,
            reason=EndedReason.SUPERVISOR_ENDED,
            source="supervisor",
            by=request.user.email,
            now=timezone.now(),
        )
    except legs.UnableToHangUp as problem:
        error = str(problem)
    return call_control.head(request, call_id, error)


@require_POST
@access.needs(access.CONTROL_RECORDING)
def change_recording(request: HttpRequest, call_id: int, verb: str) -> HttpResponse:
    """Pause, resume or stop the recording of a live call."""
    if verb not in ("pause", "resume", "stop"):
        raise Http404
    call = get_object_or_404(Call, pk=call_id)
    error = ""
    try:
        recordings.change(call=call, verb=verb, source="supervisor", by=request.user.email, now=timezone.now())
    except recordings.UnableToChangeRecording as problem:
        error = str(problem)
    return call_control.head(request, call_id, error)


@require_POST
@access.needs(access.BEGIN_CAPTURE)
def begin_capture(request: HttpRequest, call_id: int, name: str) -> HttpResponse:
    """Send the caller to key in a secret that nobody here hears."""
    call = get_object_or_404(Call, pk=call_id)
    error = ""
    try:
        capture.begin(
            call=call,
            name=name,
            amount=request.POST.get(f"amount-{name}", ""),
            by=request.user.email,
            source="supervisor",
            now=timezone.now(),
        )
    except capture.UnableToCapture as problem:
        error = str(problem)
    return call_control.head(request, call_id, error)


@require_POST
@access.needs(access.COACH)
def coach(request: HttpRequest, call_id: int) -> HttpResponse:
    """Tell the assistant something that the caller does not hear, or have it say it."""
    call = get_object_or_404(Call, pk=call_id)
    error = ""
    try:
        supervision.coach(
            call=call,
            text=request.POST.get("text", ""),
            by=request.user.email,
            now=timezone.now(),
            aloud="aloud" in request.POST,
        )
    except supervision.UnableToCoach as problem:
        error = str(problem)
    response = call_control.head(request, call_id, error)
    return response if error or not request.htmx else trigger_client_event(response, "coached")


@require_POST
@access.needs(access.APPROVE)
def decide(request: HttpRequest, approval_id: int, verdict: str) -> HttpResponse:
    """Approve a tool that waits, as it is or as the fields say, or refuse it."""
    if verdict not in ("approve", "refuse"):
        raise Http404
    approval = get_object_or_404(ToolApproval.objects.select_related("run"), pk=approval_id)
    error = ""
    try:
        approvals.decide(
            approval=approval,
            is_approved=verdict == "approve",
            by=request.user.email,
            now=timezone.now(),
            edited=supervisors.edited(approval, request.POST.dict()),
        )
    except approvals.UnableToDecide as problem:
        error = str(problem)
    return call_control.head(request, approval.call_id, error)


@require_POST
@access.needs(access.SEE_NUMBERS)
def reveal_numbers(request: HttpRequest, call_id: int) -> HttpResponse:
    """Show the whole numbers of a call, once, and keep who looked."""
    call = get_object_or_404(Call, pk=call_id)
    audit.note(act="reveal_numbers", subject=f"call:{call.pk}", by=request.user.email, now=timezone.now())
    template = "dashboard/_numbers.html" if request.htmx else "dashboard/numbers.html"
    return render(request, template, {"call": call})


@require_POST
@access.needs(access.SEND_FACTS)
def send_facts(request: HttpRequest, call_id: int) -> HttpResponse:
    """Send what a call has found out again, under the same key."""
    call, now = get_object_or_404(Call, pk=call_id), timezone.now()
    if (delivery := FactsDelivery.of(call)) is not None:
        delivery.order(now=now)
        audit.note(act="send_facts", subject=f"call:{call.pk}", by=request.user.email, now=now)
        outgoing.send_facts.delay(delivery_id=delivery.pk)
    if request.htmx:
        return render(request, "dashboard/_delivery.html", {"call": call, "delivery": delivery})
    return redirect("call", call_id=call.pk)


@require_POST
@access.needs(access.HEAR)
def retry_copy(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Order another try at a recording that could not be copied."""
    recording = get_object_or_404(Recording.objects.select_related("call"), pk=recording_id)
    now = timezone.now()
    if recording.order_retry(now=now):
        audit.note(act="retry_copy", subject=f"recording:{recording.pk}", by=request.user.email, now=now)
        reactions.after_recording(RecordingFact.COMPLETED, recording)
    if request.htmx:
        return render(request, "dashboard/_recording.html", cards.recording(recording.call_id) or {})
    return redirect("call", call_id=recording.call_id)
