"""What was saved in the input of answers: by the model's cache, and by old sound that gave way to text."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from calls.costs.bill import NOTHING
from calls.costs.rates import RateBook, Unit
from calls.costs.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Answer:
    """The usage of one answer, and when it ended."""

    at: datetime
    used: Tokens


@dataclass(frozen=True, slots=True)
class Replaced:
    """What came of replacing old sound. `tokens` of sound left the conversation, `times` it was done; `micros` is what
    that has saved after all, less what the emptied cache has cost: it may be negative. None: a price is missing.
    """

    times: int
    tokens: int
    micros: Decimal | None


def of_replacing(answers: Sequence[Answer], moments: Sequence[datetime], book: RateBook) -> Replaced:
    """What replacing sound at these moments has saved over the answers of one call, oldest first.

    Taken as low as it can be: every later answer would have had that sound from the cache, at the cache's price.
    """
    times = [answer.at for answer in answers]
    tokens, micros, is_priced = 0, NOTHING, True
    for moment in moments:
        place = bisect_right(times, moment)
        if not 0 < place < len(answers):
            continue  # nothing was answered before it, or after
        before, after = answers[place - 1].used, answers[place].used
        gone = max(before.audio_in - after.audio_in, 0)
        tokens += gone
        saved = [_cached_sound(answer.used, gone, book) for answer in answers[place:]]
        lost = _cache_lost(before, after, book)
        if lost is None or any(part is None for part in saved):
            is_priced = False
            continue
        micros += sum((part for part in saved if part is not None), NOTHING) - lost
    return Replaced(len(moments), tokens, micros if is_priced else None)


def _cached_sound(used: Tokens, count: int, book: RateBook) -> Decimal | None:
    price = book.price(used.model, Unit.AUDIO_CACHED, used.on)
    return None if price is None else price * count


def _cache_lost(before: Tokens, after: Tokens, book: RateBook) -> Decimal | None:
    """What the first answer afterwards paid in full, and would have had from the cache."""
    lost = NOTHING
    for full, cached, kept, had in (
        (Unit.AUDIO_IN, Unit.AUDIO_CACHED, min(before.audio_in, after.audio_in), after.audio_cached),
        (Unit.TEXT_IN, Unit.TEXT_CACHED, min(before.text_in, after.text_in), after.text_cached),
    ):
        at_full, at_cached = book.price(after.model, full, after.on), book.price(after.model, cached, after.on)
        if at_full is None or at_cached is None:
            return None
        lost += (at_full - at_cached) * max(kept - had, 0)
    return lost
