"""Twilio's webhooks about callers who leave a message, or a wish to be called back."""

import contextlib
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import journal, reactions
from calls.carrier import callbacks as posts
from calls.carrier import message_documents, twiml
from calls.control import callbacks, voicemail
from calls.lifecycle import RecordingFact
from calls.models import Call, Leg
from calls.webhooks.answering import StoreAway, ask, document, keep, kept
from calls.webhooks.genuine import from_carrier


@from_carrier
async def message(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The caller has said what they had to say, or nothing: thank them and end the call."""
    floor.attach_loop()
    arguments = {"form": kept(form), "now": timezone.now()}
    try:
        await ask(_keep_message, **arguments)
    except StoreAway:
        journal.soon(_keep_message, **arguments)
    is_taken = bool(posts.message_callback(form).recording_sid)
    words = message_documents.MESSAGE_TAKEN if is_taken else message_documents.NO_MESSAGE
    return document(twiml.say_and_hang_up(words))


@journal.job
def _keep_message(*, form: dict[str, str], now: datetime) -> None:
    callback = posts.message_callback(form)
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
    callback = posts.recording_callback(form)
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


@from_carrier
async def offer(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The caller was offered to be called back, and has pressed a key or none."""
    floor.attach_loop()
    arguments = {"form": kept(form), "now": timezone.now()}
    if form.get("Digits") == callbacks.CALL_BACK_KEY:
        try:
            is_taken = await ask(_is_offer_taken, **arguments)
        except StoreAway:
            journal.soon(_keep_offer, **arguments)
            is_taken = True
        if is_taken:
            return document(twiml.say_and_hang_up(message_documents.CALLBACK_TAKEN))
    elif form.get("Digits") == callbacks.MESSAGE_KEY:
        with contextlib.suppress(StoreAway):
            await ask(_send_to_voicemail, **arguments)
    return document(twiml.go_on("/twilio/voice/resume/"))


def _is_offer_taken(*, form: dict[str, str], now: datetime) -> bool:
    call = _call_of(form.get("CallSid", ""))
    return call is not None and callbacks.take_offer(call=call, key=callbacks.CALL_BACK_KEY, now=now) is not None


@journal.job
def _keep_offer(*, form: dict[str, str], now: datetime) -> None:
    _is_offer_taken(form=form, now=now)


def _send_to_voicemail(*, form: dict[str, str], now: datetime) -> None:
    call = _call_of(form.get("CallSid", ""))
    if call is None:
        return
    box = call.number.box if call.number is not None else ""
    with contextlib.suppress(voicemail.UnableToTakeMessage):
        voicemail.begin(call=call, box=box, why="the caller chose it", now=now, is_asked=True)


def render_offer() -> str:
    """The document that offers a caller to be called back; one who presses nothing goes on where they were."""
    return message_documents.offer_callback(
        words=callbacks.OFFER, language=callbacks.OFFER_LANGUAGE, otherwise="/twilio/voice/resume/"
    )


def _call_of(leg_sid: str) -> Call | None:
    of_number = ("call__number__department", "call__number__assistant__department", "call__number__queue__department")
    leg = Leg.objects.select_related(*of_number).filter(leg_sid=leg_sid).first()
    return None if leg is None else leg.call
