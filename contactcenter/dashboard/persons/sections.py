"""What a person's page shows, section by section."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from calls.models import Call, Contact
from compliance import places
from compliance.models import (
    ConsentRecord,
    DialDecision,
    DialPermit,
    ListedNumber,
    NumberListCopy,
    ReassignedAnswer,
    Revocation,
    SuppressionEntry,
)
from compliance.numbers import time_zones_of
from compliance.verdict import PermitState
from contactcenter.dashboard.persons.subject import Subject

WEEK = timedelta(days=7)
_TAKEN = (PermitState.SENT, PermitState.CONFIRMED, PermitState.UNKNOWN)
_SHOWN = 10


def place(subject: Subject) -> dict[str, Any]:
    """Where the number may ring, and what the clocks there show; an address counts beside the number."""
    person = subject.person
    zones = dict.fromkeys([*time_zones_of(subject.number)])
    by_number = places.of_number(subject.number)
    states = dict.fromkeys([by_number.state] if by_number.state else [])
    if person is not None and person.address_zone:
        zones[person.address_zone] = None
    if person is not None and person.address_state:
        states[person.address_state] = None
    return {"zones": list(zones), "states": list(states), "country": by_number.country}


def consents(subject: Subject) -> dict[str, Any]:
    """What they agreed to, and took back."""
    newest = F("captured_at").desc(nulls_last=True)
    return {
        "consents": ConsentRecord.objects.filter(number=subject.number).order_by(newest, "-pk"),
        "revocations": Revocation.objects.filter(number=subject.number).order_by("-received_at", "-pk"),
    }


def lists(subject: Subject) -> dict[str, Any]:
    """Which lists they stand on: our own, and the copies in force of those that others keep."""
    copies = NumberListCopy.objects.filter(state=NumberListCopy.State.IN_FORCE).select_related("of")
    ordered = list(copies.order_by("of__kind", "of__name"))
    on = _copies_with(subject.number, [copy.pk for copy in ordered])
    reassigned = ReassignedAnswer.objects.filter(number=subject.number).order_by("-answered_at", "-pk").first()
    return {
        "own": SuppressionEntry.objects.filter(number=subject.number).order_by("-added_at", "-pk"),
        "copies": [(copy, copy.pk in on) for copy in ordered],
        "reassigned": reassigned,
    }


def _copies_with(number: str, copies: Sequence[int]) -> set[int]:
    digits = number.lstrip("+")
    if not digits.isdecimal():
        return set()
    found = ListedNumber.objects.filter(number=int(digits), copy_id__in=copies)
    return set(found.values_list("copy_id", flat=True))


def history(subject: Subject, *, now: datetime) -> dict[str, Any]:
    """How often we rang them, what the gate answered, and the calls."""
    rang = DialPermit.objects.filter(number=subject.number, state__in=_TAKEN, sent_at__gt=now - WEEK)
    decisions = DialDecision.objects.filter(number=subject.number).order_by("-at", "-pk")
    calls = Call.objects.filter(customer_e164=subject.number).select_related("assistant", "number")
    contacts = Contact.objects.filter(number=subject.number).select_related("campaign")
    return {
        "rang": list(rang.order_by("sent_at").values_list("sent_at", flat=True)),
        "decisions": list(decisions[:_SHOWN]),
        "calls": list(calls.order_by("-started_at", "-pk")[:_SHOWN]),
        "contacts": list(contacts.order_by("-pk")[:_SHOWN]),
    }
