"""Ringing at the far end of a leg that we place, whether REST ordered it or a `<Dial>`."""

from sandbox.carrier import progress, telephones
from sandbox.carrier.state import Call, CallStatus, Carrier, HangUp
from sandbox.carrier.telephones import Telephone

SET_UP_MS = 200  # from the first signal to the ringing


async def ring(carrier: Carrier, *, call: Call, telephone: Telephone, timeout_ms: int) -> HangUp | None:
    """Ring until somebody answers; says how the leg ends when nobody does."""
    progress.report(carrier, call, "initiated")
    await carrier.clock.sleep(SET_UP_MS)
    if telephone.rings:
        call.status = CallStatus.RINGING
        progress.report(carrier, call, "ringing")
        carrier.announce()
    try:
        reply = await carrier.clock.within(timeout_ms, telephone.ring())
    except TimeoutError:
        reply = telephones.UNANSWERED
    call.sip_code = reply.sip_code
    return None if reply == telephones.ANSWERED else HangUp(reply.status, by="callee")


def pick_up(carrier: Carrier, *, call: Call, telephone: Telephone) -> None:
    """Somebody did: the line is open, and they talk."""
    progress.answer(carrier, call)
    progress.report(carrier, call, "answered")
    carrier.spawn(telephone.talk())
