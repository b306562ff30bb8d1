"""The end of a page's line: nobody at a carrier says that a page is gone, so whoever holds its line does.

With it ends the test call, unless the page has been put through: then its line is one of the carrier's.

A process that dies says nothing. Its test calls are found in the books and closed; nobody goes on with them, because a
person who tests simply calls again.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from calls.lifecycle import CallFact, EndedReason, LegRole, LegStatus, Phase
from calls.models import BridgeWorker, Call, Leg, Stream
from compliance.redaction import PAGE

# A bridge whose row is gone this long after it took a page in does not come back.
_QUIET = timedelta(seconds=10)
# Why a line ends whose page has been put through.
MOVED = "put_through"
# Longer than a test call may last.
_LONGEST = timedelta(minutes=15)


def is_to_end(call_id: int) -> bool:
    """True once somebody has asked for the end of this line, and why is in the books: of the call, or because the page
    is on another one; or the call is over.
    """
    asked = Q(events__kind=CallFact.HANG_UP_ACCEPTED) | Q(legs__role=LegRole.LEFT)
    return Call.objects.filter(asked | Q(phase=Phase.CLOSED), pk=call_id).exists()


def why_ended(call_id: int) -> str:
    """What the books say so far about why this line ends; empty when they say nothing."""
    call = Call.objects.filter(pk=call_id).first()
    if call is None:
        return ""
    if call.is_live and not call.is_on_page():
        return MOVED
    return "" if call.ended_reason == EndedReason.UNKNOWN else call.ended_reason


def line_closed(*, call: Call, now: datetime, is_ours: bool = False) -> None:
    """The page's line is gone: the call is over, unless it goes on elsewhere.

    `is_ours`: because the process that held it stopped.
    """
    leg = call.legs.filter(direction=PAGE).first()
    if leg is None:
        return
    if is_ours and leg.role == LegRole.CUSTOMER:
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
    tests = Call.objects.exclude(phase=Phase.CLOSED).filter(
        Exists(Leg.objects.filter(call=OuterRef("pk"), direction=PAGE, role=LegRole.CUSTOMER))
    )
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
