"""A number is looked for, bought and called on the day it is needed, and given back; a telephone system calls in."""

import re
from collections.abc import Iterator

import pytest
import requests

from agents.models import Assistant
from calls.models import Call, Number, SipDomain, Trunk
from tests.journeys.books import call_of, closed
from tests.journeys.house import House, eventually

NEW, PASSWORD = "+12065550150", "Twelve-chars-1"
PLAN = {"name": "Berlin", "transfer": "disable-all", "transfer_caller": "from-transferee", "trim": "do-not-trim"}


@pytest.fixture
def ada(house: House) -> Iterator[requests.Session]:
    """Ada administers."""
    with house.sign_in("ada@demo.test") as session:
        yield session


def page(house: House, ada: requests.Session, path: str, **query: str) -> str:
    answer = ada.get(f"{house.url}{path}", params=query, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.text


def press(house: House, ada: requests.Session, path: str, **form: str) -> str:
    answer = house.press(ada, path, **form)
    assert answer.status_code == 200, answer.text
    return answer.text


def hang_up(house: House, sid: str) -> None:
    """The caller hangs up, and everybody knows it."""
    house.ask("POST", f"calls/{sid}/hangup")
    house.step(1000)
    closed(sid)


def test_a_number_is_bought_called_configured_and_given_back(house: House, ada: requests.Session) -> None:
    found = page(house, ada, "/numbers/search/", country="US", kind="local", area_code="206", contains="0150")
    assert "+1 206-555-0150" in found
    asked = page(house, ada, "/numbers/buy/", number=NEW, kind="local")
    assert "It costs 1.15 USD a month" in asked
    offer = re.search(r'name="offer" value="([^"]+)"', asked)
    assert offer is not None
    answering = Assistant.objects.filter(is_active=True).order_by("pk")[0]
    form = {"offer": offer[1], "label": "Autumn sale", "assistant": str(answering.pk)}
    for _ in range(2):  # a double click
        assert "Bought." in press(house, ada, "/numbers/buy/", **form)
    number = Number.objects.get(e164=NEW)

    # It rings here at once, and an assistant answers.
    sid = house.call(to=NEW)
    house.step_to_stream(sid)
    assert (call_of(sid).number, call_of(sid).assistant) == (number, answering)
    assert "1 call is in progress on it." in page(house, ada, f"/numbers/{number.pk}/")
    hang_up(house, sid)

    # The carrier asks once more when nobody answers it, and the signature holds all the same.
    said = press(house, ada, f"/numbers/{number.pk}/configure/", overrides="rc=2&rp=ct,5xx")
    assert "2 settings were changed" in said
    sid = house.call(to=NEW)
    house.step_to_stream(sid)
    hang_up(house, sid)

    assert "write the whole number" in press(house, ada, f"/numbers/{number.pk}/release/", typed="yes")
    assert "was given back" in press(house, ada, f"/numbers/{number.pk}/release/", typed="(206) 555-0150")
    refused = house.phone.post(f"{house.carrier}/_sandbox/calls", json={"to": NEW}, timeout=10)
    assert refused.status_code == 409
    assert Call.objects.filter(number=number).count() == 2


def test_a_telephone_system_calls_in_and_is_answered_when_it_is_away(house: House, ada: requests.Session) -> None:
    number = Number.objects.filter(is_active=True, assistant__isnull=False).order_by("e164")[0]
    press(house, ada, "/trunks/sending/lists/", name="PBX users", kind="credentials")
    html = press(
        house, ada, "/trunks/sending/domains/", domain="acme.sip.twilio.com", name="Acme", number=str(number.pk)
    )
    domain = SipDomain.objects.get()
    of = re.search(r"/trunks/sending/lists/(\d+)/user/", html)
    assert of is not None
    press(house, ada, f"/trunks/sending/lists/{of[1]}/user/", user="pbx", password=PASSWORD)
    press(house, ada, f"/trunks/sending/domains/{domain.pk}/let-in/", list=of[1])
    inward = {"to": "sip:sales@acme.sip.twilio.com", "from": "sip:+12125550160@pbx.example.com", "user": "pbx"}
    sid = str(house.ask("POST", "sip-calls", json=inward | {"password": PASSWORD})["sid"])
    house.step_to_stream(sid)
    call = call_of(sid)
    assert (call.number, call.customer_e164, call.our_address) == (number, "+12125550160", inward["to"])
    hang_up(house, sid)

    # A trunk has the number's calls; its telephone system answers, then is away.
    disaster = f"{house.url}/twilio/disaster/"
    press(house, ada, "/trunks/new/", **PLAN, recording="do-not-record", disaster_url=disaster)
    trunk = Trunk.objects.get(name="Berlin")
    target = {"uri": "sip:pbx.example.com", "priority": "10", "weight": "10", "is_on": "on"}
    press(house, ada, f"/trunks/{trunk.pk}/addresses/", **target)
    press(house, ada, f"/numbers/{number.pk}/move/", trunk=str(trunk.pk))
    house.ask("PUT", "sip/pbx.example.com", json={"code": 200})
    assert house.ask("POST", "trunk-calls", json={"to": number.e164})["outcome"] == "answered"
    house.ask("DELETE", "sip/pbx.example.com")
    offered = house.ask("POST", "trunk-calls", json={"to": number.e164})
    assert offered["outcome"] == "disaster"
    house.step_to_end(offered["call_sid"])
    assert [verb["verb"] for verb in house.on_line(offered["call_sid"])["verbs"]] == ["Say", "Hangup"]
    eventually(lambda: Call.objects.filter(legs__leg_sid=offered["call_sid"]).exists(), what="the call in the books")

    said = press(house, ada, f"/trunks/{trunk.pk}/delete/", typed="Berlin")
    assert "still billed every month" in said
    press(house, ada, f"/trunks/sending/domains/{domain.pk}/drop/")
    number.refresh_from_db()
    assert number.trunk is None
    sid = house.call(to=number.e164)
    house.step_to_stream(sid)
    hang_up(house, sid)
