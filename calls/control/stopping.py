"""Whoever is on a call of ours asks not to be called, while no conversation listens for it: kept, and the call ends.

The key and the words that do it are told in the second sentence of every such call (47 CFR 64.1200(b)(3)).
"""

from datetime import datetime

from calls.control import opting_out
from calls.lifecycle import CallFact, EndedReason
from calls.models import Call, OutgoingCall


def asked(*, call: Call, keys: str = "", speech: str = "", now: datetime) -> bool:
    """They have pressed a key, or said something. True when it asks for no more calls: then the line is to be released.

    Must not be called inside a transaction.
    """
    ours = OutgoingCall.of(call)
    if ours is None or opting_out.instead_of_an_answer(call=call, keys=keys, speech=speech, now=now) is None:
        return False
    if ours.opted_out_at is None:
        ours.learn(opted_out_at=now)
    call.advance(
        CallFact.HANG_UP_REQUESTED, at=now, source="carrier", key="stopped", reason=EndedReason.OPTED_OUT, by="caller"
    )
    return True
