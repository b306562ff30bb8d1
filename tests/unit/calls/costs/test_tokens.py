"""What the model bills, against sums made by hand from the printed prices."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from calls.costs.bill import to_the_micro, together
from calls.costs.rates import Rate, RateBook, Unit
from calls.costs.tokens import Heard, Tokens, of_responses, of_transcriptions

SEPTEMBER, DAY = date(2026, 9, 9), date(2026, 11, 20)
BIG, EARS = "gpt-realtime-2.1", "gpt-4o-transcribe"
PRICES = {"text_in": "4", "text_cached": "0.40", "text_out": "24", "audio_in": "32", "audio_cached": "0.40"}
PRICES["audio_out"] = "64"
BOOK = RateBook(
    [Rate(BIG, Unit(unit), Decimal(price), SEPTEMBER) for unit, price in PRICES.items()]
    + [Rate(EARS, Unit.HEARD_IN, Decimal("2.50"), SEPTEMBER), Rate(EARS, Unit.HEARD_OUT, Decimal(10), SEPTEMBER)]
    + [Rate("gpt-live-transcribe", Unit.HEARD_MINUTE, Decimal("0.017"), SEPTEMBER)]
)
# 80 text and 30 sound in, of which 64 and 10 came from the cache; 10 text and 30 sound out.
USED = Tokens(BIG, DAY, text_in=80, audio_in=30, text_cached=64, audio_cached=10, text_out=10, audio_out=30)


def test_every_kind_of_token_has_its_own_price_and_the_cached_are_a_part_of_what_went_in() -> None:
    bill = of_responses(USED, BOOK)
    # (80-64)*4 + 64*0.40 + (30-10)*32 + 10*0.40 + 10*24 + 30*64 = 64 + 25.6 + 640 + 4 + 240 + 1920
    assert bill.micros == Decimal("2893.6")
    assert to_the_micro(bill.micros) == 2894
    assert bill.saved == 64 * Decimal("3.60") + 10 * Decimal("31.60")
    assert bill.unpriced == ()


def test_sums_are_rounded_once_and_at_the_end() -> None:
    small = Tokens(BIG, DAY, text_in=1, text_cached=1)
    assert to_the_micro(of_responses(small, BOOK).micros) == 0
    assert to_the_micro(together([of_responses(small, BOOK)] * 10).micros) == 4


def test_more_from_the_cache_than_went_in_is_all_that_went_in() -> None:
    assert of_responses(Tokens(BIG, DAY, audio_in=10, audio_cached=99), BOOK).micros == Decimal("4.00")


def test_what_has_no_price_is_named_and_never_counts_as_nothing() -> None:
    bill = of_responses(replace(USED, model="gpt-unheard-of"), BOOK)
    assert (bill.micros, len(bill.unpriced)) == (0, 6)
    assert "gpt-unheard-of: audio out" in bill.unpriced
    before = of_responses(replace(USED, on=date(2026, 9, 8)), BOOK)
    assert len(before.unpriced) == 6, "a price does not hold before its day"


def test_a_price_holds_until_a_later_card_names_the_same() -> None:
    later = RateBook([*BOOK_RATES, Rate(BIG, Unit.AUDIO_OUT, Decimal(40), date(2026, 11, 20))])
    spoken = Tokens(BIG, DAY, text_out=1, audio_out=1)
    assert of_responses(spoken, later).micros == 24 + 40
    assert of_responses(replace(spoken, on=date(2026, 11, 19)), later).micros == 24 + 64


BOOK_RATES = [Rate(BIG, Unit(unit), Decimal(price), SEPTEMBER) for unit, price in PRICES.items()]


def test_transcriptions_by_tokens_and_by_time() -> None:
    assert of_transcriptions(Heard(EARS, DAY, tokens_in=300, tokens_out=20), BOOK).micros == 300 * Decimal("2.5") + 200
    timed = of_transcriptions(Heard("gpt-live-transcribe", DAY, seconds=Decimal(90)), BOOK)
    assert timed.micros == Decimal(25_500)
    # A transcription that stands under a conversation's model has no price there.
    assert of_transcriptions(Heard(BIG, DAY, tokens_in=1), BOOK).unpriced == (f"{BIG}: heard in",)
