"""Counting what calls cost: from what they have used, by the rates of the day on which they used it.

A call's cost is counted anew as a whole, never added to: a price that comes late, a usage that is told twice and a card
that is corrected all end in the same figure.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DateField, F, Q, Sum
from django.db.models.functions import Cast

from agents import floor
from calls.costs import carrier_use, tokens
from calls.costs.bill import Bill, Line, Part, together
from calls.costs.carrier_use import LineUse, TimeUse
from calls.costs.rates import RateBook, Unit
from calls.lifecycle import LegStatus, Phase
from calls.models import Call, CallCost, Leg, OutgoingCall, RateCard, Recording, Stream, UsageRecord
from compliance.redaction import PAGE

_BATCH = 500
# Calls are found by when they began, which has an index. Those of old have a row that says: to be counted.
_LATE = timedelta(days=3)
# What comes after a call's end (its recording, its last usage) comes within this time; charges say so themselves.
_SETTLES = timedelta(minutes=15)
_AGAIN_AFTER = timedelta(minutes=1)
_COUNTED = ("input_text", "input_audio", "cached_text", "cached_audio", "output_text", "output_audio")

_Bills = defaultdict[int, list[Bill]]


def count_due(*, now: datetime) -> int:
    """Count every call whose cost may have changed, those of old at the end; how many."""
    late = Call.objects.filter(started_at__gt=now - _LATE)
    settling = Q(ended_at__gt=now - _SETTLES) & (
        Q(cost__counted_at__lte=F("ended_at")) | Q(cost__counted_at__lte=now - _AGAIN_AFTER)
    )
    due = [
        Call.objects.exclude(phase=Phase.CLOSED).values_list("pk", flat=True),
        late.filter(Q(cost=None) | settling).values_list("pk", flat=True),
        CallCost.objects.filter(counted_at=None).order_by("-call").values_list("call", flat=True),
    ]
    ids = list(dict.fromkeys(pk for some in due for pk in some[: _BATCH * 10]))
    return sum(count(ids[start : start + _BATCH], now=now) for start in range(0, len(ids), _BATCH))


def count(call_ids: Collection[int], *, now: datetime) -> int:
    """Count these calls and write it down; the screens of those that cost more than before are told."""
    before = dict(CallCost.objects.filter(call__in=call_ids).values_list("call", "micros"))
    bills = bills_of(call_ids, book=RateCard.book(), now=now)
    CallCost.keep(bills, now=now)
    live = set(Call.objects.filter(pk__in=call_ids).exclude(phase=Phase.CLOSED).values_list("pk", flat=True))
    for call_id, bill in bills.items():
        if call_id in live and bill.micros != before.get(call_id):
            floor.changed("call", call_id)
    return len(bills)


def bills_of(call_ids: Collection[int], *, book: RateBook, now: datetime) -> dict[int, Bill]:
    """The bill of each of these calls as it stands now, in a few queries for all of them."""
    calls = {call.pk: call for call in Call.objects.filter(pk__in=call_ids)}
    found: _Bills = defaultdict(list)
    _responses(found, calls, book)
    _transcriptions(found, calls, book)
    _lines(found, calls, book, now=now)
    _streams(found, calls, book, now=now)
    _recordings(found, calls, book)
    _detections(found, calls, book)
    return {pk: together(found[pk]) for pk in calls}


def _one(line: Line) -> Bill:
    return Bill((line,))


def _responses(found: _Bills, calls: Collection[int], book: RateBook) -> None:
    used = UsageRecord.objects.filter(call__in=calls, kind=UsageRecord.Kind.RESPONSE).order_by()
    sums = {f"all_{name}": Sum(f"{name}_tokens") for name in _COUNTED}
    rows: Any = used.annotate(on=Cast("at", DateField())).values("call", "model", "on")
    for row in rows.annotate(**sums):
        text_in, audio_in, text_cached, audio_cached, text_out, audio_out = (row[name] for name in sums)
        one = tokens.Tokens(row["model"], row["on"], text_in, audio_in, text_cached, audio_cached, text_out, audio_out)
        found[row["call"]].append(tokens.of_responses(one, book))


def _transcriptions(found: _Bills, calls: Collection[int], book: RateBook) -> None:
    used = UsageRecord.objects.filter(call__in=calls, kind=UsageRecord.Kind.TRANSCRIPTION).order_by()
    rows: Any = used.annotate(on=Cast("at", DateField())).values("call", "model", "on")
    sums = {
        "tokens_in": Sum(F("input_text_tokens") + F("input_audio_tokens")),
        "tokens_out": Sum(F("output_text_tokens") + F("output_audio_tokens")),
        "all_seconds": Sum("seconds"),
    }
    for row in rows.annotate(**sums):
        seconds = Decimal(str(round(row["all_seconds"] or 0, 3)))
        one = tokens.Heard(row["model"], row["on"], row["tokens_in"], row["tokens_out"], seconds)
        found[row["call"]].append(tokens.of_transcriptions(one, book))


def _lines(found: _Bills, calls: dict[int, Call], book: RateBook, *, now: datetime) -> None:
    """Legs by what the carrier has charged, or by their minutes; one that is up, by its minutes so far."""
    for leg in Leg.objects.filter(call__in=calls).exclude(direction=PAGE).select_related("charge"):
        call, charge = calls[leg.call_id], getattr(leg, "charge", None)
        amount = None if charge is None else charge.amount
        seconds = _seconds_up(leg, call, now=now)
        if not seconds and amount is None:
            continue
        is_outbound = leg.direction.startswith("outbound")
        address = leg.to_address if is_outbound else leg.from_address
        unit = carrier_use.line_unit(is_outbound=is_outbound, address=address, is_trunk=leg.direction == "trunk")
        currency = "" if charge is None else charge.currency
        used = LineUse(unit, seconds, (leg.ended_at or now).date(), amount, currency)
        found[leg.call_id].append(_one(carrier_use.of_line(used, book)))


def _seconds_up(leg: Leg, call: Call, *, now: datetime) -> int:
    if leg.ended_at is not None:
        return leg.duration_s or 0
    since = leg.created_at if call.answered_at is None else max(leg.created_at, call.answered_at)
    is_up = call.is_live and (leg.status == LegStatus.IN_PROGRESS or call.answered_at is not None)
    return max(int((now - since).total_seconds()), 0) if is_up else 0


def _streams(found: _Bills, calls: dict[int, Call], book: RateBook, *, now: datetime) -> None:
    """Streams of sound by their length; lines of text by the carrier's word, or their length until it comes."""
    told = UsageRecord.objects.filter(call__in=calls, kind=UsageRecord.Kind.RELAY)
    known = set()
    for usage in told:
        known.add(usage.ref)
        _time(found, usage.call_id, Part.RELAY, Unit.RELAY_MINUTE, usage.seconds or 0, usage.at, book)
    by_carrier = Stream.objects.filter(call__in=calls, opened_at__isnull=False).exclude(door=Stream.Door.PAGE)
    for stream in by_carrier:
        if stream.opened_at is None or stream.stream_sid[:80] in known:
            continue
        is_text = stream.door == Stream.Door.RELAY
        part, unit = (Part.RELAY, Unit.RELAY_MINUTE) if is_text else (Part.STREAMS, Unit.STREAM_MINUTE)
        until = stream.closed_at or calls[stream.call_id].ended_at or now
        seconds = (until - stream.opened_at).total_seconds()
        _time(found, stream.call_id, part, unit, seconds, until, book)


def _recordings(found: _Bills, calls: Collection[int], book: RateBook) -> None:
    for tape in Recording.objects.filter(call__in=calls, source=Recording.Source.CARRIER, duration_ms__gt=0):
        seconds = (tape.duration_ms or 0) / 1000
        at = tape.started_at or tape.requested_at
        _time(found, tape.call_id, Part.RECORDING, Unit.RECORDING_MINUTE, seconds, at, book)


def _detections(found: _Bills, calls: Collection[int], book: RateBook) -> None:
    for ours in OutgoingCall.objects.filter(call__in=calls).exclude(answered_by=""):
        if ours.answered_at is not None:
            found[ours.call_id].append(_one(carrier_use.of_detection(ours.answered_at.date(), book)))


def _time(found: _Bills, call_id: int, part: Part, unit: Unit, seconds: float, at: datetime, book: RateBook) -> None:
    whole = -int(-max(seconds, 0) // 1)
    if whole:
        found[call_id].append(_one(carrier_use.of_time(TimeUse(part, unit, whole, at.date()), book)))
