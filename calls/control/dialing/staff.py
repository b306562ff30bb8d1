"""Ringing our own people, and those of the transfer directory: for a call, or to check a number of theirs."""

from contextlib import suppress
from datetime import datetime

from django.db import DatabaseError

from calls import metrics
from calls.carrier import outbound
from calls.carrier.errors import CarrierError
from calls.control import dial_answers, door_facts
from calls.control.dialing.spending import LONGEST_CALL_S, about_staff, place, spent
from calls.models import Call, Leg
from calls.realtime import refer as sip_refer
from calls.realtime import sip
from compliance.models import DialPermit
from compliance.verdict import DialRequest, Purpose, StaffEntry


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
    request = about_staff(call, to, Purpose.STAFF, directory, errand=errand, by=by)
    permit, _ = spent(request, lambda: door_facts.of_dial(request, directory, call=call), now=now)

    def ask() -> outbound.Placed:
        return outbound.place_call(
            permit,
            url=url,
            status_callback=status_callback,
            machine_callback=machine_callback,
            timeout_s=ring_s,
            time_limit_s=time_limit_s,
        )

    return place(call, permit, ask, now=now)


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
    request = about_staff(call, to, Purpose.STAFF, directory, errand=errand, by=by)
    permit, _ = spent(request, lambda: door_facts.of_dial(request, directory, call=call), now=now)
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
    request = about_staff(call, to, purpose, entry, errand=errand, by=by)
    permit, _ = spent(request, lambda: door_facts.of_dial(request, entry, call=call), now=now)
    seat = outbound.Seat(room, permit.label)
    return _seat(call, permit, seat, status_callback, ring_s=ring_s, time_limit_s=time_limit_s, now=now)


def send_on(
    *, call: Call, to: str, directory: StaffEntry | None, model_call_id: str, errand: str, by: str, now: datetime
) -> None:
    """Have the model's side send a caller who came by a trunk to one of our own people, by REFER: no leg of ours rings.

    Nothing is ever told of what came of it. Raises Refused or UnableToDial.
    """
    request = about_staff(call, to, Purpose.STAFF, directory, errand=errand, by=by)
    permit, _ = spent(request, lambda: door_facts.of_dial(request, directory, call=call), now=now)
    try:
        sip_refer.send_elsewhere(permit, call_id=model_call_id)
    except sip.SipRefused as error:
        failure = CarrierError(str(error), is_permanent=error.is_gone, may_be_done=error.is_unknown)
        raise dial_answers.failed(permit, failure, now=now) from error
    permit.confirm(f"refer-{permit.pk}")
    metrics.DIALS.labels("referred").inc()


def verify_number(*, to: str, directory: StaffEntry | None, shown: str, name: str, by: str, now: datetime) -> str:
    """Let the carrier ring a number of our own people and ask for a code there; the code that is to be keyed in.

    Only numbers of the transfer directory: `directory` is its line. `shown`: a number of ours. Raises Refused or
    UnableToDial.
    """
    label = "" if directory is None else directory.label
    request = DialRequest(to, Purpose.STAFF, shown, subject="caller_id", label=label, by=by)
    permit, _ = spent(request, lambda: door_facts.of_dial(request, directory), now=now)
    try:
        asked = outbound.verify_number(permit, name=name)
    except CarrierError as error:
        raise dial_answers.failed(permit, error, now=now) from error
    metrics.DIALS.labels("placed").inc()
    with suppress(DatabaseError):  # else it stays as it was sent, and is found out about
        permit.confirm(asked.leg_sid)
    return asked.code


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

    return place(call, permit, ask, now=now)
