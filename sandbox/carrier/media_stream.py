"""The carrier's side of `<Connect><Stream>`: one WebSocket per run, never reopened.

https://www.twilio.com/docs/voice/media-streams: connected, start, then 50 frames a second whether the caller speaks or
not, keys and marks between them, stop when the call leaves the stream. What the caller hears is drained from the play
buffer by the clock, not by how fast it arrived.
"""

import asyncio
import base64
import contextlib
from typing import Any

import aiohttp

from sandbox.audio import FRAME_BYTES, FRAME_MS
from sandbox.carrier import poisons, stream_reports, stream_socket, stream_wire
from sandbox.carrier.documents import Document
from sandbox.carrier.line import BYTES_PER_MS
from sandbox.carrier.play_buffer import PlayBuffer
from sandbox.carrier.state import Call, Carrier, new_sid
from sandbox.carrier.stream_faults import FrameFaults
from sandbox.carrier.stream_log import StreamLog
from sandbox.carrier.stream_reports import StreamReports
from sandbox.carrier.stream_wire import Clear, InvalidMessage, Mark, Media, Message
from sandbox.carrier.twiml import Element
from sandbox.carrier.ws_frames import Raw

_SILENT_FRAME = b"\xff" * FRAME_BYTES
_SECOND_SOCKET_MS = 5_000


async def run(carrier: Carrier, *, call: Call, noun: Element, document: Document) -> None:
    """Open the socket of a `<Stream>` and serve it until either side ends it; a refused handshake ends it at once."""
    sid = new_sid("MZ")
    log = StreamLog(
        sid=sid,
        name=noun.get("name") or sid,
        url=noun.get("url").strip(),
        opened_at_ms=carrier.clock.now_ms(),
        parameters={child.get("name"): child.get("value") for child in noun.children},
    )
    call.streams.append(log)
    report_to = None
    if noun.get("statusCallback"):
        report_to = (document.resolve(noun.get("statusCallback")), noun.get("statusCallbackMethod", "POST"))
    reports = StreamReports(carrier, call, log, to=report_to)
    ws = await stream_socket.open_logged(carrier, call, log, reports)
    if ws is not None:
        await MediaStream(carrier, call, log, reports).serve(ws)


class MediaStream:
    """One open stream and its play buffer."""

    def __init__(self, carrier: Carrier, call: Call, log: StreamLog, reports: StreamReports) -> None:
        self._carrier, self._call, self._log, self._reports = carrier, call, log, reports
        self._wanted = carrier.faults.stream
        self._poison = carrier.faults.take_poison()
        self._spoil = FrameFaults(self._wanted)
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._buffer = PlayBuffer(call.line)
        self._sequence = 0

    async def serve(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Carry the call over the open socket. When cancelled, the call goes elsewhere: `stop`, then close 1000."""
        log, call = self._log, self._call
        log.state = "open"
        self._carrier.announce()
        work = [asyncio.create_task(self._send_by_the_clock(ws)), asyncio.create_task(self._receive(ws))]

        def press(digit: str) -> None:
            log.keys.append({"digit": digit, "at_ms": self._carrier.clock.now_ms()})
            self._carrier.spawn(self._send_key(ws, digit))

        call.key_listeners.append(press)
        try:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in work:
                if task.done():
                    task.result()
            self._ended_by_application(ws)
        except asyncio.CancelledError:
            log.ended_by, log.close_code = "carrier", 1000
            if call.is_forgotten:
                log.close_code = None
                stream_socket.break_off(ws)
            else:
                self._carrier.spawn(self._take_leave(ws))
            raise
        finally:
            call.key_listeners.remove(press)
            for task in work:
                task.cancel()
            log.state, log.ended_at_ms = "closed", self._carrier.clock.now_ms()
            self._buffer.clear()
            self._reports.event("stream-stopped")
            self._carrier.announce()

    async def _send_by_the_clock(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        clock, line, log = self._carrier.clock, self._call.line, self._log
        if not await self._open_stream(ws):
            await asyncio.Event().wait()
        log.started_at_ms, origin = clock.now_ms(), line.run()
        log.started_at_call_ms = origin / BYTES_PER_MS
        number, late_ms = 0, self._lateness_ms()
        while not ws.closed:
            due_ms = log.started_at_ms + (number + 1) * FRAME_MS + late_ms
            mark_in_ms = self._buffer.next_mark_in_ms()
            await clock.until(due_ms if mark_in_ms is None else min(due_ms, clock.now_ms() + mark_in_ms))
            for name in self._buffer.reached():
                await self._return_mark(ws, name, why="played")
            if clock.now_ms() < due_ms:
                continue
            number, late_ms = number + 1, self._lateness_ms()
            line.inbound.run_to(origin + number * FRAME_BYTES)
            sound = bytes(line.inbound.past[origin + (number - 1) * FRAME_BYTES : origin + number * FRAME_BYTES])
            for chunk, its_sound in self._spoil.frames(number, sound):
                await self._send_frame(ws, chunk, its_sound)
            await self._play_tricks(ws, number)

    def _lateness_ms(self) -> float:
        jitter_ms = self._wanted.jitter_ms
        return self._carrier.faults.dice.uniform(0, jitter_ms) if jitter_ms else 0.0

    async def _open_stream(self, ws: aiohttp.ClientWebSocketResponse) -> bool:
        log = self._log
        await self._send(ws, stream_wire.connected())
        for chunk in range(1, self._wanted.media_before_start + 1):
            await self._send_frame(ws, chunk, _SILENT_FRAME)
        if self._wanted.no_start:
            return False
        for _ in range(2 if self._wanted.duplicate_start else 1):
            await self._send(ws, self._start_message(log.sid))
        self._sequence = max(self._sequence, 1)
        self._reports.event("stream-started")
        return True

    def _start_message(self, stream_sid: str) -> Message:
        return stream_wire.start(
            account_sid=self._carrier.account_sid,
            stream_sid=stream_sid,
            call_sid=self._call.sid,
            parameters=self._log.parameters,
        )

    async def _send_frame(self, ws: aiohttp.ClientWebSocketResponse, chunk: int, sound: bytes) -> None:
        self._log.frame_timestamps.append(chunk * FRAME_MS)
        self._log.frame_sent_at_ms.append(self._carrier.clock.now_ms())
        self._carrier.stream_bytes_sent += len(sound)
        message = stream_wire.media(
            stream_sid=self._log.sid,
            sequence=self._next_sequence(),
            chunk=chunk,
            timestamp_ms=chunk * FRAME_MS,
            payload=base64.b64encode(sound).decode(),
        )
        await self._write(ws, stream_wire.write(message, style=self._wanted.json))

    async def _play_tricks(self, ws: aiohttp.ClientWebSocketResponse, number: int) -> None:
        for oddity in self._spoil.oddities(number, stream_sid=self._log.sid):
            await self._send_raw(ws, oddity)
        if self._poison and number == self._wanted.poison_at:
            await self._send_poison(ws, number)
        if number == self._wanted.stop_reading_at:
            self._may_read.clear()
            self._carrier.spawn(self._read_again())
        if number == self._wanted.second_socket_at:
            self._carrier.spawn(self._try_second_socket())
        if number == self._wanted.tcp_close_at:
            stream_socket.break_off(ws)

    async def _send_poison(self, ws: aiohttp.ClientWebSocketResponse, number: int) -> None:
        self._log.poison = {"name": self._poison, "at_ms": self._carrier.clock.now_ms(), "after_frame": number}
        moment = poisons.Moment(
            self._carrier.account_sid, self._call.sid, self._log.sid, sequence=self._next_sequence(), frame=number
        )
        for message in poisons.POISONS[self._poison].messages(moment):
            await self._send_raw(ws, message)

    async def _read_again(self) -> None:
        await self._carrier.clock.sleep(self._wanted.stop_reading_ms)
        self._may_read.set()

    async def _receive(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in ws:
            await self._may_read.wait()
            self._carrier.stir()
            if frame.type is aiohttp.WSMsgType.TEXT:
                await self._take(ws, frame.data)
            elif frame.type is aiohttp.WSMsgType.BINARY:
                self._drop("a binary frame")

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, text: str) -> None:
        try:
            message = stream_wire.read(text, stream_sid=self._log.sid)
            if not self._sequence:
                raise InvalidMessage("sent before start")
        except InvalidMessage as invalid:
            self._drop(str(invalid))
            return
        match message:
            case Media(audio):
                self._note("media", bytes=len(audio), pending_ms=self._buffer.pending_ms)
                self._log.media_bytes_received += len(audio)
                if not self._buffer.put(audio):
                    self._reports.warn(
                        stream_reports.BUFFER_FULL, "media dropped: more than 10 minutes of unplayed audio"
                    )
            case Mark(name):
                self._note("mark", name=name, pending_ms=self._buffer.pending_ms)
                self._buffer.mark(name)
                for reached in self._buffer.reached():
                    await self._return_mark(ws, reached, why="played")
            case Clear():
                heard_ms = self._buffer.played_of_filling_ms
                dropped_ms, names = self._buffer.clear()
                self._note("clear", played_of_filling_ms=heard_ms, dropped_ms=dropped_ms, marks=names)
                for name in names:
                    await self._return_mark(ws, name, why="cleared")

    async def _return_mark(self, ws: aiohttp.ClientWebSocketResponse, name: str, *, why: str) -> None:
        returned = {
            "name": name,
            "why": why,
            "at_ms": self._carrier.clock.now_ms(),
            "played_ms": self._buffer.played_ms,
        }
        self._log.marks_returned.append(returned)
        if self._wanted.mark_delay_ms:
            self._carrier.spawn(self._send_mark_late(ws, name))
        else:
            await self._send_mark(ws, name)

    async def _send_mark_late(self, ws: aiohttp.ClientWebSocketResponse, name: str) -> None:
        await self._carrier.clock.sleep(self._wanted.mark_delay_ms)
        await self._send_mark(ws, name)

    async def _send_mark(self, ws: aiohttp.ClientWebSocketResponse, name: str) -> None:
        self._carrier.stir(is_event=not self._buffer.pending_ms)
        mark = stream_wire.mark(stream_sid=self._log.sid, sequence=self._next_sequence(), name=name)
        await self._write(ws, stream_wire.write(mark, style=self._wanted.json))

    async def _send_key(self, ws: aiohttp.ClientWebSocketResponse, digit: str) -> None:
        await self._send(ws, stream_wire.dtmf(stream_sid=self._log.sid, sequence=self._next_sequence(), digit=digit))

    async def _send(self, ws: aiohttp.ClientWebSocketResponse, message: Message) -> None:
        """Write one message; one that meets a closing socket is lost, as on the real wire."""
        await self._send_raw(ws, stream_wire.write(message, style=self._wanted.json))

    async def _send_raw(self, ws: aiohttp.ClientWebSocketResponse, data: str | bytes | Raw) -> None:
        self._carrier.stir()
        await self._write(ws, data)

    @staticmethod
    async def _write(ws: aiohttp.ClientWebSocketResponse, data: str | bytes | Raw) -> None:
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):  # the receiving side sees how it ended
            if isinstance(data, Raw):
                stream_socket.write_raw(ws, data)
            else:
                await (ws.send_bytes(data) if isinstance(data, bytes) else ws.send_str(data))

    async def _take_leave(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        stop = stream_wire.stop(
            account_sid=self._carrier.account_sid,
            stream_sid=self._log.sid,
            call_sid=self._call.sid,
            sequence=self._next_sequence(),
        )
        sending = asyncio.ensure_future(self._send(ws, stop))
        await asyncio.wait({sending}, timeout=0.5)  # a far side that stopped reading is not waited for
        await stream_socket.close(ws)

    def _ended_by_application(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        log = self._log
        log.close_code = ws.close_code
        if ws.close_code in (None, 1006) or ws.exception():
            log.ended_by = "broken"
            self._reports.error(stream_reports.CONNECTION_BROKEN, "the connection broke")
        else:
            log.ended_by = "application"
            self._reports.closed(ws.close_code)

    async def _try_second_socket(self) -> None:
        style = self._wanted.json
        greeting = (
            stream_wire.write(stream_wire.connected(), style=style),
            stream_wire.write(self._start_message(new_sid("MZ")), style=style),
        )
        self._log.second_socket = await stream_socket.try_again(
            self._carrier, url=self._log.url, greeting=greeting, wait_ms=_SECOND_SOCKET_MS
        )

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _note(self, kind: str, **facts: Any) -> None:
        entry = {"type": kind, "at_ms": self._carrier.clock.now_ms(), "played_ms": self._buffer.played_ms, **facts}
        self._log.received.append(entry)

    def _drop(self, reason: str) -> None:
        self._note("dropped", reason=reason)
        self._reports.warn(stream_reports.INVALID_MESSAGE, f"invalid message: {reason}")
