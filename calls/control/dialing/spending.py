"""A permit is got, spent, and the carrier asked once for it."""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from calls import metrics
from calls.carrier import outbound
from calls.carrier.errors import CarrierError
from calls.control import dial_answers, dialled, door_facts
from calls.control.dial_answers import Refused, UnableToDial
from calls.models import Call, Leg
from compliance import gate, whatsapp_permission
from compliance.models import DialPermit
from compliance.verdict import Code, DialRequest, DoorFacts, Purpose, Refusal, StaffEntry

LONGEST_CALL_S = 4 * 3600
CUSTOMER_LABEL = "customer"

# Begins the call on which a permit is being spent, in that transaction; None: nobody is to be rung any more.
Prepare = Callable[[DialPermit], Call | None]

log = structlog.get_logger(__name__)


def about_staff(
    call: Call, to: str, purpose: Purpose, entry: StaffEntry | None, *, errand: str, by: str
) -> DialRequest:
    """The request to ring one of our own people for a call."""
    shown, label = door_facts.shown_to_staff(call), "" if entry is None else entry.label
    return DialRequest(to, purpose, shown, subject=dialled.subject_of(call), errand=errand, label=label, by=by)


def spent(
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


def place(call: Call, permit: DialPermit, ask: Callable[[], outbound.Placed], *, now: datetime) -> Leg:
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
