"""Whole worlds drawn by lot: numbers of every kind, and what may be on file about them, in the real tables."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now

from calls.models import Leg, Number
from compliance import consent_check, encrypted
from compliance.models import (
    ConsentRecord,
    DialDecision,
    DialPermit,
    ErasedNumber,
    ListedNumber,
    NumberList,
    NumberListCopy,
    OutboundSwitch,
    Person,
    ReassignedAnswer,
    Revocation,
    StateSwitch,
    SuppressionEntry,
)
from compliance.models.permit import LIFE
from compliance.verdict import DialRequest, PermitState, Purpose, Voice
from tests import given

OURS, SELLER, TOPIC, BY = "+14155550100", "Acme Home Energy, Inc.", "solar panels", "worlds"
_AREAS = ("212", "310", "305", "850", "206", "787", "670", "928", "504", "702", "416", "800", "555")
_STRANGE = ("+442079460958", "+18005550101", "911", "", "sip:bob@example.com", "client:alice", "whatsapp:+12125550101",
            "+1 (212) 555", "tel:+12125550190", "+15005550006")  # fmt: skip
_STATES = ("NY", "CA", "WA", "FL", "ri", " TX", "ZZ", "")
_ZONES = ("America/New_York", "Pacific/Honolulu", "Etc/Unknown", "Mars/Base", "")
# What became of a permit: issued and unused, spent, settled in any way.
_ENDS: tuple[tuple[PermitState, ...], ...] = (
    (),
    (PermitState.VOID,),
    (PermitState.SENT,),
    (PermitState.SENT, PermitState.CONFIRMED),
    (PermitState.SENT, PermitState.CONFIRMED),
    (PermitState.SENT, PermitState.UNKNOWN),
    (PermitState.SENT, PermitState.VOID),
)


def drawn(dice: random.Random, count: int, now: datetime) -> list[DialRequest]:
    """A world with so many numbers, written down, and a request about each; some are no numbers."""
    numbers = [f"+1{dice.choice(_AREAS)}{dice.choice(('555', '633', '201'))}{n:04d}" for n in range(count)]
    _put_common(dice, numbers, now)
    people = _put_people(dice, numbers, now)
    _put_consents(dice, numbers, people, now)
    _put_revocations(dice, numbers, now)
    _put_answers(dice, numbers, now)
    _put_permits(dice, numbers, now)
    _put_legs(dice, numbers, now)
    return [_request(dice, _spelt(dice, number)) for number in (*numbers, *dice.sample(_STRANGE, 4), numbers[0])]


def spoil(dice: random.Random, requests: Sequence[DialRequest]) -> str:
    """Something that cannot be read is put on file about one number; the number."""
    number = dice.choice([request.to for request in requests if request.to.startswith("+1")])
    ConsentRecord.objects.create(number=number, kind="oral", sellers=7, created_at=Now(), created_by_ref=BY)
    return number


def _request(dice: random.Random, to: str) -> DialRequest:
    return DialRequest(
        to,
        dice.choice([Purpose.TELEMARKETING] * 5 + [Purpose.INFORMATIONAL] * 3 + [*Purpose]),
        dice.choice([OURS] * 9 + ["+14155550199"]),
        subject=f"contact:{dice.randrange(9)}",
        errand=dice.choice(["", "", f"errand:{dice.randrange(9)}"]),
        label="customer",
        by=dice.choice(["carol", "alice"]),
        voice=dice.choice([*Voice]),
        seller=dice.choice([SELLER] * 5 + ["acme home energy", "Somebody Else", ""]),
        topic=dice.choice([TOPIC] * 5 + ["Solar  Panels", "roofs", ""]),
        approved_by="alice",
    )


def _spelt(dice: random.Random, number: str) -> str:
    if not number.startswith("+1") or dice.random() < 0.8:
        return number
    return dice.choice([number[2:], f"({number[2:5]}) {number[5:8]}-{number[8:]}", f" tel:{number}"])


def _some(dice: random.Random, numbers: Sequence[str], share: float) -> list[str]:
    return [number for number in numbers if dice.random() < share]


def _put_common(dice: random.Random, numbers: Sequence[str], now: datetime) -> None:
    """What is not about one number: the switches, and the lists with their numbers."""
    Number.objects.get_or_create(e164=OURS)
    OutboundSwitch.objects.update(is_off=dice.random() < 0.1)
    for state in dice.sample(["NY", "CA", "WA", "FL", "PR", "LA"], 4):
        StateSwitch.objects.filter(state=state).update(
            is_enabled=dice.random() < 0.7,
            is_suspended=dice.random() < 0.3,
            suspended_until=dice.choice([None, now + timedelta(days=1), now - timedelta(days=1)]),
            ai_sales_signed_off_by=dice.choice(["", "Counsel"]),
            ai_sales_signed_off_at=dice.choice([None, now]),
            ai_sales_until=dice.choice([None, now + timedelta(days=1), now - timedelta(days=1)]),
        )
    for kind in ("national", "state", "litigator", "protected", "state"):
        if dice.random() < 0.85:
            _put_list(dice, kind, numbers, now)


def _put_list(dice: random.Random, kind: str, numbers: Sequence[str], now: datetime) -> None:
    of = NumberList.objects.create(
        name=f"{kind} {NumberList.objects.count()}", kind=kind, is_required=dice.random() < 0.7,
        state=dice.choice(["NY", "FL"]) if kind == "state" else "",
    )  # fmt: skip
    states = ["replaced", "loading", *(["in_force"] if dice.random() < 0.9 else [])]
    for state in states:
        at = now - timedelta(days=dice.choice([1, 5, 30, 31, 32, 90]))
        copy = NumberListCopy.objects.create(
            of=of, state=state, version_date=at.date(), retrieved_at=at, created_by_ref=BY
        )
        ListedNumber.objects.bulk_create(
            ListedNumber(number=int(number[1:]), copy=copy) for number in _some(dice, numbers, 0.15)
        )


def _put_people(dice: random.Random, numbers: Sequence[str], now: datetime) -> dict[str, Person]:
    def day() -> Any:
        return dice.choice([None, (now - timedelta(days=dice.choice([1, 80, 100, 500, 900]))).date()])

    people = [
        Person(
            number=number, line_type=dice.choice(["unknown", "wireless", "landline", "voip"]),
            line_type_at=dice.choice([None, now]), address_state=dice.choice(_STATES)[:2],
            address_zone=dice.choice(_ZONES), address_source="a file", address_at=dice.choice([None, now]),
            last_purchase_date=day(), last_inquiry_date=day(), is_restricted=dice.random() < 0.1,
            created_at=now, updated_at=now,
        )
        for number in _some(dice, numbers, 0.7)
    ]  # fmt: skip
    return {person.number: person for person in Person.objects.bulk_create(people)}


def _put_consents(dice: random.Random, numbers: Sequence[str], people: dict[str, Person], now: datetime) -> None:
    records = [
        _consent(dice, number, people.get(number), now)
        for number in numbers
        for _ in range(dice.choice([0, 1, 1, 1, 2, 4]))
    ]
    records += [  # in their file, for another number
        _consent(dice, dice.choice(numbers), person, now, subject=f"person:{person.pk}")
        for person in people.values()
        if dice.random() < 0.15
    ]
    dice.shuffle(records)
    ConsentRecord.objects.bulk_create(records)


def _consent(
    dice: random.Random, number: str, person: Person | None, now: datetime, subject: str | None = None
) -> ConsentRecord:
    seller = SELLER if dice.random() < 0.9 else "Somebody Else"
    text = consent_check.wording(seller) if dice.random() < 0.9 else "Call me."
    if subject is None:
        subject = dice.choice(["", "call:1", f"person:{person.pk}" if person else "person:0"])
    odd: dict[str, Any] = dice.choice(
        [{}] * 12
        + [
            {"signature": " "}, {"text_sha256": "0" * 64}, {"is_box_preticked": True}, {"channels": ["sms"]},
            {"purposes": "telemarketing"}, {"topic": "roofs"}, {"captured_at": None}, {"evidence_sha256": ""},
            {"captured_at": now + timedelta(days=1)}, {"sellers": []}, {"lead_chain": ["a broker"]},
        ]
    )  # fmt: skip
    fields: dict[str, Any] = {
        "number": number, "kind": dice.choice(["written"] * 4 + ["oral", "express"]), "channels": ["voice"],
        "sellers": [seller], "purposes": ["telemarketing", "informational"], "topic": TOPIC, "zone": "UTC",
        "captured_at": now - timedelta(days=dice.choice([1, 10, 44, 46, 400])), "signature": "A Person",
        "person_name": "A Person", "signature_event": "typed_name", "text": text, "text_version": "1",
        "text_sha256": consent_check.sha256_of(text), "is_separate": True, "method": "a form", "source": "a form",
        "ip_address": "192.0.2.1", "user_agent": "Firefox", "evidence_sha256": "0" * 64, "subject_ref": subject,
        "created_at": now, "created_by_ref": BY,
    }  # fmt: skip
    return ConsentRecord(**fields | odd)


def _put_revocations(dice: random.Random, numbers: Sequence[str], now: datetime) -> None:
    Revocation.objects.bulk_create(
        Revocation(
            number=number, scope=dice.choice(["all", "marketing", "topic"]), topic=dice.choice(["", TOPIC, "roofs"]),
            channels=dice.choice([[], ["voice"], ["sms"], "voice"]), route="web",
            received_at=now - timedelta(days=dice.choice([0, 5, 20, 300])), honour_by=now.date(), created_at=now,
            created_by_ref=BY,
        )
        for number in [*_some(dice, numbers, 0.15), *_some(dice, numbers, 0.1)]
    )  # fmt: skip
    SuppressionEntry.objects.bulk_create(
        SuppressionEntry(
            number=number, scope=scope, source="web", added_at=now, added_by_ref=BY,
            lifted_at=dice.choice([None, now]),
        )
        for scope in ("marketing", "all")
        for number in _some(dice, numbers, 0.1)
    )  # fmt: skip
    ErasedNumber.objects.bulk_create(
        ErasedNumber(number_hash=encrypted.keyed_hash(number), bars_everything=dice.random() < 0.5, since=now)
        for number in _some(dice, numbers, 0.05)
    )


def _put_answers(dice: random.Random, numbers: Sequence[str], now: datetime) -> None:
    ReassignedAnswer.objects.bulk_create(
        ReassignedAnswer(
            number=number, answer=dice.choice(["no", "no", "yes", "no_data"]),
            asked_date=(now - timedelta(days=dice.choice([1, 50]))).date(),
            answered_at=now - timedelta(days=dice.choice([0, 10, 40])), created_by_ref=BY,
        )
        for number in [*_some(dice, numbers, 0.4), *_some(dice, numbers, 0.2)]
    )  # fmt: skip


def _put_permits(dice: random.Random, numbers: Sequence[str], now: datetime) -> None:
    """Up to three for a number, one after the other; the last may still be open."""
    asked = {number: dice.choice([0, 0, 0, 1, 1, 2, 3]) for number in numbers}
    for turn in range(3):
        these = [number for number in numbers if asked[number] > turn]
        ends = {n: dice.choice(_ENDS if asked[n] == turn + 1 else _ENDS[1:2] + _ENDS[3:4]) for n in these}
        permits = _issued(dice, these, now, turn)
        sent_at = {p.pk: now - timedelta(hours=dice.choice([1, 3, 20, 25, 160, 800]), seconds=p.pk) for p in permits}
        for state in (PermitState.SENT, PermitState.CONFIRMED, PermitState.UNKNOWN, PermitState.VOID):
            moved = [permit for permit in permits if state in ends[permit.number]]
            for permit in moved:
                permit.state = state
                if state is PermitState.SENT:
                    permit.sent_at = sent_at[permit.pk]
            DialPermit.objects.bulk_update(moved, ["state", "sent_at"])


def _issued(dice: random.Random, numbers: Iterable[str], now: datetime, turn: int) -> list[DialPermit]:
    decisions = DialDecision.objects.bulk_create(
        DialDecision(
            at=now, purpose=dice.choice(["informational", "telemarketing", "staff"]), to_address=number, number=number,
            caller_id=OURS, outcome="allow", ruleset="", library="", actor_ref=BY,
        )
        for number in numbers
    )  # fmt: skip
    permits = DialPermit.objects.bulk_create(
        DialPermit(
            decision=decision, number=decision.number, caller_id=OURS,
            errand_ref=f"errand:{turn}" if place == 0 else "", issued_at=Now(), expires_at=Now() + LIFE * 60,
        )
        for place, decision in enumerate(decisions)
    )  # fmt: skip
    return list(DialPermit.objects.filter(pk__in=[permit.pk for permit in permits]).order_by("pk"))


def _put_legs(dice: random.Random, numbers: Sequence[str], now: datetime) -> None:
    """Calls that are out to some of them, and calls that are over."""
    call = given.a_call()
    Leg.objects.bulk_create(
        Leg(
            call=call, leg_sid=f"CA{dice.randrange(10**30):032d}", to_address=number, from_address=OURS,
            direction=dice.choice(["outbound-api", "inbound"]), is_unexplained=True, created_at=now,
            ended_at=dice.choice([None, now]),
        )
        for number in _some(dice, numbers, 0.1)
    )  # fmt: skip
