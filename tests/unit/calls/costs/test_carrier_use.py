"""What the carrier bills: whole minutes, its own word before ours."""

from datetime import date
from decimal import Decimal

import pytest

from calls.costs.bill import Part
from calls.costs.carrier_use import LineUse, TimeUse, line_unit, minutes, of_detection, of_line, of_time
from calls.costs.rates import CARRIER, Rate, RateBook, Unit

DAY = date(2026, 11, 20)
BOOK = RateBook(
    Rate(CARRIER, unit, Decimal(price), DAY)
    for unit, price in (
        (Unit.INBOUND_MINUTE, "0.0085"),
        (Unit.STREAM_MINUTE, "0.0044"),
        (Unit.MACHINE_DETECTION, "0.0075"),
    )
)


@pytest.mark.parametrize(("seconds", "begun"), [(0, 0), (1, 1), (60, 1), (61, 2), (3600, 60)])
def test_minutes_begun_are_whole(seconds: int, begun: int) -> None:
    assert minutes(seconds) == begun


def test_a_line_costs_what_was_charged_and_its_minutes_until_then() -> None:
    used = LineUse(Unit.INBOUND_MINUTE, 61, DAY)
    assert of_line(used, BOOK).micros == 17_000
    charged = LineUse(Unit.INBOUND_MINUTE, 61, DAY, charged=Decimal("0.01234"))
    assert of_line(charged, BOOK).micros == 12_340
    free = LineUse(Unit.INBOUND_MINUTE, 61, DAY, charged=Decimal(0))
    assert of_line(free, BOOK).micros == 0


def test_another_currency_and_a_missing_rate_are_said_as_unpriced() -> None:
    abroad = of_line(LineUse(Unit.OUTBOUND_MINUTE, 60, DAY, charged=Decimal(1), currency="EUR"), BOOK)
    assert (abroad.micros, abroad.what) == (None, "a line charged in EUR")
    assert of_line(LineUse(Unit.OUTBOUND_MINUTE, 60, DAY), BOOK).micros is None


def test_streams_and_machines() -> None:
    assert of_time(TimeUse(Part.STREAMS, Unit.STREAM_MINUTE, 125, DAY), BOOK).micros == 13_200
    assert of_detection(DAY, BOOK).micros == 7500


@pytest.mark.parametrize(
    ("is_outbound", "address", "unit"),
    [
        (False, "+14155552671", Unit.INBOUND_MINUTE),
        (True, "+14155552671", Unit.OUTBOUND_MINUTE),
        (True, "client:agent-7", Unit.SIP_MINUTE),
        (True, "sip:proj_1@sip.api.openai.com;transport=tls", Unit.SIP_MINUTE),
        (False, "whatsapp:+14155552671", Unit.WHATSAPP_MINUTE),
    ],
)
def test_a_line_is_billed_by_what_is_at_its_end(is_outbound: bool, address: str, unit: Unit) -> None:
    assert line_unit(is_outbound=is_outbound, address=address) is unit


def test_a_line_on_a_trunk_is_billed_as_one_whatever_is_at_its_end() -> None:
    address = "sip:proj_1@sip.api.openai.com"
    assert line_unit(is_outbound=True, address=address, is_trunk=True) is Unit.TRUNK_MINUTE
