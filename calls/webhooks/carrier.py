"""Twilio's webhooks: the documents that steer a call. What became of it is told to `reports`.

A document is answered within a second whatever is broken behind it: static words and the fallback number need no store.
What could not be stored is stored as soon as the database is back.
"""

import contextlib
from datetime import datetime

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import intake, journal, metrics, reactions
from calls.carrier import callbacks, message_documents, room_documents, twiml
from calls.carrier.callbacks import VoiceRequest
from calls.lifecycle import CallFact, EndedReason, LegStatus
from calls.models import Call, Leg
from calls.models.conference import name_of
from calls.webhooks import captures, messages, outgoing
from calls.webhooks.answering import StoreAway, ask, document, kept
from calls.webhooks.connecting import make_ready, text_line
from calls.webhooks.genuine import from_carrier

# Of which so much may go into the books of a process that is gone.
ADOPTING_S = 0.3
# Books that are slow, and not away, are asked again while the caller hears a word: so often, before they are given up.
_ASKED_AGAIN = 2
_RESUME_ASKED_AGAIN = 3

log = structlog.get_logger(__name__)


@from_carrier
async def voice(asked: HttpRequest, form: QueryDict) -> HttpResponse:
    """A call comes in, or one of ours is picked up: store it, decide who speaks, and say the opening words."""
    floor.attach_loop()
    request, now = callbacks.voice_request(form), timezone.now()
    if request.direction.startswith("outbound"):
        return await outgoing.answered(request, now)
    try:
        answer = await ask(intake.receive, request=request, now=now)
        if isinstance(answer, intake.Parked):
            await ask(reactions.after_room, call=answer.call)
    except StoreAway as away:
        if away.is_slow and (attempt := _attempt(asked)) <= _ASKED_AGAIN:
            return _one_moment("voice", attempt)
        return without_store(form, now, path="voice")
    match answer:
        case intake.WithAssistant():
            return document(await _connected(answer))
        case intake.AskConsent():
            return _question(answer)
        case intake.Parked(call, words, language):
            return document(_parked(call, words, language))
        case intake.LeaveMessage():
            return document(_message(answer))
        case intake.Told(_, words, is_closed):
            unwritten = message_documents.CLOSED_NOW if is_closed else twiml.ALL_BUSY
            return document(twiml.say_and_hang_up(words or unwritten))
        case intake.TurnedAway(_, is_busy):
            is_ringing = request.status == LegStatus.RINGING  # what was picked up already can only be ended
            return document(message_documents.reject(is_busy=is_busy) if is_ringing else twiml.hang_up())
        case intake.NotInService():
            return document(twiml.say_and_hang_up(twiml.NOT_IN_SERVICE))
        case intake.NobodyHere():
            return document(twiml.say_and_hang_up(twiml.CANNOT_TAKE_CALL))
        case intake.NoRoom(call):
            return await _fall_back(form, call, now, reason="no_room", apology=twiml.ALL_BUSY)


def _attempt(asked: HttpRequest) -> int:
    """Which attempt to answer comes next, by the address that we gave the carrier ourselves."""
    again = asked.GET.get("again", "")
    return int(again) + 1 if again.isascii() and again.isdigit() and len(again) == 1 else 1


def _one_moment(path: str, attempt: int) -> HttpResponse:
    metrics.WEBHOOKS_ASKED_AGAIN.labels(path).inc()
    where = {"voice": "/twilio/voice/", "resume": "/twilio/voice/resume/"}[path]
    return document(twiml.once_more(where, attempt=attempt))


async def _fall_back(form: QueryDict, call: Call | None, now: datetime, *, reason: str, apology: str) -> HttpResponse:
    """No assistant can go on: the fallback of the settings; on WhatsApp, where there is none, a message is taken."""
    is_by_whatsapp = callbacks.voice_request(form).is_by_whatsapp
    if is_by_whatsapp and not twiml.has_fallback(is_by_whatsapp=True):
        with contextlib.suppress(StoreAway):
            wanted = await ask(intake.leave_message, call=call, why=reason, now=now)
            if wanted is not None:
                return document(_message(wanted))
    journal.soon(_keep_fallback, form=kept(form), reason=reason, now=now)
    return document(twiml.dial_fallback(apology=apology, is_by_whatsapp=is_by_whatsapp))


def _message(answer: intake.LeaveMessage) -> str:
    greeting = answer.greeting
    return message_documents.take_message(
        greeting=greeting.text, language=greeting.language, name=f"voicemail-{answer.call.pk}"
    )


async def _connected(answer: intake.WithAssistant) -> str:
    """The document that connects a call, while the model is made ready where the stream will come to."""
    if answer.sip_token:
        words = answer.opening
        return twiml.bridge_to_model(
            token=answer.sip_token,
            line_id=answer.sip_line,
            edge=answer.sip_edge,
            opening_words="" if words is None else words.text,
            language="en" if words is None else words.language,
            is_recorded=answer.is_recorded,
            is_first=words is not None,
        )
    await make_ready(answer)
    if answer.opening is None:
        return twiml.reconnect_assistant(ticket=answer.ticket, bridge=answer.place.name, text_line=text_line(answer))
    return twiml.connect_assistant(
        opening_words=answer.opening.text,
        language=answer.opening.language,
        ticket=answer.ticket,
        is_recorded=answer.is_recorded,
        bridge=answer.place.name,
        text_line=text_line(answer),
    )


def _question(asked: intake.AskConsent) -> HttpResponse:
    words = asked.question
    return document(twiml.ask_consent(question=words.text, language=words.language, is_again=asked.attempt > 1))


@from_carrier
async def consent(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The caller was asked whether they may be recorded: what they answered, or that they did not."""
    return await _after_question(form, attempt=1)


@from_carrier
async def consent_again(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The same, asked a second time."""
    return await _after_question(form, attempt=2)


async def _after_question(form: QueryDict, *, attempt: int) -> HttpResponse:
    floor.attach_loop()
    now = timezone.now()
    try:
        answer = await ask(intake.after_question, gathered=callbacks.gather_callback(form), attempt=attempt, now=now)
    except StoreAway:
        return without_store(form, now, path="consent")
    match answer:
        case intake.AskConsent():
            return _question(answer)
        case intake.WithAssistant():
            return document(await _connected(answer))
        case intake.Parting(_, words):
            return document(outgoing.goodbye(words))
        case intake.NoRoom(call):
            return await _fall_back(form, call, now, reason="no_room", apology=twiml.ALL_BUSY)
        case intake.NoQuestion():
            return without_store(form, now, path="consent")


# What the carrier asks once more when it does something else already by our wish.
_NOT_WAITED_FOR = ("hangup", "redirected", "redirected-from-bridged")


def _parked(call: Call, words: str, language: str) -> str:
    return room_documents.room_of_caller(
        name=name_of(call.pk),
        words=words,
        language=language,
        call_id=call.pk,
    )


def _in_line(call: Call, words: str, language: str, attributes: dict[str, str | int]) -> str:
    return room_documents.line_of_workflow(
        workflow_sid=settings.TASKROUTER_WORKFLOW_SID,
        attributes=attributes,
        words=words,
        language=language,
        call_id=call.pk,
    )


@from_carrier
async def resume(asked: HttpRequest, form: QueryDict) -> HttpResponse:
    """The verb after the stream: the socket has ended and the caller is still there. Answer by the call's state."""
    return await what_follows(form, attempt=_attempt(asked))


async def what_follows(form: QueryDict, *, attempt: int = 1) -> HttpResponse:
    """The document for a caller who is still there although their line to the assistant is over.

    Whoever held many calls and died leaves many questions at once. Those that cannot be answered in time are put again.
    """
    floor.attach_loop()
    request, now = callbacks.voice_request(form), timezone.now()
    if request.queue_result in _NOT_WAITED_FOR:
        return document(twiml.nothing())
    try:
        continuation = await ask(_take_up, request=request, now=now, is_again=attempt > 1)
        if isinstance(continuation, intake.Parked | intake.InLine):
            await ask(reactions.after_room, call=continuation.call)
    except StoreAway as away:
        if away.is_slow and attempt <= _RESUME_ASKED_AGAIN:
            return _one_moment("resume", attempt)
        return without_store(form, now, path="resume")
    return await continued(continuation, form, now)


async def continued(continuation: intake.Continuation, form: QueryDict, now: datetime) -> HttpResponse:
    """The document for whoever goes on with a call."""
    match continuation:
        case intake.WithAssistant():
            metrics.CALLS_RESUMED.inc()
            return document(await _connected(continuation))
        case intake.LeaveMessage():
            return document(_message(continuation))
        case intake.OfferCallback():
            return document(messages.render_offer())
        case intake.EndWanted(words):
            return document(twiml.say_and_hang_up(words) if words else twiml.hang_up())
        case intake.Parked(call, words, language):
            return document(_parked(call, words, language))
        case intake.InLine(call, words, language, attributes):
            return document(_in_line(call, words, language, attributes))
        case intake.AtKeypad():
            return document(captures.document_of(continuation))
        case intake.CannotGoOn(call):
            return await _fall_back(form, call, now, reason="assistant_lost", apology=twiml.LOST_ASSISTANT)


def _take_up(*, request: VoiceRequest, now: datetime, is_again: bool) -> intake.Continuation:
    # The last words may be in what a process on this machine left when it died; the caller is waiting meanwhile.
    journal.adopt_orphans(within_s=ADOPTING_S)
    return intake.take_up(request=request, now=now, is_again=is_again)


@from_carrier
async def fallback(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Our own answer failed, says the carrier: static words, then the fallback number."""
    return without_store(form, timezone.now(), path="fallback")


def without_store(form: QueryDict, now: datetime, *, path: str) -> HttpResponse:
    """What a caller hears while our books are away."""
    metrics.WEBHOOKS_FAILED_SOFT.labels(path).inc()
    journal.soon(_keep_fallback, form=kept(form), reason="intake_failed", now=now)
    # Without the books nobody knows whether the conversation had come to its end: these words go with either.
    apology = twiml.LOST_ASSISTANT if path in ("resume", "sip") else twiml.CANNOT_TAKE_CALL
    is_by_whatsapp = callbacks.voice_request(form).is_by_whatsapp
    return document(twiml.dial_fallback(apology=apology, is_by_whatsapp=is_by_whatsapp))


@journal.job
def _keep_fallback(*, form: dict[str, str], reason: str, now: datetime) -> None:
    """Keep that the caller was given to the fallback number, or sent away with an apology when there is none."""
    request = callbacks.voice_request(form)
    call = _call_of(request, now=now)
    ended = EndedReason.INTAKE_FAILED if reason == "intake_failed" else EndedReason.UNKNOWN
    if twiml.has_fallback(is_by_whatsapp=request.is_by_whatsapp):
        call.transferred(reason)
        call.advance(CallFact.FALLBACK_DIALLED, at=now, source="system", key=f"fallback:{reason}", reason=ended)
    else:
        call.advance(CallFact.APOLOGISED, at=now, source="system", key=f"apology:{reason}", reason=ended)


def _call_of(request: VoiceRequest, *, now: datetime) -> Call:
    leg = Leg.known(request.leg_sid)
    return leg.call if leg is not None else intake.adopt(request=request, now=now)
