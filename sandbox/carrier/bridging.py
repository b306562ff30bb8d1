"""Two lines that hear each other."""

from sandbox import audio
from sandbox.audio import FRAME_BYTES, FRAME_MS
from sandbox.carrier.line import Line
from sandbox.clock import Clock

_JITTER_MS = 40


async def join(clock: Clock, one: Line, other: Line) -> None:
    """Let two lines hear each other, until cancelled or one of them is hung up."""
    heard = {id(line): line.run() for line in (one, other)}
    due_ms = clock.now_ms()
    try:
        while one.is_open and other.is_open:
            due_ms += FRAME_MS
            await clock.until(due_ms)
            for speaker, listener in ((one, other), (other, one)):
                end = heard[id(speaker)] = heard[id(speaker)] + FRAME_BYTES
                speaker.inbound.run_to(end)
                listener.run()
                if not listener.outbound.pending:
                    listener.outbound.put(audio.silence(_JITTER_MS))
                listener.outbound.put(bytes(speaker.inbound.past[end - FRAME_BYTES : end]))
    finally:
        for line in (one, other):
            line.run()
            line.outbound.clear()
