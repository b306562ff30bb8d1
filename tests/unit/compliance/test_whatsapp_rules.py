"""The gate and WhatsApp: what is refused, why, and that no way leads from there to the telephone network."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance import rules
from compliance.customer import CustomerFacts, HeldConsent, ListCopy, NumberFacts, RevokedConsent, StateFacts
from compliance.numbers import Kind
from compliance.verdict import (
    Code,
    DialFacts,
    DialRequest,
    DoorFacts,
    Judgement,
    Outcome,
    Purpose,
    StaffEntry,
    Voice,
    WhatsAppBooks,
)
from compliance.whatsapp import Fact, Happened, SenderFacts
from tests.unit.compliance.case_facts import LAW, US
from tests.unit.compliance.test_whatsapp_terms import RULES

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)  # a Friday, 13:00 in New York
CAROL, OURS = "+12125550101", "+5511955550100"
SENDER = SenderFacts(OURS, "BR")
YES = Happened(Fact.ACCEPTED, NOW - timedelta(days=1), "request:1")
CONSENT = HeldConsent(1, "express", ("informational",), "", ("whatsapp",), NOW - timedelta(days=2))
_count = itertools.count(1)


def asked(**changes: Any) -> DialRequest:
    words = {"to": f"whatsapp:{CAROL}", "purpose": Purpose.INFORMATIONAL, "caller_id": OURS, "voice": Voice.AI}
    return DialRequest(**words | changes)


def known(*happened: Happened, **door: Any) -> DialFacts:
    books = WhatsAppBooks(happened or (YES,), RULES)
    words = {"directory": None, "is_caller_id_ours": True, "live_legs": 0, "regions": US, "sender": SENDER}
    number = NumberFacts(CAROL, "US", ("NY",), ("America/New_York",))
    return DialFacts(
        door=DoorFacts(**words | door),
        is_paused=False,
        has_open_permit=False,
        is_errand_done=False,
        customer=CustomerFacts(number=number, consents=(CONSENT,), states=(StateFacts("NY"),)),
        whatsapp=books,
    )


def decided(request: DialRequest | None = None, facts: DialFacts | None = None, now: datetime = NOW) -> Judgement:
    return rules.decide(request or asked(), facts or known(), now, LAW)


def codes(judgement: Judgement) -> list[Code]:
    return [reason.code for reason in judgement.reasons]


def of(kind: Fact, *, hours: float) -> Happened:
    return Happened(kind, NOW - timedelta(hours=hours), f"p{next(_count)}")


def test_with_their_permission_they_are_called() -> None:
    assert decided().outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    ("happened", "code"),
    [
        ([of(Fact.REQUESTED, hours=1)], Code.WHATSAPP_NO_GRANT),
        ([replace(YES, at=NOW - timedelta(days=8))], Code.WHATSAPP_NO_GRANT),
        ([YES, of(Fact.REJECTED, hours=1)], Code.WHATSAPP_NO_GRANT),
        ([YES, of(Fact.REVOKED, hours=1)], Code.WHATSAPP_NO_GRANT),
        ([YES, *[of(Fact.MISSED, hours=k) for k in range(4)]], Code.WHATSAPP_NO_GRANT),
        ([YES, *[of(Fact.PLACED, hours=k + 1) for k in range(5)]], Code.WHATSAPP_LIMIT),
        ([YES, of(Fact.RATE_LIMITED, hours=0.5)], Code.WHATSAPP_LIMIT),
    ],
)
def test_what_the_channel_refuses(happened: list[Happened], code: Code) -> None:
    judgement = decided(facts=known(*happened))
    assert codes(judgement) == [code]
    assert judgement.reasons[0].sentence.endswith(".")
    assert judgement.outcome is (Outcome.DEFER if code is Code.WHATSAPP_LIMIT else Outcome.DENY)
    assert (judgement.until is not None) is (code is Code.WHATSAPP_LIMIT)


@pytest.mark.parametrize("country", ["US", "CA", "EG", "NG", "TR", "VN", "CU", "IR", "KP", "SY", ""])
def test_a_sender_of_a_barred_country_calls_nobody(country: str) -> None:
    assert codes(decided(facts=known(sender=replace(SENDER, country=country)))) == [Code.WHATSAPP_SENDER_COUNTRY]


def test_a_sender_that_is_off_or_has_too_many_calls_places_none() -> None:
    assert codes(decided(facts=known(sender=replace(SENDER, is_on=False)))) == [Code.WHATSAPP_SENDER_OFF]
    assert codes(decided(facts=known(sender=replace(SENDER, live_calls=1000)))) == [Code.WHATSAPP_LIMIT]
    assert decided(facts=known(sender=replace(SENDER, live_calls=999))).outcome is Outcome.ALLOW


def test_rules_that_are_not_whole_are_a_doubt_and_a_doubt_is_a_refusal() -> None:
    for broken in ((), RULES[1:]):
        facts = replace(known(), whatsapp=WhatsAppBooks((YES,), broken))
        assert codes(decided(facts=facts)) == [Code.UNDECIDED]
    assert codes(decided(facts=replace(known(), whatsapp=None))) == [Code.UNDECIDED]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"caller_id": "+14155550100", "sender": None}, Code.CHANNEL_UNSUPPORTED),
        ({"purpose": Purpose.STAFF}, Code.CHANNEL_UNSUPPORTED),
        ({"purpose": Purpose.TRANSFER}, Code.CHANNEL_UNSUPPORTED),
        ({"purpose": Purpose.EMERGENCY}, Code.CHANNEL_UNSUPPORTED),
        ({"to": "whatsapp:2125550101"}, Code.NUMBER_INVALID),
        ({"to": "whatsapp:"}, Code.NUMBER_INVALID),
        ({"to": "whatsapp:BR.4891"}, Code.NUMBER_INVALID),
        ({"to": "whatsapp:+442079460958"}, Code.COUNTRY_NOT_ALLOWED),
        ({"to": "messenger:1234"}, Code.CHANNEL_UNSUPPORTED),
    ],
)
def test_who_is_no_customer_on_whatsapp_is_not_called_there(changes: dict[str, Any], code: Code) -> None:
    door = {"sender": changes.pop("sender")} if "sender" in changes else {}
    assert codes(decided(asked(**changes), known(**door)))[0] is code


def test_a_wish_for_no_more_calls_counts_on_every_channel() -> None:
    who = known().customer
    assert who is not None
    for channels in ((), ("voice",), ("whatsapp",)):
        told = RevokedConsent("all", NOW - timedelta(hours=1), channels=channels)
        facts = replace(known(), customer=replace(who, revocations=(told,)))
        assert Code.CONSENT_REVOKED in codes(decided(facts=facts)), channels
    sms = replace(known(), customer=replace(who, revocations=(RevokedConsent("all", NOW, channels=("sms",)),)))
    assert decided(facts=sms).outcome is Outcome.ALLOW
    assert codes(decided(facts=replace(known(), customer=replace(who, suppressed=("all",))))) == [Code.INTERNAL_DNC]


def test_consent_hours_and_caps_are_asked_as_for_any_call() -> None:
    who = known().customer
    assert who is not None
    assert codes(decided(facts=replace(known(), customer=replace(who, consents=())))) == [Code.CONSENT_EXPRESS_REQUIRED]
    assert codes(decided(now=datetime(2026, 11, 20, 4, 0, tzinfo=UTC), facts=known(
        replace(YES, at=datetime(2026, 11, 19, tzinfo=UTC))
    ))) == [Code.QUIET_HOURS]  # fmt: skip
    often = tuple(NOW - timedelta(hours=k + 1) for k in range(3))
    assert codes(decided(facts=replace(known(), customer=replace(who, attempts=often)))) == [Code.FREQUENCY_CAP]


def test_their_grant_stands_for_what_the_law_of_telephone_calls_asks_of_registries() -> None:
    who = known().customer
    assert who is not None
    signed = replace(CONSENT, kind="written", purposes=("telemarketing",))
    registry = ListCopy("National DNC", "national", is_listed=True)
    facts = replace(known(), customer=replace(who, lists=(registry,), consents=(signed,)))
    assert decided(asked(purpose=Purpose.TELEMARKETING), facts).outcome is Outcome.ALLOW
    by_telephone = decided(asked(purpose=Purpose.TELEMARKETING, to=CAROL), facts)
    assert Code.DNC_SCRUB_STALE in codes(by_telephone)


# --- and never the telephone network ---

DESK = StaffEntry("+12125550150", "agent-7")


@pytest.mark.parametrize(
    ("to", "company", "is_refused"),
    [
        ("+12125550150", Kind.WHATSAPP, True),
        ("tel:+12125550150", Kind.WHATSAPP, True),
        ("client:agent-7", Kind.WHATSAPP, False),
        ("sip:desk@example.com", Kind.WHATSAPP, False),
        ("+12125550150", Kind.PHONE, False),
        ("+12125550150", None, False),
    ],
)
def test_nobody_on_the_telephone_network_is_brought_to_a_whatsapp_call(
    to: str, company: Kind | None, is_refused: bool
) -> None:
    request = DialRequest(to, Purpose.STAFF, "+14155550100")
    facts = known(company=company, sender=None, directory=StaffEntry(to.removeprefix("tel:"), "agent-7"))
    judgement = rules.decide(request, replace(facts, customer=None, whatsapp=None), NOW)
    assert (codes(judgement) == [Code.WHATSAPP_NO_PSTN]) is is_refused
    assert (judgement.outcome is Outcome.ALLOW) is not is_refused
