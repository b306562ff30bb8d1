"""Ending a call, and asking the carrier how a leg stands."""

from datetime import datetime

from django.db import transaction

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.lifecycle import CallFact, EndedReason, LegRole, LegStatus, is_of_page
from calls.models import Call, Leg, Sideband
from calls.realtime import sip
from compliance import audit


class UnableToHangUp(Exception):
    """The call cannot be ended; `str()` says why, for a person."""


def hang_up(*, call: Call, reason: EndedReason, source: str, by: str, now: datetime, epoch: int | None = None) -> None:
    """Ask the carrier to end the call. The wish is a fact at once; the call ends when the carrier says so.

    `epoch` is that of the process which asks; one that does not hold the call any more is not heard.
    Raises UnableToHangUp when the call is over already or the carrier cannot be asked.
    """
    if epoch is not None and not call.is_held_by(epoch):
        raise UnableToHangUp("Another process has taken this call over.")
    leg = call.customer_leg()
    if leg is None or not call.is_live:
        raise UnableToHangUp("This call is over already.")
    with transaction.atomic():
        call.advance(CallFact.HANG_UP_REQUESTED, at=now, source=source, by=by)
        if source == "supervisor":
            audit.note(act="end_call", subject=f"call:{call.pk}", by=by, now=now)
    try:
        # A page is not told by the carrier: whoever holds its line sees in the books that it is to end.
        is_accepted = is_of_page(leg.leg_sid) or (
            _hang_up_trunk(call) if leg.direction == "trunk" else rest.hang_up(leg.leg_sid)
        )
    except (CarrierError, sip.SipRefused) as error:
        call.note("hang_up_failed", at=now, source="carrier", error=str(error))
        raise UnableToHangUp("The telephone network could not be asked to end the call. Try again.") from error
    if not is_accepted:
        raise UnableToHangUp("This call is over already.")
    call.advance(CallFact.HANG_UP_ACCEPTED, at=now, source="carrier", reason=reason)


def _hang_up_trunk(call: Call) -> bool:
    """A line that the carrier does not let us steer is ended at the model's side. Raises sip.SipRefused."""
    line = Sideband.newest(call)
    if line is None or line.model_call_id is None:
        return False
    sip.hang_up(line.model_call_id)
    return True


def release(*, leg_sid: str) -> None:
    """Ask the carrier to end a leg, without a look into the books; one that is over already is no news.

    You must know that the leg is yours to end. Raises UnableToHangUp.
    """
    if is_of_page(leg_sid):
        return
    try:
        rest.hang_up(leg_sid)
    except CarrierError as error:
        raise UnableToHangUp("The telephone network could not be asked to end the call.") from error


def look_up(*, leg: Leg, now: datetime) -> None:
    """Ask the carrier for a leg's status and keep the answer; one it does not know is over. Raises CarrierError.

    Of a line on a trunk, or to a page, it knows nothing: whoever looks after it tells of its end.
    """
    if leg.direction == "trunk" or is_of_page(leg.leg_sid):
        return
    try:
        found = rest.find_leg(leg.leg_sid)
    except CarrierError as error:
        if error.code != rest.NOT_FOUND:
            raise
        if leg.role != LegRole.CUSTOMER:
            leg.report(LegStatus.FAILED, at=now, source="carrier")
            return
        leg.call.advance(
            CallFact.LEG_ENDED, at=now, source="carrier", key=f"ended:{leg.leg_sid}", status="unknown to the carrier"
        )
        return
    leg.report(found.status, at=now, source="carrier", duration_s=found.duration_s)
