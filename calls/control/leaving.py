"""How a caller leaves a transfer: to the assistant, to a mailbox, to another queue, or with an apology; and how the
person who was rung is let go.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from agents import presence
from agents.models import Agent
from calls.carrier import conferences, rest
from calls.carrier.errors import CarrierError
from calls.control import callbacks, legs, voicemail
from calls.lifecycle import IN_ROOM, LEG_ENDED, CallFact, EndedReason, Phase
from calls.lifecycle.transfer import Outcome
from calls.models import AssistantNote, Call, CallEvent, Offer, Participant, Transfer
from calls.models.conference import CUSTOMER

_ON_THE_WAY = timedelta(seconds=5)

log = structlog.get_logger(__name__)

_OUTCOMES = {
    Outcome.DECLINED: "declined",
    Outcome.BUSY: "was busy",
    Outcome.NO_ANSWER: "did not answer",
    Outcome.VOICEMAIL: "could not be reached, a machine answered",
    Outcome.FAILED: "could not be reached",
    Outcome.DROPPED: "was lost on the line",
    Outcome.WITHDRAWN: "was not waited for",
}


def give_up(transfer: Transfer, *, now: datetime) -> None:
    """Nobody came: do what was agreed for that."""
    if transfer.if_nobody == Transfer.IfNobody.QUEUE and _go_on_to_next_queue(transfer, now=now):
        return
    if transfer.if_nobody == Transfer.IfNobody.VOICEMAIL and _to_mailbox(transfer, now=now):
        return
    is_to_be_called_back = transfer.if_nobody == Transfer.IfNobody.CALLBACK
    if is_to_be_called_back and transfer.call.is_by_whatsapp and _to_mailbox(transfer, now=now):
        return  # nobody calls them back by telephone
    if is_to_be_called_back and transfer.call.customer_e164 and not transfer.call.is_by_whatsapp:
        if transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.NOBODY):
            callbacks.offer(call=transfer.call, now=now)
            send(transfer.call, now=now)
        return
    if transfer.if_nobody == Transfer.IfNobody.HANG_UP or not _has_assistant(transfer.call):
        if transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.NOBODY):
            apologise(transfer.call, now=now)
        return
    give_back(transfer, now=now)


def _to_mailbox(transfer: Transfer, *, now: datetime) -> bool:
    """The caller leaves a message in the queue's box; False when they cannot be sent there."""
    box = str(transfer.queue or (transfer.agent.department if transfer.agent else ""))
    with transaction.atomic():
        if not transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.NOBODY):
            return True
        try:
            voicemail.begin(call=transfer.call, box=box, why="nobody came", now=now)
        except voicemail.UnableToTakeMessage as why:
            log.warning("caller not sent to a mailbox", call=transfer.call_id, why=str(why))
            transaction.set_rollback(True)
            return False
    return True


def after_offer(call: Call, *, now: datetime) -> bool:
    """A caller whom nobody came for was offered a call back and has not taken it: the assistant has them again.

    False when no assistant has held this call.
    """
    last = call.transfers.select_related("queue", "agent").order_by("-pk").first()
    if last is None or not _has_assistant(call):
        return False
    AssistantNote.leave(call=call, text=_told(last), at=now)
    call.advance(CallFact.GIVEN_BACK, at=now, source="system", key=f"given_back:{last.pk}")
    return True


def give_back(transfer: Transfer, *, now: datetime) -> None:
    """The assistant gets the caller again, and is told what was tried."""
    if note_given_back(transfer, now=now):
        send(transfer.call, now=now)


def note_given_back(transfer: Transfer, *, now: datetime) -> bool:
    """Keep that the assistant has the caller again. You must have the carrier ask what they hear next."""
    call = transfer.call
    with transaction.atomic():
        if not transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.NOBODY):
            return False
        AssistantNote.leave(call=call, text=_told(transfer), at=now)
        call.advance(CallFact.GIVEN_BACK, at=now, source="system", key=f"given_back:{transfer.pk}")
    return True


def _told(transfer: Transfer) -> str:
    tried = [
        f"{offer.agent or 'The number'} {_OUTCOMES.get(Outcome(offer.outcome), 'could not come')}."
        for offer in transfer.offers.select_related("agent").order_by("pk")
    ]
    elsewhere = "a colleague" if transfer.kind == Transfer.Kind.TASKROUTER else "the number"
    whom = transfer.agent or (f"anybody in {transfer.queue}" if transfer.queue else elsewhere)
    instead = "to help" if transfer.call.is_by_whatsapp else "to be called back or to help"
    what_now = f"Tell the caller that nobody can take the call at this moment, and offer {instead}."
    return " ".join([f"The caller was to be put through to {whom}, and was not.", *tried, what_now])


def _go_on_to_next_queue(transfer: Transfer, *, now: datetime) -> bool:
    """The next queue takes over; a ring of queues is gone through once."""
    queue = transfer.queue.overflow_queue if transfer.queue else None
    visited = set(transfer.call.transfers.values_list("queue_id", flat=True))
    if queue is None or not queue.is_active or queue.pk in visited:
        return False
    if not transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.NOBODY):
        return True
    Transfer.objects.create(
        call=transfer.call,
        kind=transfer.kind,
        source=Transfer.Source.RULE,
        requested_by_ref="overflow",
        requested_at=now,
        queue=queue,
        if_nobody=queue.overflow,
        reason=transfer.reason,
        brief=transfer.brief,
        waits_until=now + (transfer.waits_until - transfer.requested_at),
        sent_at=transfer.sent_at,
    )
    return True


def _has_assistant(call: Call) -> bool:
    return call.prompt_version_id is not None


def send(call: Call, *, now: datetime) -> None:
    """Have the carrier ask what the caller hears next. Raises CarrierError."""
    leg = call.customer_leg()
    if leg is not None and not rest.redirect(leg.leg_sid, "/twilio/voice/resume/"):
        legs.look_up(leg=leg, now=now)


def send_stragglers(*, now: datetime) -> None:
    """Ask the carrier again about callers who are not where they are by our books.

    They are in a room still and belong to the assistant, or the call was to end; or they are on hold and not in the
    room. One that was sent a moment ago is on the way.
    """
    in_room = Participant.objects.filter(label=CUSTOMER, is_in=True, conference__ended_at=None)
    sent = [CallFact.GIVEN_BACK, CallFact.HANG_UP_REQUESTED, CallFact.HOLD_REQUESTED]
    lately = CallEvent.objects.filter(kind__in=sent, at__gt=now - _ON_THE_WAY).values("call")
    is_inside = Q(conferences__participants__in=in_room)
    nobodys = ~Q(pk__in=Transfer.objects.exclude(state=Transfer.State.ENDED).values("call"))
    to_end = Q(phase__in=IN_ROOM, pk__in=CallEvent.objects.filter(kind=CallFact.HANG_UP_REQUESTED).values("call"))
    late = Call.objects.filter(
        (Q(phase=Phase.WITH_ASSISTANT) & is_inside)
        | (to_end & nobodys)
        | (Q(phase=Phase.ON_HOLD) & nobodys & ~Q(pk__in=in_room.values("conference__call")))
    )
    for call in late.exclude(pk__in=lately).distinct():
        send(call, now=now)


def apologise(call: Call, *, now: datetime) -> None:
    """Nobody can take this call: it is said, and the call ends."""
    call.advance(CallFact.HANG_UP_REQUESTED, at=now, source="system", reason=EndedReason.NOBODY_FREE, by="queue")
    send(call, now=now)


def end_call(call: Call, *, now: datetime) -> None:
    """The person who had the call is done, and so is the call."""
    call.advance(CallFact.HANG_UP_REQUESTED, at=now, source="system", reason=EndedReason.AGENT_ENDED, by="agent")
    leg = call.customer_leg()
    if leg is not None:
        rest.hang_up(leg.leg_sid)


def close_person(offer: Offer, *, now: datetime) -> None:
    """Whoever had the call is out of it: some time for the note, and their leg is let go."""
    offer.close(outcome=Outcome.ACCEPTED, now=now)
    if offer.agent_id is not None:
        presence.begin_wrap_up(offer.agent_id, now=now)
    release_person(offer)


def empty_room(call: Call) -> None:
    """The caller is out of the room for good: nobody else is left sitting in it."""
    for member in Participant.inside(call=call).select_related("conference").exclude(label=CUSTOMER):
        try:
            conferences.remove(member.conference.conference_sid, member.leg_sid)
        except CarrierError as error:
            log.warning("somebody is left in a room", call=call.pk, leg=member.leg_sid, error=str(error))


def release_person(offer: Offer) -> None:
    """Let go of the leg of somebody who is no part of the call; one that is over already is no news."""
    leg = offer.leg
    if leg is None or leg.status in LEG_ENDED or offer.leg_status in LEG_ENDED:
        return
    try:
        rest.end_leg(leg.leg_sid, is_answered=offer.answered_at is not None)
    except CarrierError as error:
        log.warning("person's leg not released", leg=leg.leg_sid, error=str(error))


def is_at(agent: Agent, call: Call) -> bool:
    """True while this agent has this call."""
    return Offer.objects.filter(agent=agent, transfer__call=call, closed_at=None, joined_at__isnull=False).exists()
