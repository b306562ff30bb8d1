"""The socket of lines of text (ConversationRelay): who is let in, and what is noted when it ends."""

import asyncio
import contextlib
from typing import Any

import structlog
from channels.consumer import AsyncConsumer
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from agents import floor
from calls import intake, journal, metrics
from calls.carrier import relay, signature, twiml
from calls.consumers import relay_model, stream_books
from calls.consumers.asking import in_turn
from calls.consumers.books import Account
from calls.consumers.bridge import BridgeFailed
from calls.consumers.carrier_line import Receive, Send
from calls.consumers.process import process
from calls.consumers.relay_bridge import RelayBridge
from calls.lifecycle import EndedReason
from calls.models import Stream
from calls.voice import messages as m

# The carrier sends `setup` at once; who does not is not the carrier.
SETUP_LIMIT_S = 1.5
_POLICY = 1008
# After our `end` the carrier closes the socket; if not, we do.
CLOSE_PATIENCE_S = 2.0
# Ends after which nobody is there to be told.
_LINE_IS_GONE = frozenset({m.EndReason.CARRIER_STOPPED.value, m.EndReason.STREAM_LOST.value})

log = structlog.get_logger(__name__)


class Refused(Exception):
    """The socket is not let in; `str()` is the reason's code."""


class RelayConsumer(AsyncConsumer):
    """`wss /twilio/relay/`: one call's words."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one socket from handshake to close."""
        await receive()  # websocket.connect
        headers = {name.lower(): value for name, value in scope["headers"]}
        given = headers.get(b"x-twilio-signature", b"").decode("latin-1")
        if scope.get("query_string") or not signature.is_genuine_handshake(url=twiml.relay_url(), signature=given):
            metrics.STREAMS_REFUSED.labels("signature").inc()
            await send({"type": "websocket.close"})  # before accept: HTTP 403
            return
        await send({"type": "websocket.accept"})
        # The greeting is being spoken meanwhile, by the carrier; whoever asks waits for it.
        loading = asyncio.create_task(asyncio.to_thread(relay_model.load))
        loading.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            async with asyncio.timeout(SETUP_LIMIT_S):
                setup = await _read_setup(receive)
            stream = await _admit(setup)
        except (Refused, relay.Malformed, TimeoutError) as error:
            reason = str(error) if type(error) is Refused else "no setup"
            metrics.STREAMS_REFUSED.labels(reason).inc()
            log.warning("line of text refused", reason=reason)
            await stream_books.close(send, _POLICY)
            return
        reason = "cancelled"
        try:
            reason = await _serve(stream, setup, receive, send)
        finally:
            journal.soon(stream_books.close_books, stream_id=stream.pk, reason=reason, now=timezone.now())
        # The carrier asks what follows as soon as the line is over: why it ended should be in the books by then.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(stream_books.BOOKS_LIMIT_S):
                await journal.settled()
        if reason not in _LINE_IS_GONE:
            await _leave(receive, send, reason)
        await stream_books.close(send, 1000)


async def _read_setup(receive: Receive) -> relay.Setup:
    message = await receive()
    if message["type"] != "websocket.receive":
        raise Refused("closed before setup")
    decoded = relay.decode(message.get("text") or "", is_set_up=False)
    if not isinstance(decoded, relay.Setup):
        raise Refused("not a setup")
    return decoded


async def _admit(setup: relay.Setup) -> Stream:
    nonce = intake.open_ticket(setup.parameters.get("ticket", ""))
    if not nonce:
        raise Refused("ticket")
    try:
        stream = await in_turn(Stream.claim)(
            nonce=nonce,
            leg_sid=setup.call_sid,
            stream_sid=setup.session_id,
            now=timezone.now(),
            bridge=process.name,
            door=Stream.Door.RELAY,
        )
    except (DatabaseError, InterfaceError):
        raise Refused("database away") from None
    if stream is None:
        raise Refused("ticket spent")
    return stream


async def _serve(stream: Stream, setup: relay.Setup, receive: Receive, send: Send) -> str:
    """Hold the call's conversation; returns why it ended."""
    call, opened_at = stream.call, stream.opened_at or timezone.now()
    conversation, left = await stream_books.taken_up(call, now=opened_at)
    if conversation is None or conversation.text_door is None:
        return EndedReason.NO_ASSISTANT
    floor.attach_loop()
    process.ensure_started()
    offset_ms = stream_books.ms_between(call.started_at, opened_at)
    account = Account(call.pk, stream.epoch, call.started_at, offset_ms, conversation.text_door.model)
    bridge = RelayBridge(
        receive=receive,
        send=send,
        setup=setup,
        call=call,
        conversation=conversation,
        account=account,
        greets=not stream.is_resumption,
    )
    journal.soon(stream_books.note_opening, stream_id=stream.pk, now=opened_at)
    if conversation.opening and not stream.is_resumption:
        stream_books.note_opening_words(account, conversation.opening)
    process.hold(bridge)
    bridge.supervisors.take_up(left)
    try:
        with metrics.STREAMS_OPEN.track_inprogress(), structlog.contextvars.bound_contextvars(call=call.pk):
            return (await bridge.run()).value
    except BridgeFailed:
        return EndedReason.BRIDGE_FAILED
    finally:
        process.let_go(bridge)


async def _leave(receive: Receive, send: Send, reason: str) -> None:
    """End the session and say why: the carrier gives it back with the request for what follows, and closes."""
    with contextlib.suppress(OSError, RuntimeError, TimeoutError):
        await send({"type": "websocket.send", "text": relay.end({"reason": reason})})
        async with asyncio.timeout(CLOSE_PATIENCE_S):
            while (await receive())["type"] == "websocket.receive":
                pass
