"""One of us calls somebody: their own telephone first, then the person, and both come together in the call's room.

A person dials and a person speaks, so none of the rules for artificial voices apply; all others do, and the gate is
asked like for any call. What is recorded is announced like in any room of ours.
"""

from datetime import datetime

import structlog
from django.db import transaction

from agents import presence
from agents.models import Agent
from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.control import dialing, outgoing
from calls.control.outgoing import Errand
from calls.lifecycle import LEG_ENDED, CallFact, EndedReason, LegRole, LegStatus, Phase
from calls.models import Call, Callback, Leg, Number, OutgoingCall, Participant
from calls.models.conference import CUSTOMER, name_of
from compliance import audit
from compliance.numbers import by_whatsapp
from compliance.verdict import Outcome, Purpose, StaffEntry, Voice

_AGENT_RING_S = 25
log = structlog.get_logger(__name__)


class UnableToPlace(Exception):
    """Nobody is rung; `str()` says why, for a person, and `reasons` one by one; `codes` are the gate's."""

    def __init__(self, *reasons: str, codes: tuple[str, ...] = ()) -> None:
        super().__init__(" ".join(reasons))
        self.reasons, self.codes = reasons, codes


def place(
    *,
    agent: Agent,
    to: str,
    number: Number | None,
    purpose: Purpose,
    seller: str,
    topic: str = "",
    callback: Callback | None = None,
    by: str,
    now: datetime,
) -> Call:
    """Ring `agent`, and when they are there, this person, who is shown `number`. The call, on which all else is told.

    The gate is asked before anybody is rung, and again when the person is. Raises UnableToPlace.
    """
    if number is None:
        raise UnableToPlace("There is no number of ours to call from.")
    errand = Errand(purpose, Voice.HUMAN_MANUAL, seller=seller, topic=topic, callback=callback)
    _check(to=to, number=number, errand=errand, by=by, now=now)
    if not _claim(agent, now=now):
        raise UnableToPlace("You are on a call, or being rung, already.")
    with transaction.atomic():
        call = outgoing.begin(to=to, number=number, assistant=None, errand=errand, by=by, now=now)
        audit.note(act="click_to_call", subject=f"call:{call.pk}", by=by, now=now, purpose=purpose)
    try:
        dialing.seat_staff(
            call=call,
            to=agent.address,
            directory=StaffEntry(address=agent.address, label=agent.label),
            errand=f"click:{call.pk}:agent",
            room=name_of(call.pk),
            status_callback="/twilio/status/",
            ends_room=True,
            ring_s=_AGENT_RING_S,
            by=by,
            now=now,
        )
    except (dialing.Refused, dialing.UnableToDial) as problem:
        presence.release(agent.pk, was_missed=False, now=now)
        if not (isinstance(problem, dialing.UnableToDial) and problem.may_ring):
            _give_up(call, why=str(problem), now=now)
        raise UnableToPlace("Your own telephone cannot be rung.", *_sentences(problem)) from problem
    return call


def _check(*, to: str, number: Number, errand: Errand, by: str, now: datetime) -> None:
    judgement = dialing.assess_out(
        to=to,
        purpose=errand.purpose,
        voice=errand.voice,
        seller=errand.seller,
        topic=errand.topic,
        caller_id=number.e164,
        by=by,
        now=now,
    )
    if judgement.outcome is not Outcome.ALLOW:
        reasons = judgement.reasons
        raise UnableToPlace(*(each.sentence for each in reasons), codes=tuple(each.code.value for each in reasons))


def _sentences(problem: dialing.Refused | dialing.UnableToDial) -> tuple[str, ...]:
    if isinstance(problem, dialing.Refused):
        return tuple(reason.sentence for reason in problem.reasons)
    return (str(problem),)


def _claim(agent: Agent, *, now: datetime) -> bool:
    """Nobody else rings this agent meanwhile."""
    presence.call_in(agent.pk, now=now)
    return presence.offer(agent.pk, now=now)


# --- what follows -----------------------------------------------------------------------------------------------------


def drive(*, call_id: int, now: datetime) -> None:
    """Do what is due for a call that one of us places; told twice, the second does nothing. Not in a transaction."""
    call = Call.objects.select_related("number").filter(pk=call_id).first()
    ours = None if call is None else OutgoingCall.of(call)
    if call is None or ours is None or ours.is_by_assistant:
        return
    ours.call = call
    agents, customer = _legs(call), call.customer_leg()
    inside = {member.label for member in Participant.inside(call=call)}
    if call.is_live and any(label.startswith("agent-") for label in inside):
        _agent_is_there(ours, customer, inside, now=now)
    if not call.is_live or (agents and all(leg.status in LEG_ENDED for leg in agents)):
        _part(call, agents, customer, now=now)


def _legs(call: Call) -> list[Leg]:
    return list(call.legs.filter(role=LegRole.AGENT).order_by("pk"))


def _agent_is_there(ours: OutgoingCall, customer: Leg | None, inside: set[str], *, now: datetime) -> None:
    call = ours.call
    for label in inside:
        if label.startswith("agent-"):
            presence.take(int(label.removeprefix("agent-")), now=now)
    if customer is None:
        _ring_person(ours, now=now)
    elif CUSTOMER in inside:
        call.advance(CallFact.AGENT_JOINED, at=now, source="carrier", key="together", who="agent")


def _ring_person(ours: OutgoingCall, *, now: datetime) -> None:
    call = ours.call
    try:
        dialing.dial_out(
            call=call,
            to=by_whatsapp(call.customer_e164) if call.is_by_whatsapp else call.customer_e164,
            purpose=Purpose(ours.purpose),
            voice=Voice(ours.voice),
            seller=ours.seller,
            topic=ours.topic,
            caller_id=call.our_address,
            errand=f"click:{call.pk}",
            by=ours.by_ref,
            now=now,
        )
    except dialing.Refused as refused:
        if refused.code == "ALREADY_DIALLED":  # whoever drives it beside us has done it
            return
        _give_up(call, why=" ".join(_sentences(refused)), now=now)
    except dialing.UnableToDial as problem:
        if not problem.may_ring:
            _give_up(call, why=str(problem), now=now)


def _give_up(call: Call, *, why: str, now: datetime) -> None:
    """The person is not rung: the one who waits for them is let go, and reads why on the call."""
    call.advance(
        CallFact.NOT_DIALLED, at=now, source="system", key="not dialled", reason=EndedReason.NOT_DIALLED, why=why[:500]
    )
    _part(call, _legs(call), None, now=now)


def _part(call: Call, agents: list[Leg], customer: Leg | None, *, now: datetime) -> None:
    """One of the two is gone: nobody is left alone on the line."""
    for leg in (*agents, *([customer] if customer is not None else [])):
        if leg.status not in LEG_ENDED:
            _end(leg)
    for leg in agents:
        _free(leg, now=now)
    if call.is_live and customer is None:
        call.advance(
            CallFact.NOT_DIALLED,
            at=now,
            source="system",
            key="not dialled",
            reason=EndedReason.NOT_DIALLED,
            why="The colleague who wanted to call did not take it.",
        )


def _end(leg: Leg) -> None:
    try:
        rest.end_leg(leg.leg_sid, is_answered=leg.status == LegStatus.IN_PROGRESS)
    except CarrierError as error:
        log.warning("a line of somebody left alone still stands", leg=leg.leg_sid, error=str(error))


def _free(leg: Leg, *, now: datetime) -> None:
    number = leg.label.removeprefix("agent-")
    if number.isdecimal() and not presence.begin_wrap_up(int(number), now=now):
        presence.release(int(number), was_missed=leg.status == LegStatus.NO_ANSWER, now=now)


def stuck(*, limit: int = 100) -> list[int]:
    """Calls that one of us places and that are not over: looked at again, should a report of them be lost."""
    live = Call.objects.filter(outgoing__voice=Voice.HUMAN_MANUAL).exclude(phase=Phase.CLOSED)
    return list(live.order_by("pk").values_list("pk", flat=True)[:limit])
