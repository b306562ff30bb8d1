"""Twilio's webhooks about callers who leave a message, or a wish to be called back."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import journal, reactions
from calls.carrier import callbacks, message_documents, twiml
from calls.control import voicemail
from calls.lifecycle import RecordingFact
from calls.models import Call, Leg
from calls.webhooks.answering import StoreAway, ask, document, keep
from calls.webhooks.genuine import from_carrier


@from_carrier
async def message(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The caller has said what they had to say, or nothing: thank them and end the call."""
    floor.attach_loop()
    arguments = {"form": form.dict(), "now": timezone.now()}
    try:
        await ask(_keep_message, **arguments)
    except StoreAway:
        journal.soon(_keep_message, **arguments)
    is_taken = bool(callbacks.message_callback(form).recording_sid)
    words = message_documents.MESSAGE_TAKEN if is_taken else message_documents.NO_MESSAGE
    return document(twiml.say_and_hang_up(words))


@journal.job
def _keep_message(*, form: dict[str, str], now: datetime) -> None:
    callback = callbacks.message_callback(form)
    call = _call_of(callback.leg_sid)
    if call is None:
        return
    if not callback.recording_sid:
        call.note("message_not_left", at=now, source="carrier", key="message_not_left")
        return
    voicemail.take(call=call, recording_sid=callback.recording_sid, duration_s=callback.duration_s, now=now)


@from_carrier
async def recording(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The status of a message's recording."""
    return await keep(_keep_recording, form)


@journal.job
def _keep_recording(*, form: dict[str, str], now: datetime) -> None:
    callback = callbacks.recording_callback(form)
    call = _call_of(callback.leg_sid)
    if call is None or not callback.recording_sid or callback.status != "completed":
        return
    tape = voicemail.completed(
        call=call,
        recording_sid=callback.recording_sid,
        started_at=callback.started_at,
        duration_s=callback.duration_s,
        now=now,
    )
    if tape is not None:
        reactions.after_recording(RecordingFact.COMPLETED, tape)


def _call_of(leg_sid: str) -> Call | None:
    leg = Leg.objects.select_related("call").filter(leg_sid=leg_sid).first()
    return None if leg is None else leg.call
