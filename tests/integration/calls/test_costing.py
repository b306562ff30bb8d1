"""What a call costs, counted from what the books hold: against a sum made by hand, late prices and corrected ones."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from calls.control import costing
from calls.costs.bill import to_the_micro
from calls.models import (
    Call,
    CallCost,
    CardRate,
    Leg,
    LegCharge,
    OutgoingCall,
    RateCard,
    Recording,
    Stream,
    UsageRecord,
)
from tests import given, on_page
from tests.given import NOON

pytestmark = pytest.mark.django_db

ANSWERED, ENDED = NOON + timedelta(seconds=4), NOON + timedelta(seconds=129)
ANSWER = {
    "input_token_details": {
        "text_tokens": 80,
        "audio_tokens": 30,
        "cached_tokens": 74,
        "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 10},
    },
    "output_token_details": {"text_tokens": 10, "audio_tokens": 30},
}
HEARD = {"input_token_details": {"text_tokens": 0, "audio_tokens": 300}, "output_tokens": 20}
# The answer 2893.60, twice; what was heard 300 * 2.50 + 20 * 10 = 950; a line of 3 minutes begun 3 * 8500; its
# stream of 125 seconds 3 * 4400.
BY_HAND = 2 * Decimal("2893.60") + 950 + 25_500 + 13_200


def a_scripted_call(*, at: datetime = NOON) -> Call:
    """Two answers, one turn heard, two minutes and five seconds on the line."""
    call = given.a_call(now=at)
    shift = at - NOON
    Call.objects.filter(pk=call.pk).update(answered_at=ANSWERED + shift, ended_at=ENDED + shift, phase="closed")
    Leg.objects.filter(call=call).update(status="completed", duration_s=129, ended_at=ENDED + shift)
    Stream.objects.filter(call=call).update(
        opened_at=ANSWERED + shift, closed_at=ENDED + shift, stream_sid=given.a_sid("MZ")
    )
    usage = [
        UsageRecord.of(usage=used, call=call, kind=kind, ref=f"r{n}", model=model, at=ANSWERED + shift)
        for n, (used, kind, model) in enumerate(
            [(ANSWER, "response", "gpt-realtime-2.1"), (ANSWER, "response", "gpt-realtime-2.1"),
             (HEARD, "transcription", "gpt-4o-transcribe")]
        )
    ]  # fmt: skip
    UsageRecord.keep_all(usage)
    return Call.objects.get(pk=call.pk)


def counted(call: Call, *, now: datetime = ENDED + timedelta(minutes=1)) -> CallCost:
    costing.count([call.pk], now=now)
    return CallCost.objects.get(call=call)


def test_a_scripted_call_costs_what_a_calculation_by_hand_says_to_the_micro_dollar() -> None:
    cost = counted(a_scripted_call())
    assert to_the_micro(cost.micros) == to_the_micro(BY_HAND) == 45_437
    assert cost.micros == BY_HAND
    assert {part: Decimal(micros) for part, micros in cost.parts.items()} == {
        "model": Decimal("5787.2"), "transcription": 950, "lines": 25_500, "streams": 13_200,
    }  # fmt: skip
    assert cost.unpriced == []
    assert cost.saved_micros == 2 * Decimal("546.4")


def test_counting_twice_and_telling_twice_changes_nothing() -> None:
    call = a_scripted_call()
    UsageRecord.keep_all([UsageRecord.of(usage=ANSWER, call=call, kind="response", ref="r0", model="x", at=NOON)])
    assert counted(call).micros == counted(call).micros == BY_HAND
    assert CallCost.objects.count() == 1


def test_the_carriers_word_replaces_the_rate_of_a_line_when_it_comes() -> None:
    call = a_scripted_call()
    counted(call)
    leg = Leg.objects.get(call=call)
    LegCharge.keep(leg, amount=Decimal("0.01234"), currency="USD", now=ENDED)
    assert CallCost.objects.get().counted_at is None, "it is counted anew"
    assert costing.count_due(now=ENDED + timedelta(days=1)) == 1
    assert CallCost.objects.get().micros == BY_HAND - 25_500 + 12_340


def test_what_has_no_price_is_said_and_a_card_that_names_it_counts_from_its_day_on() -> None:
    call = a_scripted_call()
    Recording.objects.update_or_create(call=call, defaults={"requested_at": NOON, "duration_ms": 61_000})
    OutgoingCall.objects.create(
        call=call, purpose="informational", voice="ai", seller="M", answered_by="human", answered_at=NOON, by_ref="t"
    )
    CardRate.objects.filter(unit="recording_minute").delete()
    cost = counted(call)
    assert (cost.micros, cost.unpriced) == (BY_HAND + 7500, ["carrier: recording minute"])
    card = RateCard.objects.create(name="Ours", since=date(2026, 11, 20), source="our contract")
    CardRate.objects.create(card=card, item="carrier", unit="recording_minute", price=Decimal("0.0025"))
    cost = counted(call)
    assert (cost.micros, cost.unpriced) == (BY_HAND + 7500 + 5000, [])


def test_every_price_that_comes_along_says_where_it_was_read_and_since_when() -> None:
    cards = RateCard.objects.all()
    assert cards.count() == 4
    assert [card.name for card in cards if "." not in card.source or card.since > date(2026, 11, 29)] == []


def test_a_call_by_text_has_a_price_for_its_model_and_says_what_has_none() -> None:
    call = given.a_call(now=NOON)
    usage = {"input_tokens": 1000, "output_tokens": 100, "input_token_details": {"text_tokens": 1000}}
    usage["output_token_details"] = {"text_tokens": 100}
    UsageRecord.keep_all(
        [
            UsageRecord.of(usage=usage, call=call, kind="response", ref="r1", model="gpt-4.1-mini", at=NOON),
            UsageRecord(call=call, kind="relay", ref="VX1", seconds=61, at=NOON),
        ]
    )
    cost = counted(call, now=NOON)
    assert (cost.micros, cost.unpriced) == (400 + 160, ["carrier: relay minute"])


def test_a_test_call_costs_a_carrier_only_once_its_page_was_put_through() -> None:
    line = on_page.begun(given.alice(), now=NOON)
    later = NOON + timedelta(seconds=61)
    Call.objects.filter(pk=line.call.pk).update(answered_at=NOON, ended_at=later, phase="closed")
    Leg.objects.filter(call=line.call).update(status="completed", duration_s=61, ended_at=later)
    Stream.objects.filter(call=line.call).update(opened_at=NOON, closed_at=later)
    assert (counted(line.call).micros, list(LegCharge.to_ask(now=ENDED, limit=9))) == (0, [])
    there = {"call": line.call, "status": "completed", "created_at": NOON, "ended_at": later}
    page = Leg.objects.create(leg_sid="CA1", direction="inbound", from_address="client:page-1", duration_s=61, **there)
    Stream.objects.create(
        call=line.call, nonce="n", issued_at=NOON, expires_at=later, opened_at=NOON, closed_at=later, stream_sid="MZ9"
    )
    cost = counted(line.call)
    assert (cost.micros, cost.unpriced) == (2 * 4400, ["carrier: sip minute"])
    assert page in LegCharge.to_ask(now=later + timedelta(minutes=1), limit=9)


def test_a_call_costs_more_while_it_goes_on() -> None:
    call = given.a_call(now=NOON)
    Call.objects.filter(pk=call.pk).update(answered_at=ANSWERED)
    first = counted(call, now=ANSWERED + timedelta(seconds=59)).micros
    assert (first, counted(call, now=ANSWERED + timedelta(seconds=61)).micros) == (8500, 17_000)


def test_the_sweep_finds_calls_of_old_live_ones_and_those_that_ended_a_moment_ago() -> None:
    old, live = a_scripted_call(at=NOON - timedelta(days=9)), given.a_call(now=NOON)
    CallCost.objects.create(call=old)  # as the migration leaves it
    assert costing.count_due(now=NOON) == 2
    assert costing.count_due(now=NOON + timedelta(seconds=10)) == 1
    Call.objects.filter(pk=live.pk).update(phase="closed", ended_at=NOON + timedelta(seconds=15))
    assert costing.count_due(now=NOON + timedelta(seconds=20)) == 1
    assert costing.count_due(now=NOON + timedelta(seconds=30)) == 0
    assert costing.count_due(now=NOON + timedelta(hours=1)) == 0
    assert CallCost.objects.get(call=old).micros == BY_HAND


def test_the_sum_of_calls_is_the_days_figure() -> None:
    calls = [a_scripted_call(at=NOON - timedelta(hours=n)) for n in range(3)]
    costing.count_due(now=NOON + timedelta(hours=1))
    day = Call.objects.filter(started_at__date=date(2026, 11, 20))
    each = [CallCost.objects.get(call=call).micros for call in calls]
    assert CallCost.total(day) == sum(each) == 3 * BY_HAND
