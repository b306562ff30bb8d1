"""Buying a number and giving one back: once, whole, or not at all; over the real client, at the sandbox's carrier."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls import numbers
from calls.carrier import numbers as at_carrier
from calls.control import door_facts
from calls.line_rules.searching import Search
from calls.models import Number, NumberOrder
from calls.provisioning import buying, our_numbers
from calls.provisioning.problems import UnableTo
from compliance.models import AuditEntry
from tests import campaigns_on_screen as campaigns
from tests import given
from tests.sandbox_carrier import Sandbox, a_sandbox

pytestmark = pytest.mark.django_db
NEW, OURS = "+14155550150", given.OURS


@pytest.fixture
def carrier(settings: Any) -> Iterator[Sandbox]:
    with a_sandbox(settings, OURS) as sandbox:
        yield sandbox


def buy(e164: str = NEW, ref: str = "page-1", **fields: Any) -> NumberOrder:
    order = buying.buy(
        ref=ref, e164=e164, kind="local", price="1.15 USD", **fields, by="ada@example.com", now=timezone.now()
    )
    order.refresh_from_db()
    return order


def owned(carrier: Sandbox) -> list[str]:
    return sorted(number.e164 for number in carrier.carrier.numbers.values())


def test_numbers_are_offered_with_their_price(carrier: Sandbox) -> None:
    offered = buying.look(Search(area_code="415", contains="0150"))
    assert [(one.e164, one.place) for one in offered.numbers] == [(NEW, "San Francisco, CA")]
    assert offered.numbers[0].capabilities == ("mms", "sms", "voice")
    assert offered.price == "1.15 USD"
    assert buying.look(Search(kind="mobile")).numbers == []
    with pytest.raises(UnableTo, match="text messages only"):
        buying.look(Search(kind="short-code"))


def test_a_number_is_bought_pointed_at_us_and_noted(carrier: Sandbox) -> None:
    assistant = given.an_assistant()
    assert buy(label="Sales", assistant=assistant).state == "bought"
    number = Number.objects.get(e164=NEW)
    assert (number.label, number.assistant, number.kind, number.price) == ("Sales", assistant, "local", "1.15 USD")
    found = at_carrier.find(NEW)
    assert found is not None
    assert found.settings == numbers.wanted()
    assert numbers.compare(number).differences == ()
    assert AuditEntry.objects.get(act="buy_number").actor_ref == "ada@example.com"


def test_pressed_twice_it_is_bought_once(carrier: Sandbox) -> None:
    assert buy().pk == buy().pk
    with pytest.raises(UnableTo, match="ours already"):
        buy(ref="page-2")
    assert owned(carrier) == [OURS, NEW]


def test_pressed_while_it_is_being_bought_nothing_is_asked_twice(carrier: Sandbox) -> None:
    NumberOrder.place(ref="page-1", e164=NEW, by="ada", now=timezone.now())
    assert buy().state == "asked"
    with pytest.raises(UnableTo, match="this very number"):
        buy(ref="page-2")
    assert owned(carrier) == [OURS]


def test_a_number_that_vanished_is_said_plainly_and_nothing_is_half_done(carrier: Sandbox) -> None:
    carrier.ask("POST", "market/sold", number=NEW)
    order = buy()
    assert (order.state, order.said) == (
        "refused",
        "Somebody else has bought this number in the meantime. Nothing was bought: look for another.",
    )
    assert not Number.objects.filter(e164=NEW).exists()
    assert buy("+14155550151", ref="page-2").state == "bought"


def test_an_answer_that_was_lost_is_found_out_about(carrier: Sandbox) -> None:
    carrier.lose_answers("IncomingPhoneNumbers")
    order = buy(label="Sales")
    assert order.state == "bought"
    assert Number.objects.get(e164=NEW).label == "Sales"
    assert owned(carrier) == [OURS, NEW]


def test_while_the_carrier_is_away_nobody_knows_and_later_somebody_does(carrier: Sandbox) -> None:
    carrier.fail("500", count=2)
    order = buy()
    assert order.state == "unknown"
    now = timezone.now()
    buying.find_out_all(now=now)
    order.refresh_from_db()
    assert order.state == "unknown"  # it may still appear
    buying.find_out_all(now=now + timedelta(seconds=90))
    order.refresh_from_db()
    assert (order.state, order.said) == ("refused", "The carrier has not sold it. Nothing was bought.")


def test_overrides_stand_behind_the_addresses_where_a_caller_waits(carrier: Sandbox) -> None:
    number = given.a_number()
    changed = our_numbers.point_at_us(number=number, written="rc=2&rp=ct,5xx", by="ada", now=timezone.now())
    assert changed == 4
    found = at_carrier.find(OURS)
    assert found is not None
    assert found.settings["voice_url"] == "https://voice.example.com/twilio/voice/#rc=2&rp=ct,5xx"
    assert found.settings["status_callback"] == "https://voice.example.com/twilio/status/"
    number.refresh_from_db()
    assert (number.overrides, number.phone_number_sid) == ("rc=2&rp=ct,5xx", found.phone_number_sid)
    with pytest.raises(UnableTo, match="from 0 to 5"):
        our_numbers.point_at_us(number=number, written="rc=9", by="ada", now=timezone.now())
    assert our_numbers.point_at_us(number=number, by="ada", now=timezone.now()) == 0


def test_a_number_is_given_back_by_whoever_writes_it_out(carrier: Sandbox) -> None:
    call = given.a_call()
    number = call.number
    number_of_call = number.pk
    with pytest.raises(UnableTo, match="in progress on it"):
        our_numbers.release(number=number, typed=OURS, by="ada", now=timezone.now())
    number.calls.update(phase="closed")
    with pytest.raises(UnableTo, match="write the whole number"):
        our_numbers.release(number=number, typed="yes", by="ada", now=timezone.now())
    assert owned(carrier) == [OURS]
    our_numbers.release(number=number, typed="(415) 555-0100", by="ada", now=timezone.now())
    assert owned(carrier) == []
    number.refresh_from_db()
    assert (number.is_active, number.released_at is None, number.phone_number_sid) == (False, False, "")
    call.refresh_from_db()
    assert call.number_id == number_of_call
    assert not door_facts.may_show(OURS)
    assert AuditEntry.objects.get(act="release_number").subject_ref == f"number:{OURS}"
    with pytest.raises(UnableTo, match="already"):
        our_numbers.release(number=number, typed=OURS, by="ada", now=timezone.now())


def test_a_number_that_was_ours_is_bought_again_with_the_rules_it_had(carrier: Sandbox) -> None:
    buy(label="Sales")
    number = Number.objects.get(e164=NEW)
    our_numbers.release(number=number, typed=NEW, by="ada", now=timezone.now())
    buy(ref="page-2", label="Sales again")
    again = Number.objects.get(e164=NEW)
    assert (again.pk, again.label, again.is_active, again.released_at) == (number.pk, "Sales again", True, None)


def test_a_number_that_the_account_has_already_is_not_bought(carrier: Sandbox) -> None:
    order = buy(OURS)
    assert (order.state, "has this number already" in order.said) == ("refused", True)
    assert not Number.objects.exists()


def test_a_number_that_a_campaign_shows_is_kept(carrier: Sandbox) -> None:
    number = campaigns.a_campaign(state="running", name="Autumn").numbers.get()
    with pytest.raises(UnableTo, match="“Autumn” shows it"):
        our_numbers.release(number=number, typed=number.e164, by="ada", now=timezone.now())


def test_a_wrong_key_is_said_in_words(carrier: Sandbox, settings: Any) -> None:
    carrier.carrier.auth_token = "another"
    with pytest.raises(UnableTo, match="does not accept this account's key"):
        buying.look(Search())
