"""`wss /twilio/listen/`: the sound of a call that is with people, copied by the carrier for those who listen.

It comes one way, both sides apart, and is passed on in pieces. Once nobody has asked for a few seconds the socket is
closed, which ends the copy at the carrier.
"""

import asyncio
import base64
from datetime import datetime
from typing import Any

import structlog
from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls import journal, metrics, sightings
from calls.carrier import media_stream, signature, twiml
from calls.carrier.media_stream import Connected, Malformed, Side, Skipped
from calls.consumers.carrier_line import Receive, Send
from calls.consumers.earshot import PIECE_MS
from calls.consumers.process import process
from calls.consumers.sound_copy import SoundCopy
from calls.control import room_sound
from calls.models import RoomSound
from calls.voice import messages as m
from calls.voice.audio import BYTES_PER_MS

START_LIMIT_S = 1.5
# A socket that brings nothing for so long is dead.
PATIENCE_S = 10.0
_POLICY = 1008
# A longer hole begins anew.
_LONGEST_HOLE = 1000 * BYTES_PER_MS
_SILENCE = b"\xff"  # mu-law

log = structlog.get_logger(__name__)


class Pieces:
    """Two sides that come frame by frame, in pieces of both; one that does not come is silent."""

    def __init__(self) -> None:
        self._begins: int | None = None
        self._sides = {"inbound": bytearray(), "outbound": bytearray()}

    def take(self, side: Side) -> list[tuple[int, bytes, bytes]]:
        """One frame; answers the pieces that are whole by now, as (where it begins, caller, ours)."""
        heard = self._sides.get(side.track)
        if heard is None:
            return []
        start = side.at_ms * BYTES_PER_MS
        if self._begins is None:
            self._begins = start
        hole = start - self._begins - len(heard)
        if hole > _LONGEST_HOLE:
            self._begins, hole = start, 0
            for each in self._sides.values():
                each.clear()
        heard += _SILENCE * max(hole, 0) + base64.b64decode(side.payload)
        return list(iter(self._piece, None))

    def _piece(self) -> tuple[int, bytes, bytes] | None:
        length, (inbound, outbound) = PIECE_MS * BYTES_PER_MS, self._sides.values()
        is_whole = min(len(inbound), len(outbound)) >= length
        is_alone = max(len(inbound), len(outbound)) >= 3 * length
        if (not is_whole and not is_alone) or self._begins is None:
            return None
        at_ms, self._begins = self._begins // BYTES_PER_MS, self._begins + length
        caller, ours = (bytes(side[:length]).ljust(length, _SILENCE) for side in (inbound, outbound))
        del inbound[:length], outbound[:length]
        return at_ms, caller, ours


class RoomCopy:
    """The copy of one call, as the process knows it."""

    def __init__(self, copy: RoomSound) -> None:
        began_ms = int((copy.opened_at - copy.call.started_at).total_seconds() * 1000) if copy.opened_at else 0
        self.call_id = copy.call_id
        self.sound = SoundCopy(call_id=copy.call_id, offset_ms=began_ms)

    def listen(self) -> None:
        """Somebody listens for a few seconds from now."""
        self.sound.ask()


class RoomSoundConsumer(AsyncConsumer):
    """One copy."""

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
                start = await _read_start(receive)
                copy = await database_sync_to_async(_claim, thread_sensitive=False)(start, timezone.now())
        except (Malformed, TimeoutError, DatabaseError, InterfaceError) as error:
            log.warning("copy refused", error=type(error).__name__)
            copy = None
        if copy is None:
            metrics.STREAMS_REFUSED.labels("copy").inc()
            await _close(send, _POLICY)
            return
        process.ensure_started()
        try:
            await _serve(copy, start.stream_sid, receive)
        finally:
            journal.soon(_close_books, copy_id=copy.pk, now=timezone.now())
        await _close(send, 1000)


def _is_genuine(scope: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in scope["headers"]}
    given = headers.get(b"x-twilio-signature", b"").decode("latin-1")
    return not scope.get("query_string") and signature.is_genuine_handshake(url=twiml.listen_url(), signature=given)


async def _read_start(receive: Receive) -> m.StreamStarted:
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            raise Malformed("closed before start")
        decoded = media_stream.decode(message.get("text") or "")
        if isinstance(decoded, m.StreamStarted):
            return decoded
        if not isinstance(decoded, Connected):
            raise Malformed("not a start")


def _claim(start: m.StreamStarted, now: datetime) -> RoomSound | None:
    nonce = room_sound.open_ticket(start.parameters.get("ticket", ""))
    return RoomSound.claim(
        nonce=nonce, leg_sid=start.call_sid, stream_sid=start.stream_sid, now=now, bridge=process.name
    )


async def _serve(copy: RoomSound, stream_sid: str, receive: Receive) -> None:
    """Pass on what comes, as long as somebody listens."""
    room, pieces = RoomCopy(copy), Pieces()
    with process.copying(room):
        try:
            while room.sound.is_wanted:
                async with asyncio.timeout(PATIENCE_S):
                    message = await receive()
                text = message.get("text")
                if message["type"] != "websocket.receive" or not text:
                    return
                decoded = media_stream.decode_copy(text, stream_sid=stream_sid)
                if isinstance(decoded, m.StreamStopped):
                    return
                if not isinstance(decoded, Skipped):
                    for piece in pieces.take(decoded):
                        room.sound.put(*piece)
        except (Malformed, TimeoutError) as error:
            log.warning("copy ended", call=copy.call_id, error=type(error).__name__)
        finally:
            room.sound.close()


@journal.job
def _close_books(*, copy_id: int, now: datetime) -> None:
    copy = RoomSound.objects.filter(pk=copy_id).first()
    if copy is not None:
        copy.close(now=now)


async def _close(send: Send, code: int) -> None:
    """Close the socket; a peer that is gone already is no news."""
    try:
        await send({"type": "websocket.close", "code": code})
    except (OSError, RuntimeError) as error:
        log.debug("socket was closed already", error=type(error).__name__)
