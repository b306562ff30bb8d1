"""What Health watches: what the carrier told us of, what our own processes saw, and how streams and legs ended.

Everything is read when somebody looks, over all processes: the database and Redis know what each of them has met.
"""

from datetime import datetime, timedelta

from django.db.models import Count

from calls import sightings
from calls.control import budgets
from calls.costs import budget
from calls.golive.alarms import Alarm, BudgetSeen, Watched, judge
from calls.lifecycle import EndedReason
from calls.models import Budget, CallEvent, CarrierReport, Leg, Stream
from calls.sightings import Seen, Sight

WINDOW = timedelta(minutes=sightings.WINDOW_MIN)
# Calls are found by when they began, which has an index; none is longer than this.
_LONGEST_CALL = timedelta(hours=4)
_BROKEN = (EndedReason.STREAM_LOST.value, EndedReason.STREAM_MALFORMED.value, EndedReason.BRIDGE_FAILED.value)
# How a colleague's telephone answers is no fault of anything: busy, not there, declined.
_NO_FAULT = ("486", "480", "487", "600", "603")


def look(*, now: datetime) -> list[Alarm]:
    """Every alarm of the last minutes."""
    return judge(_watched(now=now))


def _watched(*, now: datetime) -> Watched:
    since = now - WINDOW
    seen = sightings.seen() or {}
    return Watched(
        codes={code: count for code, count, _ in CarrierReport.codes_since(since)},
        sip_codes=_sip_codes(since),
        streams_broken=_broken(Stream.Door.STREAM, since),
        relays_broken=_broken(Stream.Door.RELAY, since),
        streams_forged=_count(seen, Sight.STREAM_SIGNATURE),
        streams_refused=_count(seen, Sight.STREAM_REFUSED),
        carrier_forged=_count(seen, Sight.CARRIER_SIGNATURE),
        model_forged=_count(seen, Sight.MODEL_SIGNATURE),
        accepts_refused=_count(seen, Sight.ACCEPT_REFUSED),
        budgets=tuple(_budget(one, now=now) for one in Budget.objects.filter(is_active=True)),
    )


def _budget(one: Budget, *, now: datetime) -> BudgetSeen:
    said = f"{budgets.dollars(one.spent)} USD are spent this {one.period}."
    is_counted = one.stop_at is None or budget.is_believed(one.judged_at, now)
    return BudgetSeen(one.name, one.level, said, is_counted)


def _count(seen: dict[Sight, Seen], sight: Sight) -> int:
    return seen[sight].count if sight in seen else 0


def _broken(door: Stream.Door, since: datetime) -> int:
    """Lines that broke, as we saw it and as the carrier told it: those are the same ones, mostly."""
    began = since - _LONGEST_CALL
    closed = Stream.objects.filter(call__started_at__gt=began, closed_at__gt=since, door=door)
    told = {"kind": "stream_status", "data__event": "stream-error"}
    if door is Stream.Door.RELAY:
        told = {"kind": "relay_ended", "data__status": "failed"}
    by_carrier = CallEvent.objects.filter(call__started_at__gt=began, at__gt=since, **told)
    return max(closed.filter(close_reason__in=_BROKEN).count(), by_carrier.count())


def _sip_codes(since: datetime) -> dict[str, int]:
    """Answers of SIP servers to calls of ours, not of telephone companies to calls to numbers."""
    late = Leg.objects.filter(call__started_at__gt=since - _LONGEST_CALL, ended_at__gt=since)
    refused = late.filter(to_address__startswith="sip", sip_response_code__gte="400")
    counted = refused.exclude(sip_response_code__in=_NO_FAULT).values("sip_response_code").annotate(count=Count("pk"))
    return {row["sip_response_code"]: row["count"] for row in counted}
