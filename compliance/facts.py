"""The few queries the rules need, frozen into one value."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from compliance import lists, on_file, zones
from compliance.customer import (
    CustomerFacts,
    HeldConsent,
    ListCopy,
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
    (known,) = gather_each([(request, door)], now)
    return known


def gather_each(asked: Sequence[tuple[DialRequest, DoorFacts]], now: datetime) -> list[DialFacts]:
    """The same for some hundred requests, in their order; for customers in no more queries than for one of them."""
    read = [_Asked(request, door, read_address(request.to, region=door.default_region)) for request, door in asked]
    customers = iter(_of_customers([one for one in read if one.is_of_a_customer], now))
    return [next(customers) if one.is_of_a_customer else _of_our_own(one) for one in read]


class _Asked(NamedTuple):
    request: DialRequest
    door: DoorFacts
    address: Address

    @property
    def is_of_a_customer(self) -> bool:
        is_a_number = self.address.kind in _REACHED and bool(self.address.value)
        return is_a_number and self.request.purpose not in _NO_CUSTOMERS


def _of_our_own(asked: _Asked) -> DialFacts:
    return DialFacts(
        door=asked.door,
        is_paused=OutboundSwitch.is_paused(),
        has_open_permit=DialPermit.is_open_for(asked.address.value),
        is_errand_done=DialPermit.is_done(asked.request.errand),
    )


def _of_customers(asked: Sequence[_Asked], now: datetime) -> list[DialFacts]:
    if not asked:
        return []
    numbers = [one.address.value for one in asked]
    places = [
        NumberFacts(e164, region, states=zones.states_of_number(e164, region), zones=zones.of_number(e164, region))
        for e164, region in ((one.address.value, one.address.region) for one in asked)
    ]
    before = timezone.now()  # not the moment that is decided about: the clock itself is in question
    found = on_file.of_numbers(
        [on_file.Asked(at.e164, at.states, one.request.errand) for one, at in zip(asked, places, strict=True)],
        since=now - _LONGEST_CAP,
    )
    after = timezone.now()
    consents = _Consents(numbers, [row["person"] for row in found])
    standing = lists.standing_of_each(numbers)
    return [
        DialFacts(
            door=one.door,
            is_paused=row["is_paused"],
            has_open_permit=row["has_open_permit"],
            is_errand_done=row["is_errand_done"],
            skew_ms=_skew_ms(before, _moment(row["clock"]), after),
            customer=_customer(number, row, tuple(consents.of(number, row["person"], one.request.seller)), on_lists),
            whatsapp=_whatsapp(one),
        )
        for one, number, row, on_lists in zip(asked, places, found, standing, strict=True)
    ]


def _customer(
    number: NumberFacts, row: dict[str, Any], consents: tuple[HeldConsent, ...], on_lists: tuple[ListCopy, ...]
) -> CustomerFacts:
    return CustomerFacts(
        number=number,
        person=PersonFacts() if row["person"] is None else _person(row["person"]),
        consents=consents,
        revocations=tuple(
            RevokedConsent(scope, _moment(at), topic, _words(channels))
            for scope, at, topic, channels in row["revocations"]
        ),
        suppressed=tuple(row["suppressed"]),
        lists=on_lists,
        reassigned=_reassigned(row["reassigned"]),
        attempts=tuple(_moment(at) for at in row["attempts"]),
        states=tuple(_state(one) for one in row["states"]),
    )


def _whatsapp(asked: _Asked) -> WhatsAppBooks | None:
    sender = asked.door.sender
    if asked.address.kind is not Kind.WHATSAPP or sender is None:
        return None
    return WhatsAppBooks(
        WhatsAppFact.between(sender=sender.e164, person=asked.address.value), WhatsAppRule.all_frozen()
    )


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


class _Consents:
    """The consents for some numbers, and those in their owners' files, which may be for another number of theirs."""

    def __init__(self, numbers: Sequence[str], people: Sequence[dict[str, Any] | None]) -> None:
        files = [_file_of(person) for person in people if person is not None]
        self._of_number: dict[str, list[ConsentRecord]] = {}
        self._in_file: dict[str, list[ConsentRecord]] = {}
        for record in ConsentRecord.of_any(numbers, files):
            self._of_number.setdefault(record.number, []).append(record)
            self._in_file.setdefault(record.subject_ref, []).append(record)

    def of(self, number: NumberFacts, person: dict[str, Any] | None, seller: str) -> Iterator[HeldConsent]:
        """Each once, the oldest first, with what is wrong with it for this number and seller."""
        theirs = {record.pk: record for record in self._of_number.get(number.e164, ())}
        if person is not None:
            theirs |= {record.pk: record for record in self._in_file.get(_file_of(person), ())}
        for id_ in sorted(theirs):
            record = theirs[id_]
            yield HeldConsent(
                id=id_,
                kind=record.kind,
                purposes=_words(record.purposes),
                topic=record.topic,
                channels=_words(record.channels),
                captured_at=record.captured_at,
                problems=record.problems(number=number.e164, seller=seller),
                text_sha256=record.text_sha256,
            )


def _file_of(person: dict[str, Any]) -> str:
    return f"person:{person['id']}"


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
