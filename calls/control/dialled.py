"""What came of a dial: the leg is written when the carrier answers, or speaks of it first, or is asked about it.

The carrier's answer can be lost when the call went out all the same. Then the permit is `unknown`, its number is not
rung again, and the leg is looked for: one that went out to this number since, and that nobody knows, is the one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction

from calls import metrics
from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.control import legs
from calls.lifecycle import LegRole
from calls.models import Call, ContactAttempt, Leg
from compliance import whatsapp_permission
from compliance.models import DialPermit
from compliance.numbers import Kind, channel_of, number_behind

# Whoever spent a permit this long ago is not waiting for the carrier's answer any more.
NOBODY_WAITS_AFTER = timedelta(seconds=15)
# A call that the carrier took is in its list by then.
LISTED_AFTER = timedelta(seconds=20)
# The carrier's clock, which counts whole seconds, and ours.
_CLOCKS_DIFFER = timedelta(seconds=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a dial whose answer was lost; `leg` None: nothing, it may be dialled again."""

    errand: str
    leg: Leg | None


def subject_of(call: Call) -> str:
    """How compliance refers to a call."""
    return f"call:{call.pk}"


def role_of(label: str) -> LegRole:
    """Whose leg it is, by what they are called: `customer`; in a conference `agent-7`, `supervisor-2`, `third-1`."""
    kind = label.partition("-")[0]
    return LegRole(kind) if kind in (LegRole.CUSTOMER, LegRole.AGENT, LegRole.SUPERVISOR) else LegRole.THIRD


def confirm(*, call: Call, permit: DialPermit, leg_sid: str, status: str, now: datetime) -> Leg:
    """Write the leg that came of a permit; told twice, it is the same."""
    with transaction.atomic():
        DialPermit.take_turn(permit.number)
        permit.confirm(leg_sid)
        return call.dialled(permit=permit, leg_sid=leg_sid, role=role_of(permit.label), status=status, now=now)


def heard_of(*, errand: str, leg_sid: str, status: str, now: datetime) -> Leg | None:
    """The carrier speaks of a leg that was dialled for this errand: the leg, written now if nobody has done it yet.

    None when nothing was dialled for it, or another leg came of it: then it is none of ours.
    """
    known = Leg.objects.select_related("call", "permit").filter(leg_sid=leg_sid).first()
    if known is not None:
        return known if known.permit is not None and known.permit.errand_ref == errand else None
    permit = DialPermit.of_errand(errand)
    leg = None if permit is None else _explained(permit, leg_sid=leg_sid, status=status, now=now)
    if leg is None:
        metrics.LEGS_UNEXPLAINED.inc()
        log.error("the carrier speaks of a leg that nobody dialled", leg=leg_sid, errand=errand[:100])
    return leg


def recognise(*, to: str, from_: str, leg_sid: str, status: str, now: datetime) -> Leg | None:
    """The same where the carrier does not say what for: the one dial to this number whose answer is still due."""
    permit = DialPermit.awaiting(number=_number(to), caller_id=_number(from_))
    return None if permit is None else _explained(permit, leg_sid=leg_sid, status=status, now=now)


def _number(address: str) -> str:
    """An address as a permit names it: without the name of the channel."""
    return number_behind(address) if channel_of(address) is Kind.WHATSAPP else address


def _explained(permit: DialPermit, *, leg_sid: str, status: str, now: datetime) -> Leg | None:
    call = _call_of(permit)
    if call is None or permit.leg_sid not in ("", leg_sid):
        return None
    try:
        return confirm(call=call, permit=permit, leg_sid=leg_sid, status=status, now=now)
    except IntegrityError:  # thought to have come to nothing, and the errand was dialled again
        return None


def settle(*, now: datetime) -> list[Settled]:
    """Find out about every dial whose answer was lost. One that the carrier cannot be asked about waits."""
    settled = []
    for permit in DialPermit.unsettled(sent_for=NOBODY_WAITS_AFTER):
        try:
            found = _settle(permit, now=now)
        except CarrierError as error:
            log.warning("carrier not asked about a dial", permit=permit.pk, error=str(error))
            continue
        if found is not None:
            settled.append(found)
    return settled


def _settle(permit: DialPermit, *, now: datetime) -> Settled | None:
    call = _call_of(permit)
    leg_sid = _leg_of(permit)
    if leg_sid and call is not None:
        leg = confirm(call=call, permit=permit, leg_sid=leg_sid, status="", now=now)
        legs.look_up(leg=leg, now=now)
        log.warning("a dial whose answer was lost has rung", permit=permit.pk, leg=leg_sid)
        return Settled(permit.errand_ref, leg)
    if not permit.is_older_than(LISTED_AFTER) or not permit.void("the carrier knows of no such call"):
        return None
    whatsapp_permission.not_placed(permit, code=0, now=now)
    log.warning("a dial whose answer was lost came to nothing", permit=permit.pk)
    return Settled(permit.errand_ref, None)


def _leg_of(permit: DialPermit) -> str:
    """The carrier's id of the leg that came of a permit; empty when it knows of none."""
    assert permit.sent_at is not None
    listed = rest.dialled_legs(to=permit.to_address, from_=permit.from_address)
    since = permit.sent_at - _CLOCKS_DIFFER
    known = set(Leg.objects.filter(leg_sid__in=[leg.leg_sid for leg in listed]).values_list("leg_sid", flat=True))
    mine = [leg for leg in listed if leg.leg_sid not in known and leg.began_at is not None and leg.began_at >= since]
    return min(mine, key=lambda leg: leg.began_at).leg_sid if mine else ""


def _call_of(permit: DialPermit) -> Call | None:
    begun = Call.objects.filter(outgoing__permit=permit).first()
    if begun is not None:
        return begun
    attempt = ContactAttempt.of_errand(permit.errand_ref)
    if attempt is not None:
        return attempt.call
    kind, _, key = permit.subject_ref.partition(":")
    return Call.objects.filter(pk=int(key)).first() if kind == "call" and key.isdecimal() else None
