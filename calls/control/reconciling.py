"""The two books of live calls, the carrier's and ours, made to agree.

A caller must not be on a line that nobody knows of, and a call that is over must not look alive.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from django.db.models import Min, Q

from calls import metrics, reconciliation
from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.control import legs
from calls.lifecycle import CallFact, LegRole, Phase
from calls.models import Leg, Number
from calls.reconciliation import Findings, OurLeg
from compliance.redaction import PAGE

log = structlog.get_logger(__name__)


def reconcile(*, now: datetime) -> Findings:
    """Compare the carrier's live calls with ours and do what follows. Raises CarrierError when it cannot be asked."""
    ours = _live_legs()  # read first: what begins after this is no discrepancy
    theirs = rest.live_legs()
    in_books = Leg.objects.filter(leg_sid__in=[leg.leg_sid for leg in theirs], is_unexplained=False)
    known = set(in_books.values_list("leg_sid", flat=True))
    numbers = set(Number.objects.filter(is_active=True).values_list("e164", flat=True))
    found = reconciliation.compare(theirs, ours=ours, known=known, numbers=numbers, now=now)
    metrics.FOREIGN_CALLS.set(found.foreign)
    for leg in Leg.objects.filter(leg_sid__in=found.look_up).select_related("call"):
        _do("looked up", leg.leg_sid, partial(legs.look_up, leg=leg, now=now))
    for leg_sid in found.end:
        _do("ended", leg_sid, partial(rest.hang_up, leg_sid))
    for leg_sid in found.adopt:
        _do("adopted", leg_sid, partial(rest.redirect, leg_sid, "/twilio/voice/"))
    return found


def _live_legs() -> list[OurLeg]:
    """The customers' legs of calls that live, and every leg we have dialled: those are to end with their call."""
    wanted = Min("call__events__at", filter=Q(call__events__kind=CallFact.HANG_UP_REQUESTED))
    # Of a line on a trunk, or to a page, the carrier's list of calls says nothing.
    customers = Leg.objects.filter(role=LegRole.CUSTOMER).exclude(direction__in=("trunk", PAGE))
    customers = customers.exclude(call__phase=Phase.CLOSED)
    dialled = Leg.objects.exclude(role=LegRole.CUSTOMER).filter(permit__isnull=False, ended_at=None)
    return [
        *(OurLeg(leg.leg_sid, leg.created_at, leg.end_wanted_at) for leg in customers.annotate(end_wanted_at=wanted)),
        *(OurLeg(leg.leg_sid, leg.created_at, leg.call.ended_at) for leg in dialled.select_related("call")),
    ]


def _do(act: str, leg_sid: str, verb: Callable[[], object]) -> None:
    """One discrepancy at a time: what fails now is found again in a minute."""
    try:
        verb()
    except CarrierError as error:
        log.warning("call not reconciled", act=act, leg=leg_sid, error=str(error))
        return
    metrics.CALLS_RECONCILED.labels(act).inc()
    log.info("call reconciled", act=act, leg=leg_sid)
