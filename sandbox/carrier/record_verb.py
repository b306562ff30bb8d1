"""`<Record>`: the caller leaves a message, one channel, after a beep.

It is over after some silence, at a key, at its longest, or when the caller hangs up. A message in which nobody spoke is
none: the flow goes on with the next verb. It runs beside whatever else records the call.
https://www.twilio.com/docs/voice/twiml/record
"""

import asyncio
from collections.abc import Awaitable, Callable

from sandbox import signals
from sandbox.audio import FRAME_MS
from sandbox.carrier import farewells, recordings
from sandbox.carrier.documents import Document
from sandbox.carrier.ear import Ear
from sandbox.carrier.keypad import Keypad
from sandbox.carrier.state import Call, Carrier, FetchDocument, Recording
from sandbox.carrier.twiml import Element

_SPOKE_MS = 200
_ANY_KEY = "1234567890*#"
_HANG_UP = "hangup"

Hear = Callable[[Carrier, Call, bytes], Awaitable[None]]


async def run(carrier: Carrier, *, call: Call, verb: Element, document: Document, hear: Hear) -> FetchDocument | None:
    """Take a message; None when it is empty."""
    message = _Message(carrier, call, verb, document)
    if verb.get("playBeep", "true") == "true":
        await hear(carrier, call, signals.beep())
    message.begin()
    try:
        with Keypad(call) as keypad:
            await message.take(keypad)
    except asyncio.CancelledError:
        message.end()
        if told := message.report(key=_HANG_UP):
            farewells.send(carrier, call=call, source=told)
        raise
    message.end()
    return message.report(key=message.key)


class _Message:
    """One message from the beep to its end."""

    def __init__(self, carrier: Carrier, call: Call, verb: Element, document: Document) -> None:
        self._carrier, self._call, self._verb = carrier, call, verb
        self._action = document.resolve(verb.get("action") or document.url)
        self.key = ""  # the one that ended it
        self._recording = self._new_recording(document)
        self._ear = Ear(call.line.inbound)

    def _new_recording(self, document: Document) -> Recording:
        verb = self._verb
        recording = recordings.new(self._carrier, call=self._call, source=recordings.RECORD_VERB)
        recording.track, recording.channels = "inbound", 1
        recording.trim = verb.get("trim", "trim-silence") == "trim-silence"
        recording.callback_method = verb.get("recordingStatusCallbackMethod", "POST")
        recording.callback_events = frozenset(verb.get("recordingStatusCallbackEvent", "completed").split())
        if verb.get("recordingStatusCallback"):
            recording.callback_url = document.resolve(verb.get("recordingStatusCallback"))
        return recording

    def begin(self) -> None:
        """From now on it is recorded."""
        self._recording.started_at_ms = self._carrier.clock.now_ms()
        recordings.begin(self._carrier, call=self._call, recording=self._recording)
        self._ear = Ear(self._call.line.inbound, since=self._call.line.run())

    async def take(self, keypad: Keypad) -> None:
        """Wait for the end of the message."""
        clock, line, ear = self._carrier.clock, self._call.line, self._ear
        ends_at_ms = clock.now_ms() + int(self._verb.get("maxLength", "3600")) * 1000
        finish = self._verb.get("finishOnKey", _ANY_KEY)
        while clock.now_ms() < ends_at_ms:
            await clock.until(min(clock.now_ms() + FRAME_MS, ends_at_ms))
            line.run()
            ear.listen()
            self.key = next((key for key in keypad.take() if key in finish), "")
            if self.key or ear.silent_ms >= int(self._verb.get("timeout", "5")) * 1000:
                return

    def end(self) -> None:
        """The recording is over; one in which nobody spoke becomes an absent one."""
        self._call.line.run()
        self._ear.listen()
        recordings.stop(self._carrier, call=self._call, recording=self._recording, is_empty=not self._is_spoken)

    @property
    def _is_spoken(self) -> bool:
        return self._ear.spoken_ms >= _SPOKE_MS

    def report(self, *, key: str) -> FetchDocument | None:
        """The request that tells the application of the message; None when there is none."""
        if not self._is_spoken:
            return None
        recording = self._recording
        params = (
            ("RecordingUrl", recordings.url_of(self._carrier, recording)),
            ("RecordingSid", recording.sid),
            ("RecordingDuration", str(round(recording.duration_ms / 1000))),
            *((("Digits", key),) if key else ()),
        )
        return FetchDocument(self._action, self._verb.get("method", "POST"), params)
