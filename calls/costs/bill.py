"""A bill: what was used, line by line, and what it comes to."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

NOTHING = Decimal(0)
_MICRO = Decimal(1)


class Part(StrEnum):
    """What money goes for. Values are stored."""

    MODEL = "model"
    TRANSCRIPTION = "transcription"
    LINES = "lines"
    STREAMS = "streams"
    RELAY = "relay"
    RECORDING = "recording"
    MACHINE_DETECTION = "machine_detection"


PART_WORDS = {
    Part.MODEL: "the model",
    Part.TRANSCRIPTION: "transcription",
    Part.LINES: "telephone lines",
    Part.STREAMS: "media streams",
    Part.RELAY: "the carrier's listening and speaking",
    Part.RECORDING: "recording",
    Part.MACHINE_DETECTION: "telling machines from people",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `micros` are micro-dollars; None: it was used, and nobody has set a price for it."""

    part: Part
    what: str
    micros: Decimal | None


@dataclass(frozen=True, slots=True)
class Bill:
    """What something costs. `saved`: what it would have cost more, had nothing of it come from the model's cache."""

    lines: tuple[Line, ...]
    saved: Decimal = NOTHING

    @property
    def micros(self) -> Decimal:
        """What all priced lines come to, in micro-dollars, not rounded."""
        return sum((line.micros for line in self.lines if line.micros is not None), NOTHING)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """What was used and has no price, each once."""
        return tuple(dict.fromkeys(line.what for line in self.lines if line.micros is None))

    def by_part(self) -> dict[str, Decimal]:
        """The sums of the parts that were used and have prices."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            if line.micros is not None:
                sums[line.part.value] = sums.get(line.part.value, NOTHING) + line.micros
        return sums


def together(bills: Iterable[Bill]) -> Bill:
    """Several bills as one."""
    all_of_them = list(bills)
    lines = tuple(line for bill in all_of_them for line in bill.lines)
    return Bill(lines, sum((bill.saved for bill in all_of_them), NOTHING))


def to_the_micro(micros: Decimal) -> int:
    """Whole micro-dollars, halves up: only where a figure is shown or compared, never before a sum."""
    return int(micros.quantize(_MICRO, rounding=ROUND_HALF_UP))
