"""Is it a person or a machine who picked up? Decided by what is to be heard from there, as the carrier does.

A short greeting followed by silence is a person, a long one a machine; who says nothing is unknown. With
`DetectMessageEnd` the answer about a machine waits for its beep, or for silence.
https://www.twilio.com/docs/voice/answering-machine-detection
"""

from dataclasses import dataclass

from sandbox import signals
from sandbox.audio import FRAME_MS
from sandbox.carrier.ear import Ear
from sandbox.carrier.line import BYTES_PER_MS
from sandbox.carrier.state import Call, Carrier, FetchDocument

_CLICK_MS = 60
_BEEP_WINDOW_MS = 1_000
_PAUSE_BEFORE_BEEP_MS = 2_000  # a machine's message is over when it has been silent this long without a beep


@dataclass(frozen=True, slots=True)
class Detection:
    """What a request to dial wants to know, with the carrier's default limits."""

    to_message_end: bool = False
    is_async: bool = False
    callback: FetchDocument | None = None
    timeout_ms: int = 30_000
    speech_ms: int = 2_400
    speech_end_ms: int = 1_200
    silence_ms: int = 5_000


async def detect(carrier: Carrier, *, call: Call, wanted: Detection) -> tuple[str, int]:
    """The `AnsweredBy` of a call that was just answered, and how long it took (ms)."""
    clock, line = carrier.clock, call.line
    began_ms, ear = clock.now_ms(), Ear(line.inbound)
    is_machine = False
    while True:
        await clock.sleep(FRAME_MS)
        line.run()
        ear.listen()
        passed_ms = round(clock.now_ms() - began_ms)
        if is_machine:
            if _beeps(line.inbound.past):
                return "machine_end_beep", passed_ms
            if ear.silent_ms >= _PAUSE_BEFORE_BEEP_MS:
                return "machine_end_silence", passed_ms
            if passed_ms >= wanted.timeout_ms:
                return "machine_end_other", passed_ms
        elif ear.spoken_ms >= wanted.speech_ms:
            if not wanted.to_message_end:
                return "machine_start", passed_ms
            is_machine = True
        elif ear.spoken_ms >= _CLICK_MS and ear.silent_ms >= wanted.speech_end_ms:
            return "human", passed_ms
        elif passed_ms >= wanted.timeout_ms or (ear.spoken_ms < _CLICK_MS and passed_ms >= wanted.silence_ms):
            return "unknown", passed_ms


def _beeps(past: bytearray) -> bool:
    """Was there a beep that is over by now?"""
    window = bytes(past[-_BEEP_WINDOW_MS * BYTES_PER_MS :])
    return any(end < len(window) / BYTES_PER_MS - 2 * FRAME_MS for _, end in signals.find_beeps(window))
