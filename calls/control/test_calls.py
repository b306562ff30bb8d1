"""The end of test calls: nobody at a carrier says that a page is gone, so whoever holds its line does.

A process that dies says nothing. Its test calls are found in the books and closed; nobody goes on with them, because a
person who tests simply calls again.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from calls.lifecycle import CallFact, EndedReason, LegStatus, Phase
from calls.models import BridgeWorker, Call, Stream

# A bridge whose row is gone this long after it took a page in does not come back.
_QUIET = timedelta(seconds=10)
# Longer than a test call may last.
_LONGEST = timedelta(minutes=15)


def is_to_end(call_id: int) -> bool:
    """True once somebody has asked for the end of this call, and why is in the books; or it is over."""
    asked = Q(events__kind=CallFact.HANG_UP_ACCEPTED)
    return Call.objects.filter(asked | Q(phase=Phase.CLOSED), pk=call_id).exists()


def why_ended(call_id: int) -> str:
    """What the books say so far about why this call ends; empty when they say nothing."""
    reason = Call.objects.filter(pk=call_id).values_list("ended_reason", flat=True).first()
    return "" if reason in (None, EndedReason.UNKNOWN) else str(reason)


def line_closed(*, call: Call, now: datetime, is_ours: bool = False) -> None:
    """The page's line is gone: the call is over. `is_ours`: because the process that held it stopped."""
    leg = call.customer_leg()
    if leg is None:
        return
    if is_ours:
        why = "its process stopped"
        call.advance(
            CallFact.STREAM_CLOSED, at=now, source="system", key=why, reason=EndedReason.BRIDGE_FAILED, why=why
        )
    was_opened = call.streams.filter(opened_at__isnull=False).exists()
    leg.report(LegStatus.COMPLETED if was_opened else LegStatus.CANCELED, at=now, source="system")


def close_lost(*, now: datetime) -> int:
    """Close test calls that nobody holds: never opened, or held by a process that is gone. How many there were."""
    of_call = Stream.objects.filter(call=OuterRef("pk"))
    there = BridgeWorker.objects.filter(name=OuterRef("bridge"), started_at__lte=OuterRef("opened_at"))
    held = of_call.filter(opened_at__isnull=False, closed_at=None)
    may_open = of_call.filter(opened_at=None, closed_at=None, expires_at__gt=now)
    is_gone = held.exclude(bridge="").filter(~Exists(there), opened_at__lt=now - _QUIET)
    tests = Call.objects.filter(channel=Call.Channel.BROWSER).exclude(phase=Phase.CLOSED)
    lost = tests.filter(
        (~Exists(held) & ~Exists(may_open)) | Exists(is_gone) | Q(started_at__lt=now - _LONGEST),
        started_at__lt=now - _QUIET,
    )
    found = list(lost)
    for call in found:
        is_held = call.streams.filter(opened_at__isnull=False, closed_at=None).exists()
        Stream.close_all(call=call, reason="its process is gone", now=now)
        line_closed(call=call, now=now, is_ours=is_held)
    return len(found)
