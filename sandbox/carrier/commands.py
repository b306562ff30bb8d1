"""What either side may do to a live call: hang up, redirect, limit its time, press keys."""

from sandbox import audio
from sandbox.carrier.state import Call, CallStatus, Carrier, HangUp, Replace, Source

KEYS = frozenset("0123456789*#ABCD")
_KEY_MS = 100


def hang_up(call: Call, *, by: str, status: CallStatus = CallStatus.NO_ANSWER) -> None:
    """End a live call; `status` is what it ends as if it was never answered."""
    call.commands.put_nowait(HangUp(status, by=by))


def redirect(call: Call, *, source: Source) -> None:
    """Drop what the call is doing and run this document."""
    call.commands.put_nowait(Replace(source))


def limit(carrier: Carrier, *, call: Call, seconds: int) -> None:
    """Hang up when the call has lasted this long after its answer."""
    carrier.spawn(_hang_up_after(carrier, call, seconds))


async def _hang_up_after(carrier: Carrier, call: Call, seconds: int) -> None:
    since_ms = call.line.answered_at_ms if call.line.answered_at_ms is not None else carrier.clock.now_ms()
    await carrier.clock.until(since_ms + seconds * 1000)
    if call.is_live:
        hang_up(call, by="carrier")


async def press(carrier: Carrier, *, call: Call, keys: str) -> None:
    """Press keys one after the other, 100 ms each with 100 ms between; each is reported after its press.

    The tones are on the line, and in whatever records it. Only a stream that is told of keys does not hear them, unless
    the fault `stream.audible_keys` says so. Raises `ValueError` for something that is not on a keypad.
    """
    if not keys or not set(keys) <= KEYS:
        raise ValueError(f"{keys!r} is not made of the keys 0-9 * # A-D")
    for key in keys:
        is_streamed = bool(call.streams) and call.streams[-1].state in ("connecting", "open")
        if carrier.faults.stream.audible_keys or not is_streamed:
            call.line.say(audio.dtmf_tone(key))
        await carrier.clock.sleep(_KEY_MS)
        for listen in list(call.key_listeners):
            listen(key)
        await carrier.clock.sleep(_KEY_MS)
