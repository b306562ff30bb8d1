"""Trunks, lists, SIP domains and numbers of others: over the real client, at the sandbox's carrier."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from django.utils import timezone

from agents.models import TransferDestination
from calls.control import door_facts
from calls.line_rules.trunk import Plan
from calls.models import CallerId, Number, SipAccessList, SipDomain, Trunk
from calls.provisioning import access_lists, caller_ids, disaster, mirroring, our_numbers, trunks
from calls.provisioning.problems import UnableTo
from compliance.models import AuditEntry, DialPermit
from tests import given
from tests.sandbox_carrier import Sandbox, a_sandbox

pytestmark = pytest.mark.django_db(transaction=True)
OURS, PASSWORD = given.OURS, "Twelve-chars-1"
A, B = "sip:a.example.com;transport=tls", "sip:b.example.com;transport=tls?X-Site=berlin"
PLAN = Plan("Berlin", "acme-berlin.pstn.twilio.com", is_secure=True, recording="record-from-answer-dual")


def said() -> dict[str, Any]:
    return {"by": "ada@example.com", "now": timezone.now()}


@pytest.fixture
def carrier(settings: Any) -> Iterator[Sandbox]:
    with a_sandbox(settings, OURS) as sandbox:
        yield sandbox


@pytest.fixture
def trunk(carrier: Sandbox) -> Trunk:
    """A trunk with two addresses and our number."""
    number = given.a_number()
    our_numbers.point_at_us(number=number, **said())
    made = trunks.create(plan=replace(PLAN, disaster_url=disaster.our_url()), **said())
    trunks.set_target(trunk=made, uri=A, priority=10, weight=10, **said())
    trunks.set_target(trunk=made, uri=B, priority=20, weight=10, **said())
    number.refresh_from_db()
    return trunks.take_number(trunk=made, number=number, **said())


def called(carrier: Sandbox) -> dict[str, Any]:
    return dict(carrier.ask("POST", "trunk-calls", to=OURS))


def test_a_trunk_is_made_as_wanted_and_read_back(carrier: Sandbox, trunk: Trunk) -> None:
    trunk.refresh_from_db()
    assert trunk.plan == replace(PLAN, disaster_url="https://voice.example.com/twilio/disaster/")
    assert [target.uri for target in trunk.in_order()] == [A, B]
    assert Number.objects.get().trunk == trunk
    with pytest.raises(UnableTo, match="of this name already"):
        trunks.create(plan=PLAN, **said())
    with pytest.raises(UnableTo, match="Choose another"):
        trunks.create(plan=replace(PLAN, name="Other"), **said())
    assert len(carrier.carrier.lines.trunks) == 1


def test_its_calls_go_where_it_points_and_on_when_nobody_answers(carrier: Sandbox, trunk: Trunk) -> None:
    carrier.ask("PUT", "sip/b.example.com", code=200)
    assert called(carrier)["answered_by"] == B
    carrier.ask("PUT", "sip/a.example.com", code=486)
    assert called(carrier)["outcome"] == "refused"  # busy is busy, says the screen
    (target, _) = trunk.in_order()
    given_ = {"uri": target.uri, "priority": 10, "weight": 10}
    trunks.set_target(trunk=trunk, target=target, **given_, is_on=False, **said())
    assert called(carrier)["answered_by"] == B


def test_what_cannot_stand_on_a_trunk_is_refused_before_the_carrier_is_asked(carrier: Sandbox, trunk: Trunk) -> None:
    for uri, why in (
        ("sips:c.example.com", ";transport=tls"),
        ("sip:c.example.com", "This trunk is encrypted"),
        (A, "has that address already"),
    ):
        with pytest.raises(UnableTo, match=why):
            trunks.set_target(trunk=trunk, uri=uri, priority=1, weight=1, **said())
    with pytest.raises(UnableTo, match="stays with its trunk"):
        trunks.change(trunk=trunk, plan=replace(trunk.plan, domain=""), **said())
    for place in range(8):
        uri = f"sip:more{place}.example.com;transport=tls"
        trunks.set_target(trunk=trunk, uri=uri, priority=30, weight=1, **said())
    with pytest.raises(UnableTo, match="10 addresses at most"):
        trunks.set_target(trunk=trunk, uri="sip:z.example.com;transport=tls", priority=30, weight=1, **said())


def test_a_trunk_becomes_encrypted_only_when_all_of_its_addresses_are(carrier: Sandbox) -> None:
    plain = trunks.create(plan=Plan("Plain"), **said())
    trunks.set_target(trunk=plain, uri="sip:c.example.com", priority=1, weight=1, **said())
    with pytest.raises(UnableTo, match=r"sip:c\.example\.com has none"):
        trunks.change(trunk=plain, plan=replace(plain.plan, is_secure=True), **said())
    changed = trunks.change(trunk=plain, plan=replace(plain.plan, transfer="sip-only", trim="trim-silence"), **said())
    assert (changed.transfer, changed.trim) == ("sip-only", "trim-silence")
    entry = AuditEntry.objects.get(act="change_trunk")
    assert entry.details == {"changed": ["transfer", "trim"]}


def test_a_number_comes_back_to_us(carrier: Sandbox, trunk: Trunk) -> None:
    number = Number.objects.get()
    assert our_numbers.point_at_us(number=number, written="rc=1", **said()) == 0
    trunks.give_number_back(number=number, **said())
    number.refresh_from_db()
    assert (number.trunk, number.overrides) == (None, "rc=1")
    assert our_numbers.point_at_us(number=number, **said()) == 2
    with pytest.raises(UnableTo, match="on no trunk"):
        trunks.give_number_back(number=number, **said())


def test_a_deleted_trunk_leaves_its_numbers_and_says_that_they_are_billed(carrier: Sandbox, trunk: Trunk) -> None:
    with pytest.raises(UnableTo, match="write the trunk's name"):
        trunks.delete(trunk=trunk, typed="berlin", **said())
    sentence = trunks.delete(trunk=trunk, typed="Berlin", **said())
    assert sentence.startswith("Its number stays in the account, still billed every month")
    assert (Trunk.objects.count(), len(carrier.carrier.lines.trunks)) == (0, 0)
    assert Number.objects.get().trunk is None


def test_what_was_done_in_the_console_is_read(carrier: Sandbox, trunk: Trunk) -> None:
    (theirs,) = carrier.carrier.lines.trunks.values()
    theirs.friendly_name, theirs.secure = "Renamed", False
    theirs.urls.clear()
    carrier.carrier.number_of(OURS).other.clear()  # type: ignore[union-attr]
    found = mirroring.read_everything(now=timezone.now())
    assert found.trunks == 1
    trunk.refresh_from_db()
    assert (trunk.name, trunk.is_secure, trunk.targets.count(), trunk.numbers.count()) == ("Renamed", False, 0, 0)
    carrier.carrier.lines.trunks.clear()
    mirroring.read_everything(now=timezone.now())
    assert not Trunk.objects.exists()


def test_a_carrier_that_is_away_changes_nothing_here(carrier: Sandbox, trunk: Trunk) -> None:
    carrier.fail("429")
    with pytest.raises(UnableTo, match="asked too often"):
        trunks.change(trunk=trunk, plan=replace(trunk.plan, name="Hamburg"), **said())
    trunk.refresh_from_db()
    assert trunk.name == "Berlin"


# --- who may send calls ---


def test_lists_are_made_filled_put_on_a_trunk_and_hold_no_password(carrier: Sandbox, trunk: Trunk) -> None:
    with structlog.testing.capture_logs() as logs:
        access_lists.make_list(name="Users", are_credentials=True, **said())
        users = SipAccessList.objects.get()
        access_lists.set_credential(of=users, user_name="pbx", password=PASSWORD, **said())
        access_lists.set_credential(of=users, user_name="pbx", password="Another-chars-2", **said())
        with pytest.raises(UnableTo, match="At least 12 characters"):
            access_lists.set_credential(of=users, user_name="pbx2", password="short", **said())
    (theirs,) = carrier.carrier.lines.lists.values()
    assert [entry.password for entry in theirs.entries.values()] == ["Another-chars-2"]
    kept = [*users.entries.values(), *AuditEntry.objects.values(), *logs]
    assert not any(word in str(kept) for word in (PASSWORD, "Another-chars-2"))
    assert "Nobody can call out" in trunks.advice(trunk)[0]
    access_lists.let_in(of=users, at=trunk, is_let_in=True, **said())
    assert not any("Nobody can call out" in sentence for sentence in trunks.advice(trunk))
    with pytest.raises(UnableTo, match="It is used by Berlin"):
        access_lists.drop_list(of=users, **said())
    access_lists.let_in(of=users, at=trunk, is_let_in=False, **said())
    access_lists.drop_list(of=users, **said())
    assert not SipAccessList.objects.exists()


def test_networks_are_let_in_with_a_word_about_wide_ones(carrier: Sandbox) -> None:
    access_lists.make_list(name="Office", are_credentials=False, **said())
    office = SipAccessList.objects.get()
    assert access_lists.add_network(of=office, written="203.0.113.9/29", name="", **said()) == ""
    assert "512" in access_lists.add_network(of=office, written="198.51.0.0/23", name="", **said())
    assert sorted(map(str, office.entries.all())) == ["198.51.0.0/23", "203.0.113.8/29"]
    for written, why in (("10.0.0.1", "inside a network"), ("203.0.113.8/29", "on the list already")):
        with pytest.raises(UnableTo, match=why):
            access_lists.add_network(of=office, written=written, name="", **said())
    access_lists.drop_entry(entry=office.entries.get(prefix=23), **said())
    assert office.entries.count() == 1


def test_a_telephone_system_calls_in_at_a_domain_that_points_at_us(carrier: Sandbox) -> None:
    number = given.a_number()
    access_lists.make_domain(domain="Acme.sip.twilio.com", name="", is_secure=False, number=number, **said())
    domain = SipDomain.objects.get()
    assert (domain.domain, domain.is_ours, domain.number) == ("acme.sip.twilio.com", True, number)
    (theirs,) = carrier.carrier.lines.domains.values()
    assert theirs.settings["VoiceUrl"] == "https://voice.example.com/twilio/voice/"
    with pytest.raises(UnableTo, match="Choose another"):
        access_lists.make_domain(domain="acme.sip.twilio.com", name="", is_secure=False, number=None, **said())
    with pytest.raises(UnableTo, match="Letters, digits and hyphens"):
        access_lists.make_domain(domain="acme.example.com", name="", is_secure=False, number=None, **said())
    access_lists.drop_domain(domain=domain, **said())
    assert carrier.carrier.lines.domains == {}


# --- numbers of others ---


def test_a_number_of_others_is_verified_through_the_door(carrier: Sandbox) -> None:
    given.a_number()
    theirs = "+12125550160"
    with pytest.raises(UnableTo, match="transfer directory"):
        caller_ids.ask(written=theirs, name="PBX", **said())
    assert carrier.carrier.ledger.since(kind="dial") == []
    TransferDestination.objects.create(name="PBX", address=theirs)
    code = caller_ids.ask(written="(212) 555-0160", name="PBX", **said())
    (permit,) = DialPermit.objects.all()
    assert (permit.number, permit.state) == (theirs, "confirmed")
    assert not door_facts.may_show(theirs)
    carrier.ask("POST", f"caller-ids/{theirs}/code", code=code)
    mirroring.read_caller_ids(now=timezone.now())
    assert door_facts.may_show(theirs)
    assert code not in str([*CallerId.objects.values(), *AuditEntry.objects.values()])
    with pytest.raises(UnableTo, match="already"):
        caller_ids.ask(written=theirs, name="PBX", **said())
    caller_ids.give_up(caller_id=CallerId.objects.get(), **said())
    assert not door_facts.may_show(theirs)
    assert carrier.carrier.lines.caller_ids == {}
