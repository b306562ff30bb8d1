"""What calls of ours have cost, as the carrier says it: late, in its own time, and sometimes not at all."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from calls.control import charges
from calls.models import Leg, LegCharge
from tests import given
from tests.carrier_on_loopback import Carrier
from tests.integration.calls.placing import leg_of, placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def leg(carrier: Carrier) -> Leg:
    """The line of a call of ours that has just ended after 65 seconds."""
    sid = leg_of(placed())
    Leg.objects.filter(leg_sid=sid).update(status="completed", duration_s=65, ended_at=timezone.now())
    price_at(carrier, sid, None)
    return Leg.objects.get(leg_sid=sid)


def price_at(carrier: Carrier, sid: str, price: str | None) -> None:
    shown: dict[str, Any] = {"sid": sid, "status": "completed", "duration": "65", "price": price, "price_unit": "usd"}
    carrier.legs = [other for other in carrier.legs if other["sid"] != sid] + [shown]


def later(leg: Leg, **how: int) -> datetime:
    assert leg.ended_at is not None
    return leg.ended_at + timedelta(**how)


def test_a_price_is_asked_for_after_a_minute_and_then_ever_more_seldom(leg: Leg, carrier: Carrier) -> None:
    assert charges.ask(now=later(leg, seconds=59)) == 0
    assert not LegCharge.objects.exists()
    asked = []
    for second in range(60, 1000, 10):
        charges.ask(now=later(leg, seconds=second))
        if LegCharge.objects.get().asked_at == later(leg, seconds=second):
            asked.append(second)
    assert asked == [60, 120, 240, 480, 960]
    price_at(carrier, leg.leg_sid, "-0.02800")
    assert charges.ask(now=later(leg, seconds=1910)) == 0
    assert charges.ask(now=later(leg, seconds=1920)) == 1
    assert LegCharge.totals(type(leg.call).objects.all()) == [("USD", Decimal("0.02800"))]
    assert LegCharge.to_ask(now=later(leg, hours=40), limit=9) == []


@pytest.mark.parametrize("price", ["", "free", "NaN", "-Infinity"])
def test_a_price_that_is_no_amount_is_none(leg: Leg, carrier: Carrier, price: str) -> None:
    price_at(carrier, leg.leg_sid, price)
    assert charges.ask(now=later(leg, minutes=1)) == 0
    assert LegCharge.objects.get().amount is None


def test_a_leg_the_carrier_has_forgotten_is_not_in_the_way_of_others(leg: Leg, carrier: Carrier) -> None:
    carrier.legs.clear()
    other = leg_of(placed(to="+12125550188", number=leg.call.number))
    Leg.objects.filter(leg_sid=other).update(duration_s=5, ended_at=leg.ended_at)
    price_at(carrier, other, "-0.01400")
    assert charges.ask(now=later(leg, minutes=1)) == 1
    assert LegCharge.objects.get(leg=leg).amount is None


def test_a_carrier_that_is_away_is_asked_again(leg: Leg, carrier: Carrier) -> None:
    carrier.manner = "deaf"
    assert charges.ask(now=later(leg, minutes=1)) == 0
    assert LegCharge.to_ask(now=later(leg, minutes=2), limit=9) == [leg]


def test_lines_of_callers_are_asked_for_too_and_none_that_cost_nothing(leg: Leg, carrier: Carrier) -> None:
    came_in = given.a_call(from_="+12125550177")
    Leg.objects.filter(call=came_in).update(duration_s=30, ended_at=leg.ended_at)
    Leg.objects.filter(pk=leg.pk).update(duration_s=0)
    assert [one.call for one in LegCharge.to_ask(now=later(leg, minutes=1), limit=9)] == [came_in]
    Leg.objects.filter(call=came_in).update(direction="trunk")
    assert LegCharge.to_ask(now=later(leg, minutes=1), limit=9) == []
