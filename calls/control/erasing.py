"""Erasing a person from everything calls keep. Skeletons stay: that there was a call, when, and how it ended.

Each verb can be repeated: what it has done it does not find again. A pseudonym stands where the number stood.
"""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.control import forgetting
from calls.control.forgetting import UnableToForget
from calls.lifecycle import Phase
from calls.lifecycle.campaign import CONTACT_OPEN, AttemptOutcome, ContactState
from calls.models import (
    BlockedCaller,
    Call,
    Callback,
    CallEvent,
    Contact,
    ContactAttempt,
    ContactImport,
    ImportProblem,
    Leg,
    Offer,
    OutgoingCall,
    RecordingConsent,
    SecureCapture,
    Transfer,
    WhatsAppMessage,
)
from compliance.models.decision import MAY_ERASE
from compliance.numbers import by_whatsapp


def calls_of(number: str) -> QuerySet[Call]:
    """The calls of a person, whoever called whom."""
    return Call.objects.filter(Q(customer_e164=number) | Q(customer_address=number)).order_by("pk")


def is_live(number: str) -> bool:
    """True while they are on a call, or one to them may be out."""
    theirs = Q(to_address__in=_addresses(number)) | Q(from_address__in=_addresses(number))
    lines = Leg.objects.filter(theirs, ended_at=None).exclude(call__phase=Phase.CLOSED)
    return lines.exists() or calls_of(number).exclude(phase=Phase.CLOSED).exists()


def erase_call(*, call: Call, pseudonym: str, now: datetime) -> dict[str, int]:
    """Take a person out of their call: sound, also at the carrier; words; numbers. Raises UnableToForget."""
    number = call.customer_e164 or call.customer_address
    tapes = list(call.recordings.order_by("pk"))
    for tape in tapes:
        forgetting.forget_tape(recording=tape, now=now)
    at_carrier = _delete_at_carrier(call)
    turns = forgetting.forget_words([call])
    with transaction.atomic():
        _allow_changes()
        events = CallEvent.objects.filter(call=call).exclude(data={}).update(data={})
        RecordingConsent.objects.filter(call=call).update(said="", withdrawn_said="")
        SecureCapture.objects.filter(call=call).update(masked="", token_end="", reference="")
        Offer.objects.filter(transfer__call=call).update(disposition_note="")
        Transfer.objects.filter(call=call).update(brief={}, reason="")
        OutgoingCall.objects.filter(call=call).update(words="", voicemail_words="")
        legs = _rename_legs(Leg.objects.filter(call=call), number, pseudonym)
        # The last of all: until here, the call is found again by its number.
        Call.objects.filter(pk=call.pk).update(customer_address=pseudonym, customer_e164=pseudonym)
    return {
        "calls": 1,
        "recordings": len(tapes),
        "turns": turns,
        "events": events,
        "legs": legs,
        "at_carrier": at_carrier,
    }


def _delete_at_carrier(call: Call) -> int:
    """Have the carrier forget the lines of the customer; how many. Raises UnableToForget."""
    sids = list(call.legs.filter(role="customer").values_list("leg_sid", flat=True))
    for sid in sids:
        try:
            rest.delete_leg(sid)
        except CarrierError as error:
            raise UnableToForget("The telephone network could not delete its record of a call.") from error
    return len(sids)


def erase_legs(*, number: str, pseudonym: str) -> int:
    """Take a number out of the lines on which somebody else's call reached it; how many."""
    with transaction.atomic():
        return _rename_legs(Leg.objects.all(), number, pseudonym)


def _rename_legs(legs: QuerySet[Leg], number: str, pseudonym: str) -> int:
    to = legs.filter(to_address__in=_addresses(number)).update(to_address=pseudonym)
    return to + legs.filter(from_address__in=_addresses(number)).update(from_address=pseudonym)


def _addresses(number: str) -> tuple[str, str]:
    """How the carrier may have written a number, by telephone or WhatsApp."""
    return number, by_whatsapp(number)


def erase_callbacks(*, number: str, pseudonym: str) -> int:
    """Take a person out of the wishes to be called back; how many."""
    return Callback.objects.filter(customer_e164=number).update(
        customer_e164=pseudonym, reason="", known="", evidence_text="", note="", doubt="", zone="", consent_wording=""
    )


def erase_messages(*, number: str, pseudonym: str) -> int:
    """Take a person out of the messages that they were sent by WhatsApp; how many."""
    return WhatsAppMessage.objects.filter(person=number).update(person=pseudonym, message_sid="")


def close_contacts(*, number: str, now: datetime) -> int:
    """Nobody of a campaign is to be tried any more who has this number; how many."""
    closed = 0
    for contact in Contact.objects.filter(number=number, state__in=(ContactState.DUE, ContactState.CLAIMED)):
        closed += contact.close(ContactState.STOPPED, outcome=AttemptOutcome.OPTED_OUT, now=now)
    return closed


def has_open_contacts(number: str) -> bool:
    """True while a campaign may be ringing them."""
    return Contact.objects.filter(number=number, state__in=CONTACT_OPEN).exists()


def erase_contacts(*, number: str, pseudonym: str) -> dict[str, int]:
    """Take a person out of campaigns, and out of the files they came in. Raises UnableToForget."""
    found = list(Contact.objects.filter(number=number).select_related("of_import").order_by("pk"))
    imports = {contact.of_import_id: contact.of_import for contact in found if contact.of_import is not None}
    refused = ImportProblem.objects.filter(values__icontains=number[2:]).select_related("of")
    imports |= {problem.of_id: problem.of for problem in refused}
    reading = (ContactImport.State.UPLOADED, ContactImport.State.READING)
    if any(one.state in reading for one in imports.values()):
        raise UnableToForget("A file that they are in is still being read.")
    for one in imports.values():
        forgetting.forget_file(one)
    for contact in found:
        Contact.objects.filter(pk=contact.pk).update(
            number=pseudonym, name="", fields={}, address_state="", address_zone=""
        )
    return {"contacts": len(found), "files": len(imports)}


def attempts_of(pseudonym: str) -> int:
    """How many attempts stay, without the person."""
    return ContactAttempt.objects.filter(contact__number=pseudonym).count()


def erase_block(number: str) -> int:
    """Delete the entry that turns this number away; how many."""
    return BlockedCaller.objects.filter(beginning=number).delete()[0]


def spooled(*, number: str, calls: list[int]) -> list[str]:
    """Files of this machine that still hold a word of a person: journals, and sound that is not brought in yet."""
    found: list[str] = []
    wanted = [number.encode(), *(f'"call_id":{pk},'.encode() for pk in calls)]
    for path in sorted(Path(settings.SPOOL_DIR).glob("*.journal")):
        try:
            content = path.read_bytes()
        except OSError:
            continue  # it went while we looked
        if any(word in content for word in wanted):
            found.append(path.name)
    for pk in calls:
        found += [path.name for path in sorted(Path(settings.TAPES_DIR).glob(f"{pk}-*"))]
    return found


def _allow_changes() -> None:
    with connection.cursor() as cursor:
        cursor.execute(MAY_ERASE)
