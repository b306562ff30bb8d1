"""What vendors ask for one unit of something, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

MILLION = Decimal(1_000_000)
# The item under which the carrier's rates stand; a model's stand under its own name.
CARRIER = "carrier"
CURRENCY = "USD"


class Unit(StrEnum):
    """What is paid for. Tokens by the million, time by the minute, the rest by the piece. Values are stored."""

    TEXT_IN = "text_in"
    TEXT_CACHED = "text_cached"
    TEXT_OUT = "text_out"
    AUDIO_IN = "audio_in"
    AUDIO_CACHED = "audio_cached"
    AUDIO_OUT = "audio_out"
    HEARD_IN = "heard_in"
    HEARD_OUT = "heard_out"
    HEARD_MINUTE = "heard_minute"
    INBOUND_MINUTE = "inbound_minute"
    OUTBOUND_MINUTE = "outbound_minute"
    SIP_MINUTE = "sip_minute"
    TRUNK_MINUTE = "trunk_minute"
    WHATSAPP_MINUTE = "whatsapp_minute"
    STREAM_MINUTE = "stream_minute"
    RELAY_MINUTE = "relay_minute"
    RECORDING_MINUTE = "recording_minute"
    MACHINE_DETECTION = "machine_detection"


UNIT_WORDS = {
    Unit.TEXT_IN: "text heard, a million tokens",
    Unit.TEXT_CACHED: "text heard again from the cache, a million tokens",
    Unit.TEXT_OUT: "text written, a million tokens",
    Unit.AUDIO_IN: "sound heard, a million tokens",
    Unit.AUDIO_CACHED: "sound heard again from the cache, a million tokens",
    Unit.AUDIO_OUT: "sound spoken, a million tokens",
    Unit.HEARD_IN: "transcription: sound and text in, a million tokens",
    Unit.HEARD_OUT: "transcription: words written, a million tokens",
    Unit.HEARD_MINUTE: "transcription, a minute",
    Unit.INBOUND_MINUTE: "line of a caller, a minute begun",
    Unit.OUTBOUND_MINUTE: "line to a number, a minute begun",
    Unit.SIP_MINUTE: "line to or from SIP or a browser, a minute begun",
    Unit.TRUNK_MINUTE: "line on a trunk (Elastic SIP), a minute begun",
    Unit.WHATSAPP_MINUTE: "line to or from WhatsApp, a minute begun",
    Unit.STREAM_MINUTE: "media stream, a minute begun",
    Unit.RELAY_MINUTE: "the carrier's listening and speaking, a minute begun",
    Unit.RECORDING_MINUTE: "recording, a minute begun",
    Unit.MACHINE_DETECTION: "telling machines from people, a call",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """One price in dollars, and the first day on which it holds."""

    item: str
    unit: Unit
    price: Decimal
    since: date


class RateBook:
    """Every rate there is. A price holds from its day on, until a later one is set for the same."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._rates: dict[tuple[str, Unit], list[Rate]] = {}
        for rate in sorted(rates, key=lambda one: one.since):
            self._rates.setdefault((rate.item, rate.unit), []).append(rate)

    def price(self, item: str, unit: Unit, on: date) -> Decimal | None:
        """Dollars for this on a day; None when nobody has set a price."""
        known = [rate.price for rate in self._rates.get((item, unit), ()) if rate.since <= on]
        return known[-1] if known else None
