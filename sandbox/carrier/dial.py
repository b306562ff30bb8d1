"""`<Dial><Number>`: a call leaves for someone else's telephone.

Nothing rings anywhere: the ledger notes that a call left, and nobody answers, unless the number was registered as one
that answers; then it says its sentence and hangs up. https://www.twilio.com/docs/voice/twiml/dial
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox import speech
from sandbox.carrier.state import Call, Carrier, new_sid
from sandbox.carrier.twiml import Element, TwimlError
from sandbox.carrier.twiml_schema import E164

_ANSWERS_AFTER_MS = 2_000
_CALLEE_VOICE = "caller"

Hear = Callable[[Carrier, Call, bytes], Awaitable[None]]
Outcome = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """The call that leaves: to whom, as whom, and how long it rings and lasts."""

    sid: str
    to: str
    caller_id: str
    timeout_ms: int
    limit_ms: int


def check(carrier: Carrier, *, call: Call, verb: Element) -> Leg:
    """The leg that a `<Dial>` asks for. Raises `TwimlError` 13224 (no number) or 13214 (a foreign caller id)."""
    to = verb.children[0].text if verb.children else verb.text
    if not E164.fullmatch(to):
        raise TwimlError(13224, f"Dial: {to!r} is not a phone number")
    caller_id = verb.get("callerId", call.from_)
    if caller_id != call.from_ and carrier.number_of(caller_id) is None:
        raise TwimlError(13214, f"Dial: the caller id {caller_id!r} is neither ours nor the caller's")
    return Leg(
        sid=new_sid("CA"),
        to=to,
        caller_id=caller_id,
        timeout_ms=int(verb.get("timeout", "30")) * 1000,
        limit_ms=int(verb.get("timeLimit", "14400")) * 1000,
    )


async def ring(carrier: Carrier, *, call: Call, leg: Leg, hear: Hear) -> Outcome:
    """Let the leg leave; answers the parameters of the `action` request when it has ended."""
    carrier.ledger.add(
        "dial",
        call_sid=call.sid,
        leg_sid=leg.sid,
        to=leg.to,
        caller_id=leg.caller_id,
        timeout_ms=leg.timeout_ms,
    )
    sentence = carrier.answering.get(leg.to)
    if sentence is None or leg.timeout_ms <= _ANSWERS_AFTER_MS:
        await carrier.clock.sleep(leg.timeout_ms)
        return (("DialCallStatus", "no-answer"), ("DialCallSid", leg.sid), ("DialBridged", "false"))
    await carrier.clock.sleep(_ANSWERS_AFTER_MS)
    answered_at_ms = carrier.clock.now_ms()
    try:
        await carrier.clock.within(leg.limit_ms, hear(carrier, call, speech.say(sentence, voice=_CALLEE_VOICE).audio))
    except TimeoutError:
        await asyncio.sleep(0)  # the time limit cut the sentence off
    seconds = round((carrier.clock.now_ms() - answered_at_ms) / 1000)
    return (
        ("DialCallStatus", "completed"),
        ("DialCallSid", leg.sid),
        ("DialCallDuration", str(seconds)),
        ("DialBridged", "true"),
    )
