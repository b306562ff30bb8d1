"""Calls by WhatsApp: a user calls a sender, and who must never be bridged with whom.

https://www.twilio.com/docs/voice/whatsapp-business-calling: a WhatsApp leg cannot be bridged to a PSTN number.
"""

from collections.abc import Coroutine, Iterable
from typing import Any

from sandbox.carrier import books
from sandbox.carrier.line import Line
from sandbox.carrier.room import Room
from sandbox.carrier.state import Call, Carrier, FetchDocument, new_sid
from sandbox.carrier.whatsapp import channel

# The code of the policy is not documented; a `<Dial>` that cannot be carried out has this one.
NOT_WITH_TELEPHONES = 13227


class UnableToCallSender(Exception):
    """The user's call fails at once."""


def begin(carrier: Carrier, *, to: str, from_: str, caller: str, voice: str) -> tuple[Call, FetchDocument]:
    """A user of WhatsApp calls a sender: the call, and where it is announced. Raises `UnableToCallSender`."""
    sender = carrier.whatsapp.sender_of(to)
    if sender is None:
        raise UnableToCallSender(f"{to} is not a WhatsApp sender of this account")
    application = carrier.whatsapp.applications.get(sender.application_sid)
    if application is None or not application.settings.get("VoiceUrl"):
        carrier.ledger.add("error", code=37009, message=f"{to}: no voice application is set on the sender")
        raise UnableToCallSender(f"{to} has no voice application (37009)")
    settings = application.settings
    call = Call(
        sid=new_sid("CA"),
        number=None,
        to=to,
        from_=from_,
        line=Line(carrier.clock),
        created_at_ms=carrier.clock.now_ms(),
        caller=caller,
        voice=voice,
        params=(("ApplicationSid", application.sid),),
        fallback=_address(settings, "VoiceFallbackUrl", "VoiceFallbackMethod"),
        status_callback=_address(settings, "StatusCallback", "StatusCallbackMethod"),
    )
    books.enter(carrier, call)
    return call, FetchDocument(settings["VoiceUrl"], settings.get("VoiceMethod") or "POST")


def _address(settings: dict[str, str], url: str, method: str) -> FetchDocument | None:
    return FetchDocument(settings[url], settings.get(method) or "POST") if settings.get(url) else None


def party(call: Call) -> str:
    """Who is at the far end of a leg."""
    return call.to if call.is_outgoing else call.from_


def may_meet(one: str, other: str) -> bool:
    """False when one is on WhatsApp and the other on the telephone network."""
    return {channel(one), channel(other)} != {"whatsapp", "phone"}


def bars(address: str, calls: Iterable[Call]) -> bool:
    """True when somebody at this address must not be brought together with one of these."""
    return any(not may_meet(address, party(call)) for call in calls)


def people_of(room: Room | None) -> list[Call]:
    """Who is in a room, or on the way into it."""
    if room is None:
        return []
    return [*(member.call for member in room.members.values()), *(call for call, _ in room.dialled.values())]


async def counted(carrier: Carrier, call: Call, work: Coroutine[Any, Any, None]) -> None:
    """Run a leg that we placed, and count what became of it."""
    try:
        await work
    finally:
        if channel(call.to) == "whatsapp":
            pair = (call.from_.removeprefix("whatsapp:"), call.to.removeprefix("whatsapp:"))
            carrier.whatsapp.call_ended(pair, was_answered=call.answered.is_set())
