"""What a person's page shows, section by section."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from calls.models import Call, Contact, OutgoingCall
from compliance import consent_check, zones
from compliance import lists as number_lists
from compliance.models import ConsentRecord, DialDecision, DialPermit, ReassignedAnswer, Revocation, SuppressionEntry
from compliance.numbers import country_of
from compliance.verdict import SENTENCES, PermitState
from contactcenter.dashboard.persons.subject import Subject

WEEK = timedelta(days=7)
_TAKEN = (PermitState.SENT, PermitState.CONFIRMED, PermitState.UNKNOWN)
_SHOWN = 10


def place(subject: Subject) -> dict[str, Any]:
    """Where the number may ring, as the rules see it, and what the clocks there show; an address counts beside it."""
    region = country_of(subject.number)
    person = subject.person
    zones_known = dict.fromkeys(zones.of_number(subject.number, region))
    states = dict.fromkeys(zones.states_of_number(subject.number, region))
    if person is not None and person.address_zone:
        zones_known[person.address_zone] = None
    if person is not None and person.address_state:
        states[person.address_state] = None
    return {"zones": list(zones_known), "states": list(states), "country": region}


@dataclass(frozen=True, slots=True)
class Proof:
    """A consent on file, and what is wrong with it for this business: the rules' reasons, and what the record lacks."""

    consent: ConsentRecord
    reasons: tuple[str, ...]
    lacks: tuple[str, ...]


def consents(subject: Subject, *, seller: str) -> dict[str, Any]:
    """What they agreed to, and took back."""
    known = ConsentRecord.of_number(subject.number)
    return {
        "consents": [
            Proof(
                consent,
                tuple(SENTENCES[code] for code in consent.problems(number=subject.number, seller=seller)),
                consent_check.missing(consent.facts()),
            )
            for consent in known
        ],
        "revocations": Revocation.of_number(subject.number),
    }


def lists(subject: Subject) -> dict[str, Any]:
    """Which lists they stand on: our own, and the copies in force of those that others keep."""
    reassigned = ReassignedAnswer.objects.filter(number=subject.number).order_by("-answered_at", "-pk").first()
    return {
        "own": SuppressionEntry.objects.filter(number=subject.number).order_by("-added_at", "-pk"),
        "copies": number_lists.standing_of(subject.number),
        "reassigned": reassigned,
    }


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
        "hung_up_at_once": OutgoingCall.hung_up_at_once(subject.number),
        "contacts": list(contacts.order_by("-pk")[:_SHOWN]),
    }
