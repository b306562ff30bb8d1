"""Twilio asks what follows a line of text: how it ended is kept, and the caller who is still there is answered."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict

from calls import journal
from calls.carrier import callbacks, twiml
from calls.lifecycle import LegStatus
from calls.models import Leg, Stream, UsageRecord
from calls.webhooks.answering import document, keep
from calls.webhooks.carrier import what_follows
from calls.webhooks.genuine import from_carrier


@from_carrier
async def ended(_: HttpRequest, form: QueryDict) -> HttpResponse:
    """The line is over. Whoever hung up needs no answer; anybody else is answered by the call's state.

    A line that failed is treated as one that broke: it is taken up again on a new one, or its caller goes to people, or
    to the fallback number, exactly as after a stream of sound.
    """
    await keep(_keep_end, form)
    has_hung_up = form.get("CallStatus") == LegStatus.COMPLETED or form.get("SessionStatus") == "completed"
    return document(twiml.nothing()) if has_hung_up else await what_follows(form)


@journal.job
def _keep_end(*, form: dict[str, str], now: datetime) -> None:
    callback = callbacks.relay_callback(form)
    leg = Leg.known(callback.leg_sid)
    if leg is None:
        return
    Stream.note_end(
        stream_sid=callback.session_id, status=callback.status, seconds=callback.seconds, error=callback.error
    )
    leg.call.note(
        "relay_ended",
        at=now,
        source="carrier",
        key=f"relay:{callback.session_id or leg.leg_sid}:{callback.status}",
        status=callback.status,
        seconds=callback.seconds,
        handoff=callback.handoff,
        error=callback.error,
    )
    if callback.session_id and callback.seconds:
        # What the carrier bills for listening and speaking: time.
        UsageRecord.keep_all(
            [
                UsageRecord(
                    call=leg.call,
                    kind=UsageRecord.Kind.RELAY,
                    ref=callback.session_id[:80],
                    model="ConversationRelay",
                    at=now,
                    seconds=float(callback.seconds),
                )
            ]
        )
