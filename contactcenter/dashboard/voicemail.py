"""Messages that callers left: the list, one message with its sound and words, and who looks after it."""

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from calls.control import opting_out
from calls.models import TranscriptTurn, Voicemail
from compliance import audit, opt_out
from compliance.models import Revocation
from contactcenter.dashboard import access, audio, colleagues, timeline
from contactcenter.dashboard.filters import VoicemailFilter
from contactcenter.dashboard.request import HttpRequest

PAGE_SIZE = 50


def _messages() -> QuerySet[Voicemail]:
    spoken = TranscriptTurn.objects.filter(party=TranscriptTurn.Party.CUSTOMER).exclude(text="")
    turns = Prefetch("call__turns", spoken.order_by("started_ms", "pk"), to_attr="customer_turns")
    known = Voicemail.objects.select_related("call__number", "recording", "assigned_to").prefetch_related(turns)
    return known.order_by("-left_at", "-pk")


@require_GET
@never_cache
@access.needs(access.READ_VOICEMAIL)
def inbox(request: HttpRequest) -> HttpResponse:
    """The messages, newest first, with search and filters in the address."""
    found = VoicemailFilter(request.GET, queryset=_messages())
    context = found.page(request.GET.get("page"), size=PAGE_SIZE) | {"address": reverse("voicemail")}
    template = "dashboard/_voicemails.html" if request.htmx else "dashboard/voicemails.html"
    return render(request, template, context)


@require_GET
@never_cache
@access.needs(access.READ_VOICEMAIL)
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message."""
    found = get_object_or_404(_messages(), pk=message_id)
    recordings = [found.recording] if found.recording.is_playable else []
    context = {
        "voicemail": found,
        "call_id": found.call_id,
        "lines": timeline.moments(found.turns(), (), recordings=recordings),
        "end_ms": (found.recording.offset_ms or 0) + (found.recording.duration_ms or 0),
        "people": colleagues.who_follow_up(),
    }
    return render(request, "dashboard/voicemail.html", context)


@require_POST
@access.needs(access.HANDLE_VOICEMAIL)
def assign(request: HttpRequest, message_id: int) -> HttpResponse:
    """Somebody, or nobody, looks after it."""
    found = get_object_or_404(Voicemail, pk=message_id)
    person, is_known = colleagues.chosen(request.POST.get("person", ""))
    if not is_known:
        messages.error(request, "This person does not look after messages.")
    else:
        found.assign(None if person is None else person.pk)
        to = "" if person is None else person.email
        audit.note(act="assign_voicemail", subject=_subject(found), by=request.user.email, now=timezone.now(), to=to)
    return redirect("voicemail-message", message_id=found.pk)


@require_POST
@access.needs(access.HANDLE_VOICEMAIL)
def finish(request: HttpRequest, message_id: int) -> HttpResponse:
    """It is done."""
    found, now = get_object_or_404(Voicemail, pk=message_id), timezone.now()
    if found.finish(by=request.user.email, now=now):
        audit.note(act="voicemail_done", subject=_subject(found), by=request.user.email, now=now)
    return redirect("voicemail-message", message_id=found.pk)


@require_POST
@access.needs(access.HANDLE_VOICEMAIL)
def reopen(request: HttpRequest, message_id: int) -> HttpResponse:
    """It is not done after all."""
    found = get_object_or_404(Voicemail, pk=message_id)
    if found.reopen():
        audit.note(act="voicemail_reopened", subject=_subject(found), by=request.user.email, now=timezone.now())
    return redirect("voicemail-message", message_id=found.pk)


@require_POST
@access.needs(access.REVOKE)
def stop(request: HttpRequest, message_id: int) -> HttpResponse:
    """Whoever left it wants no more calls; a message presumes it, and a person who has heard it says so."""
    found, now = get_object_or_404(Voicemail.objects.select_related("call"), pk=message_id), timezone.now()
    try:
        done = opt_out.revoke(
            number=opting_out.number_of(found.call),
            route=Revocation.Route.VOICEMAIL,
            said=" ".join(turn.text for turn in found.turns()),
            subject_ref=f"call:{found.call_id}",
            received_at=found.left_at,
            by=request.user.email,
            now=now,
        )
    except opt_out.UnableToRevoke:
        messages.error(request, "The caller withholds the number, so it cannot be listed.")
    else:
        done.revocation.review(by=request.user.email, now=now)
        messages.success(request, "This number is not called any more.")
    return redirect("voicemail-message", message_id=found.pk)


@require_GET
@access.needs(access.HEAR_VOICEMAIL)
def sound(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """What the caller said; each listening is kept."""
    found = get_object_or_404(Voicemail.objects.select_related("recording"), pk=message_id)
    return audio.played(request, found.recording, act="hear_voicemail", subject=_subject(found))


@require_GET
@access.needs(access.HEAR_VOICEMAIL)
def peaks(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """How loud it is over time, as JSON."""
    found = get_object_or_404(Voicemail.objects.select_related("recording"), pk=message_id)
    return audio.drawn(found.recording)


def _subject(found: Voicemail) -> str:
    return f"voicemail:{found.pk}"
