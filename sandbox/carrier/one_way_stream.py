"""One-way media streams: a copy of one or both sides of a call, sent to whoever wants to listen.

They run beside the document of the call, until they are stopped, the listener closes, or the call ends. Nothing comes
back: what a listener sends is dropped, and keys and marks are not told. https://www.twilio.com/docs/voice/twiml/stream
"""

import asyncio
import base64
import contextlib
from dataclasses import dataclass, field

import aiohttp

from sandbox.audio import FRAME_BYTES, FRAME_MS
from sandbox.carrier import stream_reports, stream_socket, stream_wire
from sandbox.carrier.line import BYTES_PER_MS
from sandbox.carrier.state import Call, Carrier, new_sid
from sandbox.carrier.stream_log import StreamLog
from sandbox.carrier.stream_reports import StreamReports
from sandbox.carrier.stream_wire import Message

TRACKS = {"inbound_track": ("inbound",), "outbound_track": ("outbound",), "both_tracks": ("inbound", "outbound")}
INVALID_TRACKS = 31941
_MOST_TRACKS = 4  # over all one-way streams of a call


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be copied, to whom, and who is told of it."""

    url: str
    name: str = ""
    track: str = "inbound_track"
    parameters: dict[str, str] = field(default_factory=dict)
    report_to: tuple[str, str] | None = None  # address and method


class UnableToStream(Exception):
    """Not on this call, not now; `code` is the carrier's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def find(call: Call, name_or_sid: str) -> StreamLog | None:
    """The newest one-way stream of this call with this name or SID."""
    return next((each for each in reversed(call.copies) if name_or_sid in (each.sid, each.name)), None)


def is_running(log: StreamLog) -> bool:
    """Not ended yet, and not told to."""
    return log.state in ("connecting", "open") and not log.stopping.is_set()


def start(carrier: Carrier, *, call: Call, wishes: Wishes) -> StreamLog:
    """Open the stream soon. Raises `UnableToStream`."""
    running = [each for each in call.copies if is_running(each)]
    if wishes.name and wishes.name in [each.name for each in running]:
        raise UnableToStream(20001, f"a stream named {wishes.name!r} is running on {call.sid} already")
    if sum(len(each.tracks) for each in running) + len(TRACKS[wishes.track]) > _MOST_TRACKS:
        raise UnableToStream(INVALID_TRACKS, f"a call can have {_MOST_TRACKS} streamed tracks at most")
    sid = new_sid("MZ")
    log = StreamLog(
        sid=sid,
        name=wishes.name or sid,
        url=wishes.url.strip(),
        opened_at_ms=carrier.clock.now_ms(),
        parameters=wishes.parameters,
        tracks=TRACKS[wishes.track],
    )
    call.copies.append(log)
    carrier.spawn(_run(carrier, call, log, StreamReports(carrier, call, log, to=wishes.report_to)))
    return log


def stop(log: StreamLog) -> None:
    """End it: `stop`, then close 1000."""
    log.stopping.set()


async def _run(carrier: Carrier, call: Call, log: StreamLog, reports: StreamReports) -> None:
    ws = await stream_socket.open_logged(carrier, call, log, reports)
    if ws is not None:
        await _Copy(carrier, call, log, reports).serve(ws)


class _Copy:
    """One open one-way stream."""

    def __init__(self, carrier: Carrier, call: Call, log: StreamLog, reports: StreamReports) -> None:
        self._carrier, self._call, self._log, self._reports = carrier, call, log, reports
        self._style = carrier.faults.stream.json
        self._sequence = 0

    async def serve(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Send frames until somebody ends it."""
        log, call = self._log, self._call
        log.state = "open"
        waits = (call.ended.wait(), log.stopping.wait(), self._send_frames(ws), self._drop_what_comes(ws))
        tasks = [asyncio.ensure_future(each) for each in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            log.state, log.ended_at_ms = "closed", self._carrier.clock.now_ms()
        await self._leave(ws)
        self._reports.event("stream-stopped")
        self._carrier.announce()

    async def _send_frames(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        clock, line, log = self._carrier.clock, self._call.line, self._log
        await self._tell(ws, stream_wire.connected())
        start = stream_wire.start(
            account_sid=self._carrier.account_sid,
            stream_sid=log.sid,
            call_sid=self._call.sid,
            parameters=log.parameters,
            tracks=log.tracks,
        )
        self._sequence = 1
        await self._tell(ws, start)
        self._reports.event("stream-started")
        log.started_at_ms, origin = clock.now_ms(), line.run()
        log.started_at_call_ms = origin / BYTES_PER_MS
        sides = {"inbound": line.inbound, "outbound": line.outbound}
        number = 0
        while not ws.closed:
            number += 1
            await clock.until(log.started_at_ms + number * FRAME_MS)
            line.run()
            end = origin + number * FRAME_BYTES
            log.frame_timestamps.append(number * FRAME_MS)
            log.frame_sent_at_ms.append(clock.now_ms())
            for name in log.tracks:
                await self._send_frame(ws, name, number, bytes(sides[name].past[end - FRAME_BYTES : end]))

    async def _send_frame(self, ws: aiohttp.ClientWebSocketResponse, track: str, number: int, sound: bytes) -> None:
        message = stream_wire.media(
            stream_sid=self._log.sid,
            sequence=self._next_sequence(),
            chunk=number,
            timestamp_ms=number * FRAME_MS,
            payload=base64.b64encode(sound).decode(),
            track=track,
        )
        await self._write(ws, message)

    async def _drop_what_comes(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for _ in ws:
            self._reports.warn(stream_reports.INVALID_MESSAGE, "a one-way stream takes no messages")

    async def _leave(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        log = self._log
        if ws.closed:
            log.close_code = ws.close_code
            is_broken = ws.close_code in (None, 1006) or bool(ws.exception())
            log.ended_by = "broken" if is_broken else "application"
            if is_broken:
                self._reports.error(stream_reports.CONNECTION_BROKEN, "the connection broke")
            else:
                self._reports.closed(ws.close_code or 1005)
            return
        log.ended_by = "carrier"
        if self._call.is_forgotten:
            stream_socket.break_off(ws)
            return
        log.close_code = 1000
        stop = stream_wire.stop(
            account_sid=self._carrier.account_sid,
            stream_sid=log.sid,
            call_sid=self._call.sid,
            sequence=self._next_sequence(),
        )
        sending = asyncio.ensure_future(self._tell(ws, stop))
        await asyncio.wait({sending}, timeout=0.5)  # a far side that stopped reading is not waited for
        await stream_socket.close(ws)

    async def _tell(self, ws: aiohttp.ClientWebSocketResponse, message: Message) -> None:
        self._carrier.stir()
        await self._write(ws, message)

    async def _write(self, ws: aiohttp.ClientWebSocketResponse, message: Message) -> None:
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):  # the receiving side sees how it ended
            await ws.send_str(stream_wire.write(message, style=self._style))

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence
