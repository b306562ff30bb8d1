"""`wss /phone/`: a page in a browser that holds a test call, and speaks to the bridge as the carrier does.

It is let in by its person's session and permission and by a ticket of theirs that opens one socket, once; never by the
carrier's signature. From `start` on everything is as with a stream of the carrier's.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls import intake, journal, metrics
from calls.carrier.media_stream import Malformed
from calls.consumers import media_stream, stream_books
from calls.consumers.carrier_line import Line, Receive, Send
from calls.consumers.media_stream import Refused
from calls.consumers.page_line import FORBIDDEN, POLICY, PageLine
from calls.control import test_calls
from calls.models import Call, Stream
from calls.voice import messages as m

# A page sends `start` as soon as its socket is open; its network may be slow.
START_LIMIT_S = 5.0
_RESTARTING = 1012  # RFC 6455's registry: the service restarts

log = structlog.get_logger(__name__)

# The person of a user and a session, if they may hold test calls by what the database says now.
WhoMay = Callable[[Any, Any], Any]


class TestCallConsumer(AsyncConsumer):
    """One page; `who_may` is told by the roof, which knows sessions."""

    def __init__(self, who_may: WhoMay) -> None:
        self._who_may = who_may

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one socket from handshake to close."""
        await receive()  # websocket.connect

        def who() -> Any:
            return self._who_may(scope.get("user"), scope.get("session"))

        person = await _asked(who)
        if person is None:
            metrics.STREAMS_REFUSED.labels("not allowed").inc()
            await send({"type": "websocket.close", "code": FORBIDDEN})  # before accept: HTTP 403
            return
        await send({"type": "websocket.accept"})
        try:
            async with asyncio.timeout(START_LIMIT_S):
                start = await media_stream.read_start(receive)
            stream = await _admit(start, person=person.pk)
        except (Refused, Malformed, TimeoutError) as error:
            reason = str(error) if type(error) is Refused else "no start"
            metrics.STREAMS_REFUSED.labels(reason).inc()
            log.warning("page refused", reason=reason)
            await stream_books.close(send, POLICY, reason=reason)
            return
        await _hold(stream, start, receive, send, who)


async def _asked(who: Callable[[], Any]) -> Any:
    try:
        return await database_sync_to_async(who, thread_sensitive=False)()
    except (DatabaseError, InterfaceError) as error:
        log.warning("page not let in without the database", error=type(error).__name__)
        return None


async def _admit(start: m.StreamStarted, *, person: int) -> Stream:
    ticket = intake.open_page_ticket(start.parameters.get("ticket", ""))
    if ticket is None or ticket.person != person or ticket.stream_sid != start.stream_sid:
        raise Refused("ticket")
    return await media_stream.claimed(ticket.nonce, start, door=Stream.Door.PAGE)


async def _hold(stream: Stream, start: m.StreamStarted, receive: Receive, send: Send, who: Callable[[], Any]) -> None:
    page = PageLine(receive, send, stream_sid=start.stream_sid, call_id=stream.call_id, may_stay=who)
    page.open()
    reason = "cancelled"
    try:
        reason = await media_stream.hold(stream, start, Line(page.receive, page.send, start.stream_sid))
    finally:
        page.close()
        is_ours = reason in (m.EndReason.HANDED_OVER, "cancelled")
        journal.soon(_line_closed, call_id=stream.call_id, is_ours=is_ours, now=timezone.now())
    code = _RESTARTING if reason == m.EndReason.HANDED_OVER and page.code == 1000 else page.code
    await stream_books.close(send, code, reason=page.why or await _why(stream.call_id, reason))


async def _why(call_id: int, reason: str) -> str:
    """A carrier's stop says no more than that; who had asked for it is in the books."""
    if reason != m.EndReason.CARRIER_STOPPED:
        return reason
    try:
        return await database_sync_to_async(test_calls.why_ended, thread_sensitive=False)(call_id) or reason
    except (DatabaseError, InterfaceError):
        return reason


@journal.job
def _line_closed(*, call_id: int, is_ours: bool, now: datetime) -> None:
    call = Call.objects.filter(pk=call_id).first()
    if call is not None:
        test_calls.line_closed(call=call, now=now, is_ours=is_ours)
