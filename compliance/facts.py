"""The few queries the rules need, frozen into one value."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from compliance import lists, on_file, zones
from compliance.customer import (
    CustomerFacts,
    HeldConsent,
    NumberFacts,
    PersonFacts,
    ReassignedFacts,
    RevokedConsent,
    StateFacts,
)
from compliance.models import ConsentRecord, DialPermit, OutboundSwitch, Person, WhatsAppFact, WhatsAppRule
from compliance.numbers import Address, Kind, read_address
from compliance.verdict import DialFacts, DialRequest, DoorFacts, Purpose, WhatsAppBooks

# No cap looks further back.
_LONGEST_CAP = timedelta(days=31)
# Whose number's history is nobody's business: colleagues, and those whom we are asked to refuse anyway.
_NO_CUSTOMERS = frozenset({Purpose.STAFF, Purpose.TRANSFER})
_REACHED = (Kind.PHONE, Kind.WHATSAPP)


def gather(request: DialRequest, door: DoorFacts, now: datetime) -> DialFacts:
    """What our own books say about this request, beside what the door has read."""
    address = read_address(request.to, region=door.default_region)
    if request.purpose not in _NO_CUSTOMERS and address.kind in _REACHED and address.value:
        return _of_customer(request, door, address, now)
    return DialFacts(
        door=door,
        is_paused=OutboundSwitch.is_paused(),
        has_open_permit=DialPermit.is_open_for(address.value),
        is_errand_done=DialPermit.is_done(request.errand),
    )


def _of_customer(request: DialRequest, door: DoorFacts, address: Address, now: datetime) -> DialFacts:
    number, region = address.value, address.region
    states = zones.states_of_number(number, region)
    before = timezone.now()  # not the moment that is decided about: the clock itself is in question
    found = on_file.of_number(number, states=states, errand=request.errand, since=now - _LONGEST_CAP)
    skew_ms = _skew_ms(before, _moment(found["clock"]), timezone.now())
    person = found["person"]
    return DialFacts(
        door=door,
        is_paused=found["is_paused"],
        has_open_permit=found["has_open_permit"],
        is_errand_done=found["is_errand_done"],
        skew_ms=skew_ms,
        customer=CustomerFacts(
            number=NumberFacts(number, region, states=states, zones=zones.of_number(number, region)),
            person=PersonFacts() if person is None else _person(person),
            consents=tuple(_consents(number, person, request.seller)),
            revocations=tuple(
                RevokedConsent(scope, _moment(at), topic, _words(channels))
                for scope, at, topic, channels in found["revocations"]
            ),
            suppressed=tuple(found["suppressed"]),
            lists=lists.standing_of(number),
            reassigned=_reassigned(found["reassigned"]),
            attempts=tuple(_moment(at) for at in found["attempts"]),
            states=tuple(_state(row) for row in found["states"]),
        ),
        whatsapp=None if address.kind is not Kind.WHATSAPP or door.sender is None else _whatsapp(door, number),
    )


def _whatsapp(door: DoorFacts, number: str) -> WhatsAppBooks:
    assert door.sender is not None
    return WhatsAppBooks(WhatsAppFact.between(sender=door.sender.e164, person=number), WhatsAppRule.all_frozen())


def _skew_ms(before: datetime, theirs: datetime, after: datetime) -> int:
    """By how much our clock is off from the database's, beyond what the question itself took."""
    off = before - theirs if theirs < before else after - theirs if theirs > after else timedelta(0)
    return round(off.total_seconds() * 1000)


def _person(row: dict[str, Any]) -> PersonFacts:
    is_looked_up = row["line_type_at"] is not None
    return PersonFacts(
        line=row["line_type"] if is_looked_up else Person.Line.UNKNOWN.value,
        address_state=row["address_state"],
        address_zone=row["address_zone"],
        address_source=row["address_source"],
        address_at=_moment_if_any(row["address_at"]),
        purchase_date=_day_if_any(row["last_purchase_date"]),
        inquiry_date=_day_if_any(row["last_inquiry_date"]),
        is_restricted=row["is_restricted"],
    )


def _consents(number: str, person: dict[str, Any] | None, seller: str) -> Iterator[HeldConsent]:
    """Those for this number, and those in the person's file, which may be for another number of theirs."""
    theirs = Q(number=number)
    if person is not None:
        theirs |= Q(subject_ref=f"person:{person['id']}")
    for row in ConsentRecord.objects.filter(theirs).order_by("pk"):
        yield HeldConsent(
            id=row.pk,
            kind=row.kind,
            purposes=_words(row.purposes),
            topic=row.topic,
            channels=_words(row.channels),
            captured_at=row.captured_at,
            problems=row.problems(number=number, seller=seller),
            text_sha256=row.text_sha256,
        )


def _reassigned(row: list[str] | None) -> ReassignedFacts | None:
    if row is None:
        return None
    answer, asked, answered = row
    return ReassignedFacts(answer, date.fromisoformat(asked), _moment(answered))


def _state(row: dict[str, Any]) -> StateFacts:
    return StateFacts(
        row["state"],
        is_enabled=row["is_enabled"],
        ai_sales_signed_off_by=row["ai_sales_signed_off_by"] if row["ai_sales_signed_off_at"] else "",
        ai_sales_until=_moment_if_any(row["ai_sales_until"]),
        is_suspended=row["is_suspended"],
        suspended_until=_moment_if_any(row["suspended_until"]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment_if_any(text: str | None) -> datetime | None:
    return None if text is None else _moment(text)


def _day_if_any(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _words(stored: object) -> tuple[str, ...]:
    """A list of words out of a JSON column; nothing out of anything else."""
    return tuple(word for word in stored if isinstance(word, str)) if isinstance(stored, list) else ()
