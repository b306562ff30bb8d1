"""What the model bills: responses by kind of token, transcriptions by tokens or by time."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calls.costs.bill import NOTHING, Bill, Line, Part
from calls.costs.rates import MILLION, RateBook, Unit

_MINUTE_S = 60
# Seconds are billed by the second: a sixtieth of a price need not be finite, and ends at the millionth micro-dollar.
_FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The usage of responses of one model on one day. What came from the cache is a part of what went in."""

    model: str
    on: date
    text_in: int = 0
    audio_in: int = 0
    text_cached: int = 0
    audio_cached: int = 0
    text_out: int = 0
    audio_out: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """The usage of transcriptions by one model on one day: tokens, or seconds where it bills time."""

    model: str
    on: date
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: Decimal = NOTHING


def of_responses(used: Tokens, book: RateBook) -> Bill:
    """What these responses cost. More from the cache than went in cannot be: then it is all of what went in."""
    text_cached = min(used.text_cached, used.text_in)
    audio_cached = min(used.audio_cached, used.audio_in)
    counts = (
        (Unit.TEXT_IN, used.text_in - text_cached),
        (Unit.TEXT_CACHED, text_cached),
        (Unit.TEXT_OUT, used.text_out),
        (Unit.AUDIO_IN, used.audio_in - audio_cached),
        (Unit.AUDIO_CACHED, audio_cached),
        (Unit.AUDIO_OUT, used.audio_out),
    )
    lines = tuple(_of_tokens(Part.MODEL, used.model, unit, n, used.on, book) for unit, n in counts if n)
    saved = _saved(used, Unit.TEXT_IN, Unit.TEXT_CACHED, text_cached, book)
    saved += _saved(used, Unit.AUDIO_IN, Unit.AUDIO_CACHED, audio_cached, book)
    return Bill(lines, saved)


def of_transcriptions(heard: Heard, book: RateBook) -> Bill:
    """What these transcriptions cost."""
    counts = ((Unit.HEARD_IN, heard.tokens_in), (Unit.HEARD_OUT, heard.tokens_out))
    lines = [_of_tokens(Part.TRANSCRIPTION, heard.model, unit, n, heard.on, book) for unit, n in counts if n]
    if heard.seconds:
        price = book.price(heard.model, Unit.HEARD_MINUTE, heard.on)
        micros = None if price is None else (heard.seconds * price * MILLION / _MINUTE_S).quantize(_FINEST)
        lines.append(Line(Part.TRANSCRIPTION, _what(heard.model, Unit.HEARD_MINUTE), micros))
    return Bill(tuple(lines))


def _of_tokens(part: Part, model: str, unit: Unit, count: int, on: date, book: RateBook) -> Line:
    price = book.price(model, unit, on)
    return Line(part, _what(model, unit), None if price is None else price * count)


def _saved(used: Tokens, full: Unit, cached: Unit, count: int, book: RateBook) -> Decimal:
    at_full, at_cached = book.price(used.model, full, used.on), book.price(used.model, cached, used.on)
    return NOTHING if at_full is None or at_cached is None else (at_full - at_cached) * count


def _what(model: str, unit: Unit) -> str:
    return f"{model or 'a model without a name'}: {unit.value.replace('_', ' ')}"
