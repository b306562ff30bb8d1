"""THE DOOR: the only way out to the telephone network.

Every dial goes the same way: read what is known, ask the gate, commit; spend the permit, commit; ask the carrier; write
the leg. A process that dies in between leaves a permit that is spent and a number that is not rung a second time; what
became of it is found out by `calls.control.dialled`. You must not hold a transaction while you dial.

A refusal is an answer, not an accident: it is written down, and its sentence is for the person who asked.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from calls import metrics
from calls.carrier import outbound
from calls.carrier.errors import CarrierError
from calls.control import dial_answers, dialled, door_facts
from calls.control.dial_answers import Refused, UnableToDial
from calls.models import Call, Campaign, Leg
from calls.realtime import refer as sip_refer
from calls.realtime import sip
from compliance import gate, whatsapp_permission
from compliance.models import DialPermit
from compliance.verdict import (
    CampaignFacts,
    Code,
    DialRequest,
    DoorFacts,
    Judgement,
    Purpose,
    Refusal,
    StaffEntry,
    Voice,
)

__all__ = [
    "Refused",
    "UnableToDial",
    "assess",
    "assess_each",
    "assess_out",
    "dial_guest",
    "dial_out",
    "dial_staff",
    "seat_staff",
    "send_on",
    "verify_number",
]

LONGEST_CALL_S = 4 * 3600
CUSTOMER_RING_S = 25
# 47 CFR 64.1200(a)(6): nobody is given up on before 15 seconds or four rings.
SHORTEST_RING_S = 15
CUSTOMER_LABEL = "customer"

# Begins the call on which a permit is being spent, in that transaction; None: nobody is to be rung any more.
Prepare = Callable[[DialPermit], Call | None]

log = structlog.get_logger(__name__)


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
    permit, _ = _spent(request, lambda: door_facts.of_dial(request, directory, call=call), now=now)

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
    permit, _ = _spent(request, lambda: door_facts.of_dial(request, directory, call=call), now=now)
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
    entry = door_facts.destination(to, label)
    purpose = Purpose.TRANSFER if entry is None else Purpose.STAFF
    request = _request(call, to, purpose, entry, errand=errand, by=by)
    permit, _ = _spent(request, lambda: door_facts.of_dial(request, entry, call=call), now=now)
    seat = outbound.Seat(room, permit.label)
    return _seat(call, permit, seat, status_callback, ring_s=ring_s, time_limit_s=time_limit_s, now=now)


def send_on(
    *, call: Call, to: str, directory: StaffEntry | None, model_call_id: str, errand: str, by: str, now: datetime
) -> None:
    """Have the model's side send a caller who came by a trunk to one of our own people, by REFER: no leg of ours rings.

    Nothing is ever told of what came of it. Raises Refused or UnableToDial.
    """
    request = _request(call, to, Purpose.STAFF, directory, errand=errand, by=by)
    permit, _ = _spent(request, lambda: door_facts.of_dial(request, directory, call=call), now=now)
    try:
        sip_refer.send_elsewhere(permit, call_id=model_call_id)
    except sip.SipRefused as error:
        failure = CarrierError(str(error), is_permanent=error.is_gone, may_be_done=error.is_unknown)
        raise dial_answers.failed(permit, failure, now=now) from error
    permit.confirm(f"refer-{permit.pk}")
    metrics.DIALS.labels("referred").inc()


def dial_out(
    *,
    to: str,
    purpose: Purpose,
    voice: Voice,
    seller: str,
    topic: str,
    caller_id: str,
    errand: str,
    call: Call | None = None,
    subject: str = "",
    prepare: Prepare | None = None,
    campaign: Campaign | None = None,
    has_room: bool = True,
    machine_detection: bool = False,
    leaves_message: bool = False,
    ring_s: int = CUSTOMER_RING_S,
    time_limit_s: int = LONGEST_CALL_S,
    by: str,
    now: datetime,
) -> Leg:
    """Ring somebody who is no colleague; when they answer, the carrier asks what comes next as for any call.

    The call is there already, or `prepare` begins it: it runs in the transaction that spends the permit, and whoever
    finds there that nobody is to be rung any more answers None. `campaign`: on whose behalf; how it stands is read in
    the permit's transaction. `has_room`: what the caller knows of free people; bridges and model are known here.

    Raises Refused or UnableToDial.
    """
    request = DialRequest(
        to, purpose, caller_id, subject=subject or (dialled.subject_of(call) if call else ""), errand=errand,
        label=CUSTOMER_LABEL, by=by, voice=voice, seller=seller, topic=topic,
    )  # fmt: skip

    def known() -> DoorFacts:
        facts = None if campaign is None else door_facts.of_campaign(campaign, now=now)
        is_free = has_room and door_facts.has_room(voice, now=now)
        return door_facts.of_dial(request, campaign=facts, has_room=is_free)

    permit, prepared = _spent(request, known, prepare=prepare, now=now)
    called = call or prepared
    assert called is not None, "a dial has a call, or begins one"

    def ask() -> outbound.Placed:
        return outbound.place_call(
            permit,
            url="/twilio/voice/",
            status_callback="/twilio/status/",
            # On WhatsApp there are no answering machines to be told from people, and nobody who could tell.
            machine_callback="/twilio/amd/" if machine_detection and not permit.is_by_whatsapp else "",
            is_tone_awaited=leaves_message,
            timeout_s=max(ring_s, SHORTEST_RING_S),
            time_limit_s=time_limit_s,
        )

    return _place(called, permit, ask, now=now)


def verify_number(*, to: str, directory: StaffEntry | None, shown: str, name: str, by: str, now: datetime) -> str:
    """Let the carrier ring a number of our own people and ask for a code there; the code that is to be keyed in.

    Only numbers of the transfer directory: `directory` is its line. `shown`: a number of ours. Raises Refused or
    UnableToDial.
    """
    label = "" if directory is None else directory.label
    request = DialRequest(to, Purpose.STAFF, shown, subject="caller_id", label=label, by=by)
    permit, _ = _spent(request, lambda: door_facts.of_dial(request, directory), now=now)
    try:
        asked = outbound.verify_number(permit, name=name)
    except CarrierError as error:
        raise dial_answers.failed(permit, error, now=now) from error
    metrics.DIALS.labels("placed").inc()
    with suppress(DatabaseError):  # else it stays as it was sent, and is found out about
        permit.confirm(asked.leg_sid)
    return asked.code


def assess(*, call: Call, to: str, directory: StaffEntry | None = None, by: str, now: datetime) -> Judgement:
    """What the gate would say to this dial now. Nothing is permitted, nothing is written, and nobody is rung."""
    entry = directory or door_facts.destination(to, "third-1")
    purpose = Purpose.TRANSFER if entry is None else Purpose.STAFF
    request = _request(call, to, purpose, entry, errand="", by=by)
    return gate.assess(request, door_facts.of_dial(request, entry, call=call), now)


def assess_out(
    *,
    to: str,
    purpose: Purpose,
    voice: Voice,
    seller: str,
    topic: str,
    caller_id: str,
    subject: str = "",
    errand: str = "",
    campaign: CampaignFacts | None = None,
    has_room: bool = True,
    approved_by: str = "",
    by: str,
    now: datetime,
) -> Judgement:
    """What the gate would say to `dial_out` at `now`, which may be to come. Nothing is permitted or written."""
    request = DialRequest(
        to, purpose, caller_id, subject=subject, errand=errand, label=CUSTOMER_LABEL, by=by,
        voice=voice, seller=seller, topic=topic, approved_by=approved_by,
    )  # fmt: skip
    return gate.assess(request, door_facts.of_dial(request, campaign=campaign, has_room=has_room), now)


def assess_each(
    requests: Sequence[DialRequest], *, campaign: CampaignFacts | None = None, now: datetime
) -> list[Judgement]:
    """What the gate would say to a `dial_out` of each, in their order: as `assess_out`, but of some hundred at once, in
    as few queries as of one. Room is taken for granted.
    """
    doors = door_facts.of_each(requests, campaign=campaign)
    return gate.assess_each(list(zip(requests, doors, strict=True)), now)


# --- the way out ----------------------------------------------------------------------------------------------------


def _request(call: Call, to: str, purpose: Purpose, entry: StaffEntry | None, *, errand: str, by: str) -> DialRequest:
    shown, label = door_facts.shown_to_staff(call), "" if entry is None else entry.label
    return DialRequest(to, purpose, shown, subject=dialled.subject_of(call), errand=errand, label=label, by=by)


def _spent(
    request: DialRequest, known: Callable[[], DoorFacts], *, prepare: Prepare | None = None, now: datetime
) -> tuple[DialPermit, Call | None]:
    """A permit for this request, spent and committed, and the call that was begun with it.

    Raises Refused or UnableToDial.
    """
    try:
        with transaction.atomic(durable=True):
            gate.take_turn(request, default_region=settings.DEFAULT_REGION)
            verdict = gate.authorize(request, known(), now)
        match verdict:
            case gate.Allowed(permit):
                return permit, _spend(permit, prepare, now=now)
            case gate.Deferred(until, reasons):
                raise Refused(reasons, until=until)
            case gate.Denied(reasons):
                raise Refused(reasons)
    except DatabaseError as error:
        log.error("nobody is dialled without the books", error=type(error).__name__)
        doubt = Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail=type(error).__name__)
        raise Refused((doubt,)) from error


def _spend(permit: DialPermit, prepare: Prepare | None, *, now: datetime) -> Call | None:
    """Spend a permit, and in the same transaction begin what it is spent on: both stand in the books, or neither."""
    with transaction.atomic(durable=True):
        call = None if prepare is None else prepare(permit)
        if prepare is not None and call is None:
            raise UnableToDial("This call is not wanted any more.", may_ring=False)
        if not permit.spend():
            raise UnableToDial("It took too long, or outgoing calls were just switched off. Try again.", may_ring=False)
        if permit.is_by_whatsapp:
            whatsapp_permission.placed(permit, now=now)
    return call


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
        raise dial_answers.failed(permit, error, now=now) from error
    metrics.DIALS.labels("placed").inc()
    try:
        return dialled.confirm(call=call, permit=permit, leg_sid=placed.leg_sid, status=placed.status, now=now)
    except DatabaseError as error:
        log.error("a leg could not be written, it will be found", leg=placed.leg_sid, error=type(error).__name__)
        raise UnableToDial("It rings, but our books could not be written.", may_ring=True) from error
