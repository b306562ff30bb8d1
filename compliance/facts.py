"""The few queries the rules need, frozen into one value."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from compliance import lists, zones
from compliance.customer import (
    CustomerFacts,
    HeldConsent,
    NumberFacts,
    PersonFacts,
    ReassignedFacts,
    RevokedConsent,
    StateFacts,
)
from compliance.models import (
    ConsentRecord,
    DialPermit,
    ErasedNumber,
    OutboundSwitch,
    Person,
    ReassignedAnswer,
    Revocation,
    StateSwitch,
    SuppressionEntry,
)
from compliance.numbers import Address, Kind, read_address
from compliance.verdict import DialFacts, DialRequest, DoorFacts, Purpose

# No cap looks further back.
_LONGEST_CAP = timedelta(days=31)
# Whose number's history is nobody's business: colleagues, and those whom we are asked to refuse anyway.
_NO_CUSTOMERS = frozenset({Purpose.STAFF, Purpose.TRANSFER})


def gather(request: DialRequest, door: DoorFacts, now: datetime) -> DialFacts:
    """What our own books say about this request, beside what the door has read."""
    address = read_address(request.to, region=door.default_region)
    is_customer = request.purpose not in _NO_CUSTOMERS and address.kind is Kind.PHONE and bool(address.value)
    return DialFacts(
        door=door,
        is_paused=OutboundSwitch.is_paused(),
        has_open_permit=DialPermit.is_open_for(address.value),
        is_errand_done=DialPermit.is_done(request.errand),
        customer=of_customer(address, seller=request.seller, now=now) if is_customer else None,
        skew_ms=_skew_ms() if is_customer else 0,
    )


def _skew_ms() -> int:
    """By how much our clock is off from the database's, beyond what the question itself took."""
    before = timezone.now()  # not the moment that is decided about: the clock itself is in question
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    after = timezone.now()
    off = before - theirs if theirs < before else after - theirs if theirs > after else timedelta(0)
    return round(off.total_seconds() * 1000)


def of_customer(address: Address, *, seller: str, now: datetime) -> CustomerFacts:
    """Everything on file about one number, as it matters to a call on behalf of this seller."""
    number = address.value
    # Who they are is kept encrypted, and nobody here needs it.
    person = Person.objects.filter(number=number).defer("name", "email", "address").first()
    where = NumberFacts(
        number,
        address.region,
        states=zones.states_of_number(number, address.region),
        zones=zones.of_number(number, address.region),
    )
    states = {*where.states, *([person.address_state.strip().upper()] if person and person.address_state else [])}
    return CustomerFacts(
        number=where,
        person=PersonFacts() if person is None else _person(person),
        consents=tuple(_consents(number, person, seller)),
        revocations=tuple(
            RevokedConsent(row.scope, row.received_at, row.topic, _words(row.channels))
            for row in Revocation.objects.filter(number=number).order_by("pk")
        ),
        suppressed=tuple(
            SuppressionEntry.objects.filter(number=number, lifted_at=None)
            .order_by("scope")
            .values_list("scope", flat=True)
        )
        + ErasedNumber.scopes_of(number),
        lists=lists.standing_of(number),
        reassigned=_reassigned(number),
        attempts=DialPermit.attempts_to(number, since=now - _LONGEST_CAP),
        states=tuple(_state(row) for row in StateSwitch.objects.filter(state__in=states).order_by("state")),
    )


def _person(person: Person) -> PersonFacts:
    is_looked_up = person.line_type_at is not None
    return PersonFacts(
        line=person.line_type if is_looked_up else Person.Line.UNKNOWN.value,
        address_state=person.address_state,
        address_zone=person.address_zone,
        address_source=person.address_source,
        address_at=person.address_at,
        purchase_date=person.last_purchase_date,
        inquiry_date=person.last_inquiry_date,
        is_restricted=person.is_restricted,
    )


def _consents(number: str, person: Person | None, seller: str) -> list[HeldConsent]:
    """Those for this number, and those in the person's file, which may be for another number of theirs."""
    theirs = Q(number=number)
    if person is not None:
        theirs |= Q(subject_ref=f"person:{person.pk}")
    return [
        HeldConsent(
            id=row.pk,
            kind=row.kind,
            purposes=_words(row.purposes),
            topic=row.topic,
            channels=_words(row.channels),
            captured_at=row.captured_at,
            problems=row.problems(number=number, seller=seller),
            text_sha256=row.text_sha256,
        )
        for row in ConsentRecord.objects.filter(theirs).order_by("pk")
    ]


def _reassigned(number: str) -> ReassignedFacts | None:
    row = ReassignedAnswer.objects.filter(number=number).order_by("-answered_at", "-pk").first()
    return None if row is None else ReassignedFacts(row.answer, row.asked_date, row.answered_at)


def _state(row: StateSwitch) -> StateFacts:
    return StateFacts(
        row.state,
        is_enabled=row.is_enabled,
        ai_sales_signed_off_by=row.ai_sales_signed_off_by if row.ai_sales_signed_off_at else "",
        ai_sales_until=row.ai_sales_until,
        is_suspended=row.is_suspended,
        suspended_until=row.suspended_until,
    )


def _words(stored: object) -> tuple[str, ...]:
    """A list of words out of a JSON column; nothing out of anything else."""
    return tuple(word for word in stored if isinstance(word, str)) if isinstance(stored, list) else ()
