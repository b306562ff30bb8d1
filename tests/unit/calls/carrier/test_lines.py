"""Numbers, trunks and lists over the vendor's own client, at the sandbox's carrier; no books of ours."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from calls.carrier import caller_ids, number_market, sip_access, trunks
from calls.carrier import numbers as at_carrier
from calls.carrier.errors import CarrierError
from calls.line_rules.searching import Search
from calls.line_rules.trunk import Plan
from tests.sandbox_carrier import Sandbox, a_sandbox

OURS, NEW = "+14155550100", "+14155550150"
PLAN = Plan("Berlin", "acme-berlin.pstn.twilio.com", is_secure=True, transfer="sip-only")


@pytest.fixture
def carrier(settings: Any) -> Iterator[Sandbox]:
    with a_sandbox(settings, OURS) as sandbox:
        yield sandbox


def test_what_is_for_sale_is_told_with_its_price(carrier: Sandbox) -> None:
    (one,) = number_market.search(Search(area_code="415", contains="0150", needs_sms=True))
    assert (one.e164, one.place, one.capabilities) == (NEW, "San Francisco, CA", ("mms", "sms", "voice"))
    assert number_market.search(Search("GB", "mobile", contains="7700900000"))[0].e164 == "+447700900000"
    assert number_market.search(Search("US", "mobile")) == []
    price = number_market.monthly_price(country="US", kind="toll-free")
    assert (str(price), price and price.amount) == ("2.15 USD", Decimal("2.15"))
    assert number_market.monthly_price(country="AQ", kind="local") is None


def test_a_number_is_bought_once_and_given_back_once(carrier: Sandbox) -> None:
    settings = {"voice_url": "https://voice.example.com/twilio/voice/#rc=2", "voice_method": "POST"}
    sid = number_market.buy(NEW, settings)
    found = at_carrier.find(NEW)
    assert found is not None
    assert (found.phone_number_sid, found.settings["voice_url"]) == (sid, settings["voice_url"])
    with pytest.raises(CarrierError) as no:
        number_market.buy(NEW, settings)
    assert (no.value.code in number_market.GONE, no.value.may_be_done) == (True, False)
    assert (number_market.release(sid), number_market.release(sid)) == (True, False)


def test_a_lost_answer_may_have_done_it(carrier: Sandbox) -> None:
    carrier.lose_answers("IncomingPhoneNumbers")
    with pytest.raises(CarrierError) as lost:
        number_market.buy(NEW, {})
    assert lost.value.may_be_done
    assert at_carrier.find(NEW) is not None


def test_a_trunk_is_what_was_asked_for(carrier: Sandbox) -> None:
    sid = trunks.create(PLAN)
    trunks.set_recording(sid, mode="record-from-ringing-dual", trim="trim-silence")
    trunks.add_target(sid, name="a", uri="sip:a.example.com;transport=tls", priority=5, weight=7, is_on=False)
    number = at_carrier.find(OURS)
    assert number is not None
    trunks.add_number(sid, number.phone_number_sid)
    found = trunks.look_up(sid)
    assert found is not None
    assert found.plan == replace(PLAN, recording="record-from-ringing-dual", trim="trim-silence")
    (target,) = found.targets
    assert (target.uri, target.priority, target.weight, target.is_on) == (
        "sip:a.example.com;transport=tls",
        5,
        7,
        False,
    )
    assert (found.number_sids, trunks.listed()) == ((number.phone_number_sid,), [sid])
    trunks.change(sid, replace(PLAN, domain="", disaster_url="https://static.example.com/x.xml"))
    trunks.change_target(sid, target.sid, name="a", uri=target.uri, priority=1, weight=1, is_on=True)
    changed = trunks.look_up(sid)
    assert changed is not None
    assert (changed.plan.domain, changed.plan.disaster_url) == (PLAN.domain, "https://static.example.com/x.xml")
    trunks.change(sid, PLAN)
    again = trunks.look_up(sid)
    assert again is not None
    assert again.plan.disaster_url == ""
    for _ in range(2):  # what is gone is gone
        trunks.drop_target(sid, target.sid)
        trunks.drop_number(sid, number.phone_number_sid)
    assert (trunks.delete(sid), trunks.delete(sid), trunks.look_up(sid)) == (True, False, None)


def test_lists_and_domains_let_people_in(carrier: Sandbox) -> None:
    users, office = (
        sip_access.make_list("Users", are_credentials=True),
        sip_access.make_list("O", are_credentials=False),
    )
    sip_access.add_credential(users, user_name="pbx", password="Twelve-chars-1")
    sip_access.add_address(office, name="office", address="203.0.113.8", prefix=29)
    found = {one.sid: one for one in sip_access.lists()}
    assert [(entry.value, entry.prefix) for entry in found[users].entries] == [("pbx", None)]
    assert [(entry.value, entry.prefix) for entry in found[office].entries] == [("203.0.113.8", 29)]
    sip_access.change_password(users, found[users].entries[0].sid, password="Another-chars-2")
    urls = {name: f"https://voice.example.com/{name}/" for name in ("voice_url", "fallback_url", "status_url")}
    domain = sip_access.make_domain("acme.sip.twilio.com", name="Acme", is_secure=True, **urls)
    trunk = trunks.create(PLAN)
    for of, are_credentials in ((users, True), (office, False)):
        sip_access.let_in(domain, of, are_credentials=are_credentials)
        trunks.let_in(trunk, of, are_credentials=are_credentials)
    (one,) = sip_access.domains()
    assert (one.domain, one.is_secure, set(one.list_sids)) == ("acme.sip.twilio.com", True, {users, office})
    on_trunk = trunks.look_up(trunk)
    assert on_trunk is not None
    assert (on_trunk.credential_list_sids, on_trunk.address_list_sids) == ((users,), (office,))
    for _ in range(2):
        sip_access.shut_out(domain, users, are_credentials=True)
        trunks.shut_out(trunk, office, are_credentials=False)
        sip_access.drop_entry(office, found[office].entries[0].sid, are_credentials=False)
    sip_access.drop_domain(domain)
    assert sip_access.domains() == []


def test_numbers_of_others_are_listed_and_given_up(carrier: Sandbox) -> None:
    assert caller_ids.listed() == []
    caller_ids.drop("PN" + "0" * 32)


@pytest.mark.parametrize(("answer", "code"), [("429", 20429), ("500", 20500)])
def test_a_carrier_that_is_away_is_one_error(answer: str, code: int, carrier: Sandbox) -> None:
    for ask in (lambda: number_market.search(Search()), trunks.listed, sip_access.lists, caller_ids.listed):
        carrier.fail(answer)
        with pytest.raises(CarrierError) as away:
            ask()  # type: ignore[operator]
        assert (away.value.code, away.value.is_permanent) == (code, False)
