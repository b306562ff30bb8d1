"""The bridge's own recording of its streams, where the settings want one: BRIDGE_RECORDING.

It stands between the carrier's socket and the bridge and notes what passes, as text; everything else is done by one
thread of the process. Nothing is written before it is a few seconds old and the books were asked: what lies in a pause,
or after a stop, becomes silence, and a call whose recording was refused or never wanted leaves nothing.

Files lie in TAPES_DIR, one for each stream, and are looked after by the worker (see `calls.control.bridge_tapes`).
"""

import base64
import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import IO, Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections

from calls import metrics
from calls.carrier import media_stream
from calls.consumers.carrier_line import Line
from calls.consumers.lane import Lane
from calls.control import bridge_tapes
from calls.voice import messages as m
from calls.voice.both_sides import BothSides

# How old sound is when it is written: a pause or a refusal is in the books by then.
HOLD_MS = 3_000
_EVERY_S = 1.0
# Without word from the books for so long, or with so much not looked at, a tape is given up.
_LONGEST_WAIT_MS = 120_000
_MOST_TEXTS = 20_000

log = structlog.get_logger(__name__)


class Tape:
    """The recording of one stream. `heard` and `sent` are called from the event loop and only take note."""

    def __init__(self, *, call_id: int, stream_id: int, stream_sid: str, offset_ms: int) -> None:
        self.call_id, self._stream_sid, self._offset_ms = call_id, stream_sid, offset_ms
        self._path = bridge_tapes.path_of(call_id=call_id, stream_id=stream_id, offset_ms=offset_ms)
        self._passed: deque[tuple[bool, str]] = deque()
        self._sides = BothSides()
        self._file: IO[bytes] | None = None
        self.is_closed = self.is_over = False

    # --- in the event loop ---

    def heard(self, text: str) -> None:
        """The carrier has sent this."""
        self._passed.append((True, text))

    def sent(self, text: str) -> None:
        """We have sent this to the carrier."""
        self._passed.append((False, text))

    def close(self) -> None:
        """The stream is over."""
        self.is_closed = True

    # --- in the thread ---

    def listen(self) -> None:
        """Take in what was noted. Raises ValueError when there is more than anybody could have said."""
        if len(self._passed) > _MOST_TEXTS:
            raise ValueError("too much at once")
        for _ in range(len(self._passed)):
            is_theirs, text = self._passed.popleft()
            if is_theirs:
                self._hear(text)
            else:
                self._send(text)

    def _hear(self, text: str) -> None:
        frame = media_stream.frame(text, self._stream_sid)
        if frame is not None:
            self._sides.caller(base64.b64decode(frame[0]), frame[1])
            return
        try:
            decoded = media_stream.decode(text, stream_sid=self._stream_sid)
        except media_stream.Malformed:
            return
        if isinstance(decoded, m.CallerAudio):
            self._sides.caller(base64.b64decode(decoded.payload), decoded.at_ms)

    def _send(self, text: str) -> None:
        message = json.loads(text)  # our own
        if message["event"] == "media":
            self._sides.sent(base64.b64decode(message["media"]["payload"]))
        elif message["event"] == "clear":
            self._sides.cleared()

    def write(self, wish: "bridge_tapes.Wish | None") -> None:
        """Write what is old enough, as the books want it (None: they were away). Raises OSError, ValueError."""
        is_last = self.is_closed  # what was noted before the end is taken in below
        self.listen()
        if wish is None:
            if self._sides.waiting_ms > _LONGEST_WAIT_MS:
                raise ValueError("the books are away")
            return
        if not wish.is_wanted:
            self.drop()
            return
        until_ms = self._sides.now_ms - (0 if is_last else HOLD_MS)
        spans = [(start - self._offset_ms, end - self._offset_ms) for start, end in wish.silent]
        self._append(self._sides.take(until_ms, silent=spans))
        if is_last:
            self._finish()

    def _append(self, sound: bytes) -> None:
        if not sound:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("wb")
        self._file.write(sound)
        self._file.flush()

    def _finish(self) -> None:
        self.is_over = True
        if self._file is not None:
            self._file.close()
            bridge_tapes.finish(self._path)

    def drop(self) -> None:
        """Leave nothing."""
        self.is_over = True
        self._passed.clear()
        if self._file is not None:
            self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


class _TapedLane:
    """A lane whose texts are noted as they pass."""

    def __init__(self, lane: Lane, tape: Tape) -> None:
        self._lane, self._tape = lane, tape

    def listen(self, take: Callable[[str], object]) -> None:
        def heard(text: str) -> object:
            self._tape.heard(text)
            return take(text)

        self._lane.listen(heard)

    def send_texts(self, texts: Iterable[str]) -> bool:
        all_texts = list(texts)
        for text in all_texts:
            self._tape.sent(text)
        return self._lane.send_texts(all_texts)

    async def drained(self) -> None:
        await self._lane.drained()


def taped(line: Line, tape: Tape) -> Line:
    """The same line, with everything noted that passes over it."""
    receive, send = line.receive, line.send

    async def receive_and_note() -> dict[str, Any]:
        message = await receive()
        if text := message.get("text"):
            tape.heard(text)
        return message

    async def note_and_send(message: dict[str, Any]) -> None:
        if text := message.get("text"):
            tape.sent(text)
        await send(message)

    lane = None if line.lane is None else _TapedLane(line.lane, tape)
    return replace(line, receive=receive_and_note, send=note_and_send, lane=lane)


class Recorder:
    """The thread of this process that writes tapes; it begins with the first and lives as long as there is one."""

    def __init__(self) -> None:
        self._tapes: list[Tape] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pause = threading.Event()

    def begin(self, *, call_id: int, stream_id: int, stream_sid: str, offset_ms: int) -> Tape:
        """A tape for a stream that begins."""
        tape = Tape(call_id=call_id, stream_id=stream_id, stream_sid=stream_sid, offset_ms=offset_ms)
        with self._lock:
            self._tapes.append(tape)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tapes", daemon=True)
                self._thread.start()
        return tape

    def _run(self) -> None:
        while True:
            self._pause.wait(_EVERY_S)
            self.look_after(self._tapes)
            close_old_connections()
            with self._lock:
                self._tapes = [tape for tape in self._tapes if not tape.is_over]
                if not self._tapes:
                    self._thread = None
                    return

    def look_after(self, tapes: Iterable[Tape]) -> None:
        """Write what is due of these; one that fails ends alone."""
        tapes = list(tapes)
        try:
            wishes = bridge_tapes.wishes({tape.call_id for tape in tapes})
        except (DatabaseError, InterfaceError) as error:
            log.warning("tapes wait for the database", error=type(error).__name__)
            wishes = None
        for tape in tapes:
            try:
                tape.write(None if wishes is None else wishes.get(tape.call_id, bridge_tapes.UNWANTED))
            except (OSError, ValueError, KeyError) as error:
                metrics.TAPES_GIVEN_UP.inc()
                log.error("tape given up", call=tape.call_id, error=str(error) or type(error).__name__)
                tape.drop()


recorder = Recorder()


def is_on() -> bool:
    """Whether this installation wants the bridge to record."""
    return settings.BRIDGE_RECORDING != "off"
