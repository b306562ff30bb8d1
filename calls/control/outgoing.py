"""Calls that we place: how they begin, and how one ends that never rang."""

from datetime import datetime

from agents.models import Assistant
from calls.lifecycle import CallFact, EndedReason
from calls.models import Call, Number


def begin(*, number: Number, assistant: Assistant | None, to: str, by: str, now: datetime) -> Call:
    """The call that is about to be placed, from a number of ours to a telephone number."""
    return Call.placed(
        by=by,
        now=now,
        number=number,
        assistant=assistant,
        prompt_version=None if assistant is None else assistant.published_version(),
        customer_address=to,
        customer_e164=to,
        our_address=number.e164,
    )


def came_to_nothing(*, call: Call, why: str, now: datetime) -> None:
    """The carrier did not take it, or nothing of it was found there: the call is over before it began."""
    call.advance(
        CallFact.LEG_ENDED, at=now, source="system", key="never_rang", reason=EndedReason.UNKNOWN, why=why[:200]
    )
