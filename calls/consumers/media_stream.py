"""The media stream's socket: who is let in, and what is noted when it ends.

It stays a Channels consumer (routing, scope, channel layer) but reads its socket itself: Channels' own dispatch would
close old database connections on every audio frame.
"""

import asyncio
import contextlib
from datetime import datetime
from typing import Any

import structlog
from channels.consumer import AsyncConsumer
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from agents import floor
from calls import intake, journal, metrics, sightings
from calls.carrier import media_stream, signature, twiml
from calls.carrier.media_stream import Connected, Malformed
from calls.consumers import lane, stream_books, taping
from calls.consumers.asking import in_turn
from calls.consumers.books import Account
from calls.consumers.bridge import Bridge, BridgeFailed
from calls.consumers.carrier_line import Line, Receive, Send
from calls.consumers.process import process
from calls.control.supervision import Untold
from calls.intake import Conversation
from calls.lifecycle import EndedReason
from calls.models import Stream
from calls.realtime import warm
from calls.realtime.client import RealtimeClient
from calls.voice import messages as m

# The carrier sends `start` at once; who does not is not the carrier.
START_LIMIT_S = 1.5
_MULAW = ("audio/x-mulaw", 8000, 1)
_POLICY = 1008
# Somebody with the key knocked and went away: the go-live check does so.
_NO_STREAM = ("closed before start", "no start")

log = structlog.get_logger(__name__)


class Refused(Exception):
    """The socket is not let in; `str()` is the reason's code."""


class MediaStreamConsumer(AsyncConsumer):
    """`wss /twilio/media/`: one call's audio."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one socket from handshake to close."""
        await receive()  # websocket.connect
        if not _is_genuine(scope):
            metrics.STREAMS_REFUSED.labels("signature").inc()
            sightings.note(sightings.Sight.STREAM_SIGNATURE)
            await send({"type": "websocket.close"})  # before accept: HTTP 403
            return
        await send({"type": "websocket.accept"})
        try:
            async with asyncio.timeout(START_LIMIT_S):
                start = await read_start(receive)
            stream = await _admit(start)
        except (Refused, Malformed, TimeoutError) as error:
            reason = str(error) if type(error) is Refused else "no start"
            metrics.STREAMS_REFUSED.labels(reason).inc()
            if reason not in _NO_STREAM:
                sightings.note(sightings.Sight.STREAM_REFUSED)
            log.warning("stream refused", reason=reason)
            await stream_books.close(send, _POLICY)
            return
        await hold(stream, start, Line(receive, send, start.stream_sid, lane.of(scope)))
        await stream_books.close(send, 1000)


async def hold(stream: Stream, start: m.StreamStarted, line: Line) -> str:
    """Hold the conversation of a stream that was let in; returns why it ended, which is in the books or on its way."""
    reason = "cancelled"
    try:
        reason = await _serve(stream, start, line)
    finally:
        journal.soon(stream_books.close_books, stream_id=stream.pk, reason=reason, now=timezone.now())
    # The carrier asks what follows as soon as this socket is closed: why it ended should be in the books by then.
    # The caller is waiting, so it is not waited for long.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(stream_books.BOOKS_LIMIT_S):
            await journal.settled()
    return reason


def _is_genuine(scope: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in scope["headers"]}
    given = headers.get(b"x-twilio-signature", b"").decode("latin-1")
    url = twiml.media_url(scope.get("url_route", {}).get("kwargs", {}).get("bridge", ""))
    return not scope.get("query_string") and signature.is_genuine_handshake(url=url, signature=given)


async def read_start(receive: Receive) -> m.StreamStarted:
    """The `start` message; only `connected` may come before it."""
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            raise Refused("closed before start")
        decoded = media_stream.decode(message.get("text") or "")
        if isinstance(decoded, m.StreamStarted):
            return decoded
        if not isinstance(decoded, Connected):
            raise Refused("not a start")


async def _admit(start: m.StreamStarted) -> Stream:
    nonce = intake.open_ticket(start.parameters.get("ticket", ""))
    if not nonce:
        raise Refused("ticket")
    return await claimed(nonce, start)


async def claimed(nonce: str, start: m.StreamStarted, *, door: Stream.Door = Stream.Door.STREAM) -> Stream:
    """Spend a ticket that was found good. Raises Refused."""
    if (start.encoding, start.sample_rate, start.channels) != _MULAW:
        raise Refused("media format")
    try:
        stream = await in_turn(_claim)(nonce, start, door, timezone.now())
    except (DatabaseError, InterfaceError):
        raise Refused("database away") from None
    if stream is None:
        raise Refused("ticket spent")
    return stream


def _claim(nonce: str, start: m.StreamStarted, door: Stream.Door, now: datetime) -> Stream | None:
    return Stream.claim(
        nonce=nonce, leg_sid=start.call_sid, stream_sid=start.stream_sid, now=now, bridge=process.name, door=door
    )


async def _serve(stream: Stream, start: m.StreamStarted, line: Line) -> str:
    """Hold the call's conversation; returns why it ended. The caller is waiting for a first word: books come after."""
    call = stream.call
    opened_at = stream.opened_at or timezone.now()
    warmed = warm.take(stream.nonce)
    conversation: Conversation | None = None if warmed is None else warmed.context
    left: Untold | None = None
    if conversation is None or stream.is_resumption:
        conversation, left = await stream_books.taken_up(call, now=opened_at, warmed=conversation)
    if conversation is None:
        return EndedReason.NO_ASSISTANT
    floor.attach_loop()
    process.ensure_started()
    offset_ms = stream_books.ms_between(call.started_at, opened_at)
    held = conversation.settings
    account = Account(call.pk, stream.epoch, call.started_at, offset_ms, held.model, held.transcription_model)
    if warmed is not None:
        model = warmed.client
    else:
        model = asyncio.create_task(RealtimeClient.open(conversation.settings), name="cold model")
    tape = None
    if taping.is_on() and not call.is_test:
        tape = taping.recorder.begin(
            call_id=call.pk, stream_id=stream.pk, stream_sid=start.stream_sid, offset_ms=offset_ms
        )
        line = taping.taped(line, tape)
    bridge = Bridge(line=line, call=call, conversation=conversation, model=model, account=account)
    journal.soon(stream_books.note_opening, stream_id=stream.pk, now=opened_at)
    if conversation.opening and not stream.is_resumption:
        stream_books.note_opening_words(account, conversation.opening)
    process.hold(bridge)
    if left is not None:
        bridge.supervisors.take_up(left)
    try:
        with metrics.STREAMS_OPEN.track_inprogress(), structlog.contextvars.bound_contextvars(call=call.pk):
            return (await bridge.run(start)).value
    except BridgeFailed:
        return EndedReason.BRIDGE_FAILED
    finally:
        process.let_go(bridge)
        if tape is not None:
            tape.close()
