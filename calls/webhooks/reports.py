"""What the carrier reports of legs, streams and recordings. What could not be stored is stored as soon as the database
is back.
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict

from calls import intake, journal, reactions
from calls.carrier import callbacks
from calls.control import dialled
from calls.lifecycle import LEG_ENDED, CallFact, RecordingFact
from calls.models import Leg, Recording, Stream
from calls.webhooks.answering import keep
from calls.webhooks.genuine import from_carrier


@from_carrier
async def status(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A leg's status."""
    return await keep(_keep_status, form)


@from_carrier
async def stream_status(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A media stream's own status; an error of the carrier's is kept with the stream."""
    return await keep(_keep_stream, form)


@from_carrier
async def recording(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """A recording's status."""
    return await keep(_keep_recording, form)


@journal.job
def _keep_status(*, form: dict[str, str], now: datetime) -> None:
    callback = callbacks.status_callback(form)
    leg = Leg.known(callback.leg_sid)
    if leg is None and callback.voice.direction.startswith("outbound"):
        to, from_ = callback.voice.to_address, callback.voice.from_address
        leg = dialled.recognise(to=to, from_=from_, leg_sid=callback.leg_sid, status=callback.status, now=now)
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
    if callback.status in LEG_ENDED:
        reactions.after_call(CallFact.LEG_ENDED, leg.call)


@journal.job
def _keep_stream(*, form: dict[str, str], now: datetime) -> None:
    callback = callbacks.stream_callback(form)
    leg = Leg.known(callback.leg_sid)
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


@journal.job
def _keep_recording(*, form: dict[str, str], now: datetime) -> None:
    callback = callbacks.recording_callback(form)
    leg = Leg.known(callback.leg_sid)
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


for _work in (_keep_status, _keep_stream, _keep_recording):
    journal.known_as(f"calls.webhooks.carrier.{_work.__name__}", _work)
