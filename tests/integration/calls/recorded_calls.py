"""Calls whose recording runs, and a carrier that is asked to change it: for the tests of consent and of pauses."""

from calls.carrier.errors import CarrierError
from calls.lifecycle import RecordingFact
from calls.models import Call, Recording, RecordingConsent
from calls.models.recording_consent import CUSTOMER
from compliance.disclosures import VERSION
from tests import given
from tests.given import NOON

TEXAN, NEW_YORK = "+12145550101", "+12125550100"


class Carrier:
    """What the carrier was asked to do to a recording; it may be out of reach."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: CarrierError | None = None

    def change(self, leg_sid: str, recording_sid: str, status: str) -> str:
        if self.error is not None:
            raise self.error
        self.asked.append(status)
        return status


def a_call(*, from_: str = TEXAN, **number: object) -> Call:
    """A call to a number in New York."""
    given.a_number(e164=NEW_YORK, **number)
    return given.a_call(to=NEW_YORK, from_=from_)


def recorded(*, from_: str = TEXAN, **number: object) -> Call:
    """A call whose recording runs."""
    call = a_call(from_=from_, **number)
    Recording.request(call=call, notice_version=VERSION, now=NOON)
    tape = Recording.named(call=call, recording_sid=given.a_sid("RE"), now=NOON)
    tape.advance(RecordingFact.STARTED, at=NOON, source="carrier")
    return call


def consent_of(call: Call, party: str = CUSTOMER) -> RecordingConsent:
    return RecordingConsent.objects.get(call=call, party=party)
