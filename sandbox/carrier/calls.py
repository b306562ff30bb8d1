"""The life of a call: placed by a caller, run by its TwiML, ended by either side, reported at the end."""

from sandbox.carrier import books, geography, progress, whatsapp, whatsapp_calls
from sandbox.carrier.commands import KEYS, hang_up, limit, press, redirect
from sandbox.carrier.line import Line
from sandbox.carrier.state import (
    Call,
    CallStatus,
    Carrier,
    FetchDocument,
    HangUp,
    InlineDocument,
    Number,
    Source,
    new_sid,
)
from sandbox.carrier.twiml_runner import Runner

__all__ = ["KEYS", "UnableToCall", "forget", "hang_up", "limit", "place", "place_orphan", "press", "redirect"]

_NOTHING = InlineDocument('<Response><Pause length="86400"/></Response>')


class UnableToCall(Exception):
    """The number cannot be called: it is not ours, or nobody said what should happen to its calls."""


def place(carrier: Carrier, *, to: str, from_: str, caller: str = "manual", voice: str = "caller") -> Call:
    """Someone dials one of our numbers; the call rings from now on. Raises `UnableToCall`."""
    if whatsapp.channel(to) == "whatsapp":
        return _by_whatsapp(carrier, to=to, from_=from_, caller=caller, voice=voice)
    number = _number(carrier, to)
    if number.other.get("TrunkSid"):
        raise UnableToCall(f"{to} is on a trunk: its calls go to SIP servers, see /_sandbox/trunk-calls")
    if not number.voice_url:
        raise UnableToCall(f"{to} is not configured yet: it has no VoiceUrl")
    call = _new(carrier, number, from_, caller=caller, voice=voice)
    carrier.spawn(_live(carrier, call, FetchDocument(number.voice_url, number.voice_method)))
    carrier.announce()
    return call


def place_with(
    carrier: Carrier,
    number: Number,
    *,
    from_: str,
    document: Source,
    more: tuple[tuple[str, str], ...] = (),
) -> Call:
    """A call that begins with a document of its own, and not with its number's; `more` goes with every request."""
    call = _new(carrier, number, from_, caller="manual")
    call.params += more
    carrier.spawn(_live(carrier, call, document))
    carrier.announce()
    return call


def _by_whatsapp(carrier: Carrier, *, to: str, from_: str, caller: str, voice: str) -> Call:
    try:
        call, source = whatsapp_calls.begin(carrier, to=to, from_=from_, caller=caller, voice=voice)
    except whatsapp_calls.UnableToCallSender as unable:
        raise UnableToCall(str(unable)) from unable
    carrier.spawn(_live(carrier, call, source))
    carrier.announce()
    return call


def place_orphan(carrier: Carrier, *, to: str, from_: str, is_answered: bool = True, age_ms: float = 0) -> Call:
    """A call that exists at the carrier and that no webhook announced; it began `age_ms` ago.

    It stays as it is until it is hung up or given new instructions over REST. Raises `UnableToCall`.
    """
    call = _new(carrier, _number(carrier, to), from_, caller="orphan")
    call.created_at_ms -= age_ms
    if is_answered:
        progress.answer(carrier, call)
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
    books.enter(carrier, call)
    return call


def _address(url: str, method: str) -> FetchDocument | None:
    return FetchDocument(url, method) if url else None


async def _live(carrier: Carrier, call: Call, source: Source) -> None:
    hang_up = HangUp(CallStatus.FAILED, by="carrier")
    try:
        hang_up = await Runner(carrier, call).run(source)
    finally:
        progress.end(carrier, call, hang_up)
