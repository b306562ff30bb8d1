"""Whoever is on a call of ours asks not to be called: it is kept at once, and the call ends.

The key and the words that do it are told in the second sentence of every such call (47 CFR 64.1200(b)(3)).
"""

from datetime import datetime

from calls.control import opting_out
from calls.lifecycle import CallFact, EndedReason
from calls.models import Call, OutgoingCall


def by_key(*, call: Call, key: str, now: datetime) -> bool:
    """They pressed a key. True when it was the one that ends all calls: then the line must be released."""
    if OutgoingCall.of(call) is None or not opting_out.by_key(call=call, key=key, now=now):
        return False
    _stopped(call, how="key", now=now)
    return True


def by_words(*, call: Call, text: str, now: datetime) -> bool:
    """They said something. True when it asks for no more calls: then the line must be released."""
    if OutgoingCall.of(call) is None or not opting_out.by_words(call=call, text=text, now=now):
        return False
    _stopped(call, how="words", now=now)
    return True


def _stopped(call: Call, *, how: str, now: datetime) -> None:
    ours = OutgoingCall.of(call)
    if ours is not None and ours.opted_out_at is None:
        ours.learn(opted_out_at=now)
    call.advance(
        CallFact.HANG_UP_REQUESTED,
        at=now,
        source="carrier",
        key="opted out",
        reason=EndedReason.OPTED_OUT,
        by="caller",
        how=how,
    )
