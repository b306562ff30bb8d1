"""THE DOOR: the only way out to the telephone network.

Every dial goes the same way: read what is known, ask the gate, commit; spend the permit, commit; ask the carrier; write
the leg. A process that dies in between leaves a permit that is spent and a number that is not rung a second time; what
became of it is found out by `calls.control.dialled`. You must not hold a transaction while you dial.

A refusal is an answer, not an accident: it is written down, and its sentence is for the person who asked.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from agents.models import TransferDestination
from calls import metrics
from calls.carrier import outbound
from calls.carrier.errors import CarrierError
from calls.control import dialled
from calls.models import Call, Leg, Number
from compliance import gate
from compliance.models import DialPermit
from compliance.numbers import parse_e164, read_address
from compliance.verdict import Code, DialRequest, DoorFacts, Judgement, Outcome, Purpose, Refusal, StaffEntry

LONGEST_CALL_S = 4 * 3600
CUSTOMER_RING_S = 25

# What the carrier says of a number it will not ring: https://www.twilio.com/docs/api/errors.
_CARRIERS_REASONS = {
    21211: "The telephone network says that this is no number.",
    21214: "The telephone network cannot reach this number.",
    21215: "The telephone network's account may not call this country.",
    21216: "The telephone network's account may not call this number.",
    21217: "The telephone network says that this is no number.",
    21210: "The telephone network does not let us show our number.",
    21212: "The telephone network does not let us show our number.",
    20429: "The telephone network is asked too often at the moment. Try again in a few seconds.",
}

log = structlog.get_logger(__name__)


class Refused(Exception):
    """The gate said no, or not now; `str()` is the first reason's sentence, for a person."""

    def __init__(self, reasons: tuple[Refusal, ...], *, until: datetime | None = None) -> None:
        super().__init__(reasons[0].sentence)
        self.reasons = reasons
        self.until = until

    @property
    def code(self) -> Code:
        """The first reason."""
        return self.reasons[0].code

    @property
    def is_deferred(self) -> bool:
        """True when it may be allowed later, without anybody changing what is asked."""
        return self.reasons[0].outcome is Outcome.DEFER


class UnableToDial(Exception):
    """It was permitted and did not come about; `str()` says why, for a person.

    `may_ring`: the carrier may have begun to ring all the same. What became of it is found out within a minute; until
    then nobody dials that number again, and you must not take it for over.
    """

    def __init__(self, sentence: str, *, may_ring: bool) -> None:
        super().__init__(sentence)
        self.may_ring = may_ring


# --- intents --------------------------------------------------------------------------------------------------------


def dial_staff(
    *,
    call: Call,
    to: str,
    directory: StaffEntry | None,
    errand: str,
    url: str,
    status_callback: str,
    machine_callback: str = "",
    ring_s: int = 20,
    time_limit_s: int = LONGEST_CALL_S,
    by: str,
    now: datetime,
) -> Leg:
    """Ring one of our own people for a call; when they answer, the carrier asks `url`.

    `directory` is the line of the staff directory that names this address, None when there is none. `errand` is what
    it is for, as kind:id: the same errand is dialled once. The addresses are paths of ours.

    Raises Refused or UnableToDial.
    """
    request = _request(call, to, Purpose.STAFF, directory, errand=errand, by=by)
    permit = _spent(request, directory, now=now)

    def ask() -> outbound.Placed:
        return outbound.place_call(
            permit,
            url=url,
            status_callback=status_callback,
            machine_callback=machine_callback,
            timeout_s=ring_s,
            time_limit_s=time_limit_s,
        )

    return _place(call, permit, ask, now=now)


def seat_staff(
    *,
    call: Call,
    to: str,
    directory: StaffEntry | None,
    errand: str,
    room: str,
    status_callback: str,
    is_muted: bool = False,
    coaches: str = "",
    ends_room: bool = False,
    ring_s: int = 20,
    time_limit_s: int = LONGEST_CALL_S,
    by: str,
    now: datetime,
) -> Leg:
    """Ring one of our own people and take them straight into a conference, as `directory.label`.

    `is_muted`: they only listen. `coaches`: the leg of the one agent who hears them. Otherwise as `dial_staff`.
    """
    request = _request(call, to, Purpose.STAFF, directory, errand=errand, by=by)
    permit = _spent(request, directory, now=now)
    seat = outbound.Seat(
        room, permit.label, is_muted=is_muted, coaches=coaches, ends_room=ends_room, starts_room=not is_muted
    )
    return _seat(call, permit, seat, status_callback, ring_s=ring_s, time_limit_s=time_limit_s, now=now)


def dial_guest(
    *,
    call: Call,
    to: str,
    label: str,
    errand: str,
    room: str,
    status_callback: str,
    ring_s: int = 30,
    time_limit_s: int = LONGEST_CALL_S,
    by: str,
    now: datetime,
) -> Leg:
    """Ring somebody outside and take them into the call's conference as `label`: a third person, or a cold transfer.

    Only destinations of the transfer directory: anybody else is refused, whoever asks. Raises Refused or UnableToDial.
    """
    entry = _destination(to, label)
    purpose = Purpose.TRANSFER if entry is None else Purpose.STAFF
    permit = _spent(_request(call, to, purpose, entry, errand=errand, by=by), entry, now=now)
    seat = outbound.Seat(room, permit.label)
    return _seat(call, permit, seat, status_callback, ring_s=ring_s, time_limit_s=time_limit_s, now=now)


def dial_customer(*, call: Call, to: str, errand: str, by: str, now: datetime) -> Leg:
    """Ring somebody who is no colleague, because they are to be called back. Raises Refused or UnableToDial."""
    permit = _spent(_request(call, to, Purpose.INFORMATIONAL, None, errand=errand, by=by), None, now=now)

    def ask() -> outbound.Placed:
        return outbound.place_call(
            permit,
            url="/twilio/voice/",
            status_callback="/twilio/status/",
            timeout_s=CUSTOMER_RING_S,
            time_limit_s=LONGEST_CALL_S,
        )

    return _place(call, permit, ask, now=now)


def assess(*, call: Call, to: str, directory: StaffEntry | None = None, by: str, now: datetime) -> Judgement:
    """What the gate would say to this dial now. Nothing is permitted, nothing is written, and nobody is rung."""
    entry = directory or _destination(to, "third-1")
    purpose = Purpose.TRANSFER if entry is None else Purpose.STAFF
    request = _request(call, to, purpose, entry, errand="", by=by)
    return gate.assess(request, _known(request, entry), now)


# --- the way out ----------------------------------------------------------------------------------------------------


def _request(call: Call, to: str, purpose: Purpose, entry: StaffEntry | None, *, errand: str, by: str) -> DialRequest:
    ours = call.number.e164 if call.number else parse_e164(call.our_address, region=settings.DEFAULT_REGION)
    label = "" if entry is None else entry.label
    return DialRequest(to, purpose, ours, subject=dialled.subject_of(call), errand=errand, label=label, by=by)


def _destination(to: str, label: str) -> StaffEntry | None:
    found = TransferDestination.named(read_address(to, region=settings.DEFAULT_REGION).value)
    return None if found is None else found.entry(label=label)


def _known(request: DialRequest, entry: StaffEntry | None) -> DoorFacts:
    region = settings.DEFAULT_REGION
    return DoorFacts(
        directory=entry,
        is_caller_id_ours=Number.objects.filter(e164=request.caller_id).exists(),
        live_legs=Leg.live_to(read_address(request.to, region=region).value),
        regions=tuple(settings.DIAL_REGIONS),
        default_region=region,
    )


def _spent(request: DialRequest, entry: StaffEntry | None, *, now: datetime) -> DialPermit:
    """A permit for this request, spent and committed. Raises Refused or UnableToDial."""
    try:
        with transaction.atomic(durable=True):
            gate.take_turn(request, default_region=settings.DEFAULT_REGION)
            verdict = gate.authorize(request, _known(request, entry), now)
        match verdict:
            case gate.Allowed(permit):
                with transaction.atomic(durable=True):
                    is_mine = permit.spend()
            case gate.Deferred(until, reasons):
                raise Refused(reasons, until=until)
            case gate.Denied(reasons):
                raise Refused(reasons)
    except DatabaseError as error:
        log.error("nobody is dialled without the books", error=type(error).__name__)
        doubt = Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail=type(error).__name__)
        raise Refused((doubt,)) from error
    if not is_mine:
        raise UnableToDial("It took too long, or outgoing calls were just switched off. Try again.", may_ring=False)
    return permit


def _seat(
    call: Call,
    permit: DialPermit,
    seat: outbound.Seat,
    status_callback: str,
    *,
    ring_s: int,
    time_limit_s: int,
    now: datetime,
) -> Leg:
    def ask() -> outbound.Placed:
        return outbound.add_participant(
            permit, seat=seat, status_callback=status_callback, timeout_s=ring_s, time_limit_s=time_limit_s
        )

    return _place(call, permit, ask, now=now)


def _place(call: Call, permit: DialPermit, ask: Callable[[], outbound.Placed], *, now: datetime) -> Leg:
    """Ask the carrier, once, and write down what came of it."""
    try:
        placed = ask()
    except CarrierError as error:
        raise _failed(permit, error) from error
    metrics.DIALS.labels("placed").inc()
    try:
        return dialled.confirm(call=call, permit=permit, leg_sid=placed.leg_sid, status=placed.status, now=now)
    except DatabaseError as error:
        log.error("a leg could not be written, it will be found", leg=placed.leg_sid, error=type(error).__name__)
        raise UnableToDial("It rings, but our books could not be written.", may_ring=True) from error


def _failed(permit: DialPermit, error: CarrierError) -> UnableToDial:
    metrics.DIALS.labels("unknown" if error.may_be_done else "refused").inc()
    log.warning("the carrier did not dial", permit=permit.pk, may_ring=error.may_be_done, error=str(error))
    try:
        if error.may_be_done:
            permit.lose(str(error))
        else:
            permit.void(str(error))
    except DatabaseError:  # it stays as it was sent, and is found out about like one whose process died
        log.error("what became of a permit could not be written", permit=permit.pk)
    if error.may_be_done:
        return UnableToDial("The telephone network did not answer. It may ring all the same.", may_ring=True)
    sentence = _CARRIERS_REASONS.get(error.code, "The telephone network did not take the call. Try again.")
    return UnableToDial(sentence, may_ring=False)
