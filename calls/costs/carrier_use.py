"""What the carrier bills: lines, streams, listening and speaking, recordings, telling machines from people."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calls.costs.bill import Line, Part
from calls.costs.rates import CARRIER, CURRENCY, MILLION, RateBook, Unit

_MINUTE_S = 60
_BY_SCHEME = {
    "sip": Unit.SIP_MINUTE,
    "sips": Unit.SIP_MINUTE,
    "client": Unit.SIP_MINUTE,
    "whatsapp": Unit.WHATSAPP_MINUTE,
}


@dataclass(frozen=True, slots=True)
class LineUse:
    """A leg that is over. `charged`: what the carrier says it has charged, which goes before any rate of ours."""

    unit: Unit
    seconds: int
    on: date
    charged: Decimal | None = None
    currency: str = CURRENCY


@dataclass(frozen=True, slots=True)
class TimeUse:
    """Something that is billed by the minute: a stream, a recording."""

    part: Part
    unit: Unit
    seconds: int
    on: date


def line_unit(*, is_outbound: bool, address: str, is_trunk: bool = False) -> Unit:
    """How a leg is billed, by whose end we do not own."""
    if is_trunk:
        return Unit.TRUNK_MINUTE
    if (unit := _BY_SCHEME.get(address.partition(":")[0])) is not None:
        return unit
    return Unit.OUTBOUND_MINUTE if is_outbound else Unit.INBOUND_MINUTE


def of_line(used: LineUse, book: RateBook) -> Line:
    """What a leg costs: the carrier's own word, in our currency, or the rate of its minutes until that is known."""
    if used.charged is not None and used.currency == CURRENCY:
        return Line(Part.LINES, "telephone lines, as charged", used.charged * MILLION)
    if used.charged is not None:
        return Line(Part.LINES, f"a line charged in {used.currency}", None)
    return _by_the_minute(Part.LINES, used.unit, used.seconds, used.on, book)


def of_time(used: TimeUse, book: RateBook) -> Line:
    """What so much time costs."""
    return _by_the_minute(used.part, used.unit, used.seconds, used.on, book)


def of_detection(on: date, book: RateBook) -> Line:
    """What it costs to be told who answered."""
    price = book.price(CARRIER, Unit.MACHINE_DETECTION, on)
    return Line(Part.MACHINE_DETECTION, _what(Unit.MACHINE_DETECTION), None if price is None else price * MILLION)


def minutes(seconds: int) -> int:
    """Minutes begun: the carrier bills whole ones."""
    return -(-seconds // _MINUTE_S)


def _by_the_minute(part: Part, unit: Unit, seconds: int, on: date, book: RateBook) -> Line:
    price = book.price(CARRIER, unit, on)
    return Line(part, _what(unit), None if price is None else price * minutes(seconds) * MILLION)


def _what(unit: Unit) -> str:
    return f"{CARRIER}: {unit.value.replace('_', ' ')}"
