"""The life of a call: placed by a caller, run by its TwiML, ended by either side, reported at the end."""

from sandbox import audio
from sandbox.carrier import geography, progress, recordings, verbs
from sandbox.carrier.line import Line
from sandbox.carrier.state import (
    Call,
    CallStatus,
    Carrier,
    FetchDocument,
    HangUp,
    InlineDocument,
    Number,
    Replace,
    Source,
    new_sid,
)
from sandbox.carrier.twiml_runner import Runner

KEYS = frozenset("0123456789*#ABCD")
_KEY_MS = 100
_NOTHING = InlineDocument('<Response><Pause length="86400"/></Response>')
_ENDED_KEPT = 200
_ENDED_KEPT_WITH_SOUND = 100


class UnableToCall(Exception):
    """The number cannot be called: it is not ours, or nobody said what should happen to its calls."""


def place(carrier: Carrier, *, to: str, from_: str, caller: str = "manual", voice: str = "caller") -> Call:
    """Someone dials one of our numbers; the call rings from now on. Raises `UnableToCall`."""
    number = _number(carrier, to)
    if not number.voice_url:
        raise UnableToCall(f"{to} is not configured yet: it has no VoiceUrl")
    call = _new(carrier, number, from_, caller=caller, voice=voice)
    carrier.spawn(_live(carrier, call, FetchDocument(number.voice_url, number.voice_method)))
    carrier.announce()
    return call


def place_orphan(carrier: Carrier, *, to: str, from_: str, is_answered: bool = True, age_ms: float = 0) -> Call:
    """A call that exists at the carrier and that no webhook announced; it began `age_ms` ago.

    It stays as it is until it is hung up or given new instructions over REST. Raises `UnableToCall`.
    """
    call = _new(carrier, _number(carrier, to), from_, caller="orphan")
    call.created_at_ms -= age_ms
    if is_answered:
        verbs.answer(carrier, call)
        call.line.answered_at_ms = call.created_at_ms
    carrier.spawn(_live(carrier, call, _NOTHING))
    carrier.announce()
    return call


def forget(call: Call) -> None:
    """The carrier knows nothing of this call any more. A live one ends without a word: its connections are cut."""
    call.is_forgotten = True
    if call.is_live:
        hang_up(call, by="carrier")


def _number(carrier: Carrier, to: str) -> Number:
    number = carrier.number_of(to)
    if number is None:
        raise UnableToCall(f"{to} is not a number of this account")
    return number


def _new(carrier: Carrier, number: Number, from_: str, *, caller: str, voice: str = "caller") -> Call:
    to = number.e164
    params = geography.params(from_=from_, to=to)
    if from_.startswith("+1"):
        params += (("StirVerstat", "TN-Validation-Passed-A"),)
    token = new_sid("token")
    call = Call(
        sid=new_sid("CA"),
        number=number,
        to=to,
        from_=from_,
        line=Line(carrier.clock),
        created_at_ms=carrier.clock.now_ms(),
        caller=caller,
        voice=voice,
        token=token,
        params=(*params, ("CallToken", token)),
        fallback=_address(number.voice_fallback_url, number.voice_fallback_method),
        status_callback=_address(number.status_callback, number.status_callback_method),
    )
    enter(carrier, call)
    return call


def enter(carrier: Carrier, call: Call) -> None:
    """A new call is on the books; the oldest ones leave them."""
    carrier.calls[call.sid] = call
    _forget_old(carrier)


def _forget_old(carrier: Carrier) -> None:
    """Days of traffic must not fill memory and disk: old calls lose their sound, older ones everything."""
    ended = [each for each in carrier.calls.values() if not each.is_live]
    for old in ended[:-_ENDED_KEPT_WITH_SOUND]:
        old.line.forget()
    for older in ended[:-_ENDED_KEPT]:
        recordings.forget(carrier, call=older)
        del carrier.calls[older.sid]


def _address(url: str, method: str) -> FetchDocument | None:
    return FetchDocument(url, method) if url else None


async def _live(carrier: Carrier, call: Call, source: Source) -> None:
    hang_up = HangUp(CallStatus.FAILED, by="carrier")
    try:
        hang_up = await Runner(carrier, call).run(source)
    finally:
        progress.end(carrier, call, hang_up)


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
