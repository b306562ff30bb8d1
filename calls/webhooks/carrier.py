"""Twilio's webhooks: the documents that steer a call, and the callbacks that tell what became of it.

A document is answered within a second whatever is broken behind it: static words and the fallback number need no store.
What could not be stored is stored as soon as the database is back.
"""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import intake, journal, metrics, reactions
from calls.carrier import callbacks, twiml
from calls.carrier.callbacks import RecordingCallback, StatusCallback, StreamCallback, VoiceRequest
from calls.lifecycle import CallFact, EndedReason, Phase, RecordingFact
from calls.models import Call, Leg, Recording, Stream
from calls.realtime import warm
from calls.webhooks.genuine import from_carrier

# The database has this long to answer before the caller is served without it.
ANSWER_LIMIT_S = 0.7

_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="webhook")
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


class StoreAway(Exception):
    """The database did not answer in time."""


async def _ask(job: Callable[..., Result], **arguments: Any) -> Result:
    """Run a database job within the limit. Raises StoreAway.

    In a thread of its own kind: a database that hangs must not hold the thread that finishes the request.
    """
    ask = database_sync_to_async(job, thread_sensitive=False, executor=_threads)
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return await ask(**arguments)
    except (TimeoutError, DatabaseError, InterfaceError) as error:
        log.error("webhook answered without the database", error=type(error).__name__)
        raise StoreAway from error


def _document(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/xml; charset=utf-8")


# --- documents ------------------------------------------------------------------------------------------------------


@from_carrier
async def voice(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A call comes in: store it, decide who answers, and say the opening words."""
    floor.attach_loop()
    request, now = callbacks.voice_request(form), timezone.now()
    try:
        answer = await _ask(intake.receive, request=request, now=now)
    except StoreAway:
        return _without_store(request, now, path="voice")
    match answer:
        case intake.WithAssistant():
            warm.begin(answer.nonce, answer.conversation.settings, context=answer.conversation)
            return _document(
                twiml.connect_assistant(
                    opening_words=answer.opening.text,
                    language=answer.opening.language,
                    ticket=answer.ticket,
                    is_recorded=answer.is_recorded,
                )
            )
        case intake.NotInService():
            return _document(twiml.say_and_hang_up(twiml.NOT_IN_SERVICE))
        case intake.NobodyHere():
            return _document(twiml.say_and_hang_up(twiml.CANNOT_TAKE_CALL))


@from_carrier
async def resume(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The verb after the stream: the socket has ended and the caller is still there. Answer by the call's state."""
    request, now = callbacks.voice_request(form), timezone.now()
    try:
        is_wanted = await _ask(_is_end_wanted, leg_sid=request.leg_sid, now=now)
    except StoreAway:
        return _without_store(request, now, path="resume")
    if is_wanted:
        return _document(twiml.hang_up())
    journal.soon(_keep_fallback, request=request, reason="assistant_lost", now=now)
    return _document(twiml.dial_fallback(apology=twiml.LOST_ASSISTANT))


def _is_end_wanted(*, leg_sid: str, now: datetime) -> bool:
    """True when the call was to end anyway; whatever stream we thought open is closed, for the carrier has left it."""
    leg = Leg.objects.select_related("call").filter(leg_sid=leg_sid).first()
    if leg is None:
        return False
    Stream.close_all(call=leg.call, reason="left by the carrier", now=now)
    return leg.call.events.filter(kind=CallFact.HANG_UP_REQUESTED).exists()


@from_carrier
async def fallback(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """Our own answer failed, says the carrier: static words, then the fallback number."""
    return _without_store(callbacks.voice_request(form), timezone.now(), path="fallback")


def _without_store(request: VoiceRequest, now: datetime, *, path: str) -> HttpResponse:
    metrics.WEBHOOKS_FAILED_SOFT.labels(path).inc()
    journal.soon(_keep_fallback, request=request, reason="intake_failed", now=now)
    return _document(twiml.dial_fallback())


def _keep_fallback(*, request: VoiceRequest, reason: str, now: datetime) -> None:
    """Keep that the caller was given to the fallback number, or sent away with an apology when there is none."""
    call = _call_of(request, now=now)
    ended = EndedReason.UNKNOWN if reason == "assistant_lost" else EndedReason.INTAKE_FAILED
    if twiml.has_fallback():
        call.transferred(reason)
        call.advance(CallFact.FALLBACK_DIALLED, at=now, source="system", key=f"fallback:{reason}", reason=ended)
    else:
        call.advance(CallFact.APOLOGISED, at=now, source="system", key=f"apology:{reason}", reason=ended)


def _call_of(request: VoiceRequest, *, now: datetime) -> Call:
    leg = Leg.objects.select_related("call").filter(leg_sid=request.leg_sid).first()
    return leg.call if leg is not None else intake.adopt(request=request, now=now)


# --- callbacks ------------------------------------------------------------------------------------------------------


@from_carrier
async def status(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A leg's status. A caller who hung up before the stream began leaves a warmed model behind: it is let go."""
    callback = callbacks.status_callback(form)
    document = await _keep(_keep_status, callback=callback, now=timezone.now())
    with contextlib.suppress(StoreAway):
        for nonce in await _ask(_unused_tickets, leg_sid=callback.leg_sid):
            warm.abandon(nonce)
    return document


@from_carrier
async def stream_status(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A media stream's own status; an error of the carrier's is kept with the stream."""
    return await _keep(_keep_stream, callback=callbacks.stream_callback(form), now=timezone.now())


@from_carrier
async def recording(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A recording's status."""
    return await _keep(_keep_recording, callback=callbacks.recording_callback(form), now=timezone.now())


async def _keep(job: Callable[..., None], **arguments: Any) -> HttpResponse:
    """Store a callback now, or later if the database is away: the carrier would not send it again."""
    floor.attach_loop()
    try:
        await _ask(job, **arguments)
    except StoreAway:
        journal.soon(job, **arguments)
    return _document(twiml.nothing())


def _keep_status(*, callback: StatusCallback, now: datetime) -> None:
    leg = Leg.objects.select_related("call").filter(leg_sid=callback.leg_sid).first()
    if leg is None:
        intake.adopt(request=callback.voice, now=now)
        leg = Leg.objects.select_related("call").get(leg_sid=callback.leg_sid)
    leg.report(
        callback.status,
        at=callback.occurred_at or now,
        source="carrier",
        sequence=callback.sequence,
        duration_s=callback.duration_s,
        sip_response_code=callback.sip_response_code,
    )


def _unused_tickets(*, leg_sid: str) -> list[str]:
    unused = Stream.objects.filter(call__legs__leg_sid=leg_sid, call__phase=Phase.CLOSED, opened_at=None)
    return list(unused.values_list("nonce", flat=True))


def _keep_stream(*, callback: StreamCallback, now: datetime) -> None:
    leg = Leg.objects.select_related("call").filter(leg_sid=callback.leg_sid).first()
    if leg is None:
        return
    at = callback.occurred_at or now
    leg.call.note(
        "stream_status",
        at=at,
        source="carrier",
        key=f"stream:{callback.stream_sid}:{callback.event}",
        event=callback.event,
        stream_sid=callback.stream_sid,
    )
    if callback.error:
        Stream.note_error(stream_sid=callback.stream_sid, error=callback.error)


_RECORDING_FACTS = {
    "in-progress": RecordingFact.STARTED,
    "completed": RecordingFact.COMPLETED,
    "absent": RecordingFact.ABSENT,
    "failed": RecordingFact.FAILED,
}


def _keep_recording(*, callback: RecordingCallback, now: datetime) -> None:
    leg = Leg.objects.select_related("call").filter(leg_sid=callback.leg_sid).first()
    fact = _RECORDING_FACTS.get(callback.status)
    if leg is None or fact is None or not callback.recording_sid:
        return
    tape = Recording.named(call=leg.call, recording_sid=callback.recording_sid, now=now)
    is_news = tape.advance(
        fact,
        at=now,
        source="carrier",
        key=f"recording:{callback.recording_sid}:{callback.status}",
        started_at=callback.started_at,
        channels=callback.channels,
        duration_ms=callback.duration_s * 1000 if callback.duration_s is not None else None,
    )
    if is_news:
        reactions.after_recording(fact, tape)
