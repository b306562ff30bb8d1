"""Calls that come in over SIP, and calls of a trunk whose telephone system is away: the same intake, the same books."""

import pytest
from asgiref.sync import sync_to_async

from calls import intake
from calls.carrier import callbacks
from calls.models import Call
from tests import given, lines_given

pytestmark = pytest.mark.django_db
PBX = "sip:+12125550160@pbx.example.com"


def ring(to: str, from_: str = PBX) -> tuple[Call, object]:
    form = given.a_ring(to=to, from_=from_, SipDomain="acme.sip.twilio.com")
    answer = intake.receive(request=callbacks.voice_request(form), now=given.NOON)
    return answer.call, answer


def test_a_telephone_system_reaches_the_number_that_it_names() -> None:
    number = given.a_number()
    lines_given.a_domain()
    for to in (f"sip:{given.OURS}@acme.sip.twilio.com", "sip:%2B14155550100@ACME.sip.twilio.com:5060"):
        call, _ = ring(to)
        assert (call.number, call.customer_e164, call.customer_address) == (number, "+12125550160", PBX)


def test_any_other_name_is_answered_as_the_domain_says() -> None:
    reception, sales = given.a_number(), given.a_number(e164="+14155550109")
    lines_given.a_domain(sales)
    call, _ = ring("sip:sales@acme.sip.twilio.com", from_="sip:12@pbx.example.com")
    assert (call.number, call.assistant, call.customer_e164) == (sales, sales.assistant, "")
    assert call.number != reception


@pytest.mark.parametrize("to", ["sip:sales@other.sip.twilio.com", "sip:@acme.sip.twilio.com", "sip:+1415@x", "sip:"])
def test_a_call_that_names_nothing_of_ours_hears_so(to: str) -> None:
    given.a_number()
    lines_given.a_domain()
    call, answer = ring(to)
    assert call.number is None
    assert isinstance(answer, intake.NotInService)


@pytest.mark.django_db(transaction=True)
async def test_a_trunk_whose_telephone_system_is_away_is_answered_by_the_words_of_the_file() -> None:
    await sync_to_async(given.a_number)()
    form = given.a_ring()
    answer = await given.post("/twilio/disaster/", form)
    assert answer.status_code == 200
    assert "our telephone system cannot be reached" in answer.content.decode()
    assert (await given.post("/twilio/disaster/", form, signature="wrong")).status_code == 403
