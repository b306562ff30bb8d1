"""Drives a transfer: one step after the other until there is nothing to do but wait.

`drive` may be called by anybody at any time, twice at once, and after any crash: what is done is read off the books,
and every act that reaches out is claimed there first. You must not call it inside a transaction, nor where a caller
waits for an answer: it asks the carrier.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from agents import presence
from agents.models import Agent
from calls.carrier import conferences, rest
from calls.carrier.errors import CarrierError
from calls.control import dialing, dialled, leaving, page_lines, waiting
from calls.lifecycle import LEG_ENDED, CallFact, LegStatus, Phase, is_of_page
from calls.lifecycle.transfer import MISSED, Outcome, Standing, Step, next_step, outcome
from calls.models import Call, Conference, Offer, Participant, Transfer
from calls.models.conference import CUSTOMER, name_of

_MOST_STEPS = 12
# The carrier is asked again to park a caller when it has not said yes for this long.
SEND_AGAIN = timedelta(seconds=4)
BRIEF_S = 40  # for hearing the brief and deciding, after the ring time
UNHEARD = timedelta(seconds=5)  # who accepted and was not heard of in the room since: the carrier is asked

log = structlog.get_logger(__name__)


def drive(*, transfer_id: int, now: datetime) -> None:
    """Do what is due for a transfer."""
    has_looked = False
    for _ in range(_MOST_STEPS):
        with transaction.atomic():
            # Nobody makes an offer between one look and the next: what is seen belongs together.
            transfer = _locked(transfer_id)
            if transfer.state == Transfer.State.ENDED:
                return
            offer = transfer.open_offer()
            step = next_step(_standing(transfer, offer, now=now))
        if step is Step.WAIT:
            if offer is None or has_looked or not _look_for(transfer, offer, now=now):
                return
            has_looked = True
            continue
        if not _STEPS[step](transfer, offer, now):
            return


def _locked(transfer_id: int) -> Transfer:
    found = Transfer.objects.select_related("call__assistant", "call__prompt_version", "queue", "agent")
    return found.select_for_update(of=("self",)).get(pk=transfer_id)


def drive_all(*, now: datetime) -> None:
    """Do what is due for every transfer that is not over, the longest waiting first."""
    presence.end_due_wrap_ups(now=now)
    is_open = Transfer.objects.exclude(state=Transfer.State.ENDED)
    for transfer_id in is_open.order_by("requested_at").values_list("pk", flat=True):
        try:
            drive(transfer_id=transfer_id, now=now)
        except CarrierError as error:
            log.warning("transfer not driven", transfer=transfer_id, error=str(error))
    try:
        leaving.send_stragglers(now=now)
    except CarrierError as error:
        log.warning("callers not sent on", error=str(error))


def _standing(transfer: Transfer, offer: Offer | None, *, now: datetime) -> Standing:
    call = transfer.call
    is_looking = transfer.state == Transfer.State.OPEN and offer is None and call.is_live
    return Standing(
        is_caller_live=call.is_live,
        is_caller_sent=transfer.sent_at is not None or transfer.state == Transfer.State.CONNECTED,
        is_caller_in_room=Participant.inside(call=call).filter(label=CUSTOMER).exists(),
        is_connected=transfer.state == Transfer.State.CONNECTED,
        is_told_to_wait=transfer.told_to_wait_at is not None,
        offer=None if offer is None else offer.facts(now=now),
        may_offer=is_looking and _who(transfer, now=now) is not None,
        may_still_wait=is_looking and now < transfer.waits_until and waiting.may_come(transfer),
        has_company=transfer.state == Transfer.State.CONNECTED and waiting.has_company(call, but=offer),
    )


def _who(transfer: Transfer, *, now: datetime) -> "waiting.Candidate | None":
    return waiting.candidate(transfer) if now < transfer.waits_until else None


# --- steps: each returns whether to look on ---------------------------------------------------------------------------


def _send_caller(transfer: Transfer, _: Offer | None, now: datetime) -> bool:
    """Have the carrier ask us what the caller hears next: it is answered by the call's phase."""
    leg = transfer.call.customer_leg()
    if leg is not None and is_of_page(leg.leg_sid):
        page_lines.bring(transfer, now=now)
        return False
    if leg is None or not transfer.claim_sending(now=now, again_before=now - SEND_AGAIN):
        return False
    # A caller whose first answer we are just giving is sent by that answer.
    is_live = leg.status == LegStatus.RINGING or rest.redirect(leg.leg_sid, "/twilio/voice/resume/")
    if not is_live:
        _look_up(transfer.call, now=now)
        return False
    transfer.note(sent_at=now)
    return True


def _make_offer(transfer: Transfer, _: Offer | None, now: datetime) -> bool:
    with transaction.atomic():
        transfer = _locked(transfer.pk)
        who = _who(transfer, now=now)
        if who is None or (who.agent is not None and not presence.offer(who.agent.pk, now=now)):
            return True
        deadline = now + timedelta(seconds=who.ring_s + BRIEF_S)
        offer = Offer.make(
            transfer=transfer, agent=who.agent, address=who.address, label=who.label, now=now, deadline_at=deadline
        )
        if offer is None:
            if who.agent is not None:
                presence.release(who.agent.pk, was_missed=False, now=now)
            return False
    transfer.call.advance(
        CallFact.OFFERED, at=now, source="system", key=f"offered:{offer.pk}", to=str(who.agent or "a number")
    )
    _ring(transfer, offer, who, now=now)
    return True


def _ring(transfer: Transfer, offer: Offer, who: "waiting.Candidate", *, now: datetime) -> None:
    errand, status = offer.errand, f"/twilio/offer/{offer.ref}/status/"
    by = transfer.requested_by_ref
    try:
        if who.agent is None:
            leg = dialing.dial_guest(
                call=transfer.call,
                to=who.address,
                label=who.label,
                errand=errand,
                room=name_of(transfer.call_id),
                status_callback=status,
                ring_s=who.ring_s,
                by=by,
                now=now,
            )
        else:
            leg = dialing.dial_staff(
                call=transfer.call,
                to=who.address,
                directory=who.entry,
                errand=errand,
                url=f"/twilio/offer/{offer.ref}/",
                status_callback=status,
                machine_callback=f"/twilio/offer/{offer.ref}/machine/" if who.agent.seat == Agent.Seat.PHONE else "",
                ring_s=who.ring_s,
                by=by,
                now=now,
            )
    except dialing.Refused as refused:
        offer.learn(refused_why=str(refused)[:300])
    except dialing.UnableToDial as failed:
        if not failed.may_ring:
            offer.learn(refused_why=str(failed)[:300])
    else:
        offer.is_rung_on(leg)
        # The carrier may have told of the leg before we knew its name.
        offer.refresh_from_db(fields=["leg_status"])
        if offer.leg_status:
            leg.report(offer.leg_status, at=now, source="carrier")


def settled(dial: dialled.Settled, *, now: datetime) -> None:
    """What became of a dial whose answer was lost: the offer learns its leg, or that nobody was rung."""
    kind, _, key = dial.errand.partition(":")
    offer = Offer.objects.filter(pk=int(key)).first() if kind == "offer" and key.isdecimal() else None
    if offer is None:
        return
    if dial.leg is None:
        offer.learn(refused_why="The telephone network did not take the call.")
        return
    offer.is_rung_on(dial.leg)
    offer.report_leg(LegStatus(dial.leg.status), at=now)
    if offer.closed_at is not None:
        leaving.release_person(offer)


def _close_offer(transfer: Transfer, offer: Offer | None, now: datetime) -> bool:
    assert offer is not None
    result = outcome(offer.facts(now=now))
    if not offer.close(outcome=result, now=now):
        return True
    transfer.call.note(
        "offer_ended",
        at=now,
        source="system",
        key=f"offer_ended:{offer.pk}",
        who=str(offer.agent or "a number"),
        outcome=result,
        why=offer.decline_reason if result is Outcome.DECLINED else offer.refused_why,
    )
    if offer.agent_id is not None:
        if result is Outcome.DROPPED:
            presence.begin_wrap_up(offer.agent_id, now=now)
        presence.release(offer.agent_id, was_missed=result in MISSED, now=now)
    leaving.release_person(offer)
    return True


def _queue(transfer: Transfer, _: Offer | None, now: datetime) -> bool:
    transfer.note(told_to_wait_at=now)
    transfer.call.advance(CallFact.QUEUED, at=now, source="system", key=f"queued:{transfer.pk}")
    return True


def _connect(transfer: Transfer, offer: Offer | None, now: datetime) -> bool:
    assert offer is not None
    if not transfer.move(Transfer.State.CONNECTED, connected_at=now):
        return True
    call = transfer.call
    call.advance(
        CallFact.AGENT_JOINED,
        at=offer.joined_at or now,
        source="carrier",
        key=f"joined:{offer.pk}",
        who=str(offer.agent or offer.label),
    )
    if offer.agent_id is not None:
        presence.take(offer.agent_id, now=now)
    _write_down(call)
    return True


def _write_down(call: Call) -> None:
    """From here on the words are the carrier's to write down; a call without them is still a call."""
    leg = call.customer_leg()
    if leg is None:
        return
    language = call.prompt_version.language if call.prompt_version else "en"
    try:
        if call.are_words_kept:
            conferences.begin_transcription(leg.leg_sid, language=language)
        room = Conference.objects.filter(call=call, ended_at=None).first()
        if room is not None:
            conferences.announce(room.conference_sid, f"/twilio/announcement/{call.pk}/")
    except CarrierError as error:
        log.warning("transcription not begun", call=call.pk, error=str(error))


def _rejoin(transfer: Transfer, offer: Offer | None, now: datetime) -> bool:
    """The person was lost before a word was said: the caller is not told off, somebody else is looked for.

    A room that has begun is silent for whoever is alone in it: the caller is parked anew.
    """
    _close_offer(transfer, offer, now)
    patience = timedelta(seconds=transfer.queue.max_wait_s if transfer.queue else 30)
    again = {"connected_at": None, "told_to_wait_at": None, "sent_at": None, "send_claimed_at": None}
    if transfer.move(Transfer.State.OPEN, waits_until=now + patience, **again):
        leaving.empty_room(transfer.call)
        transfer.call.advance(CallFact.AGENT_LEFT, at=now, source="carrier", reason_left="lost")
    return True


def _leave_to_others(_: Transfer, offer: Offer | None, now: datetime) -> bool:
    """The person is done with the call and the caller is not alone: they talk on with who is there."""
    assert offer is not None
    leaving.close_person(offer, now=now)
    return True


def _finish(transfer: Transfer, offer: Offer | None, now: datetime) -> bool:
    """Whoever had the call is done with it, and nobody else is with the caller: so is the call."""
    if offer is not None:
        leaving.close_person(offer, now=now)
    if transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.ACCEPTED):
        leaving.empty_room(transfer.call)  # of those who were in somebody's ear
        leaving.end_call(transfer.call, now=now)
    return False


def _abandon(transfer: Transfer, offer: Offer | None, now: datetime) -> bool:
    """The caller is gone."""
    was_connected = transfer.state == Transfer.State.CONNECTED
    if was_connected and offer is not None:
        leaving.close_person(offer, now=now)
    elif offer is not None:
        offer.learn(withdrawn_at=now)
        if offer.close(outcome=Outcome.CALLER_LEFT, now=now) and offer.agent_id is not None:
            presence.release(offer.agent_id, was_missed=False, now=now)
        leaving.release_person(offer)
    result = Outcome.ACCEPTED if was_connected else Outcome.CALLER_LEFT
    transfer.move(Transfer.State.ENDED, ended_at=now, outcome=result)
    leaving.empty_room(transfer.call)
    return False


def _give_up(transfer: Transfer, _: Offer | None, now: datetime) -> bool:
    leaving.give_up(transfer, now=now)
    return False


_STEPS: dict[Step, Callable[[Transfer, Offer | None, datetime], bool]] = {
    Step.SEND_CALLER: _send_caller,
    Step.MAKE_OFFER: _make_offer,
    Step.CLOSE_OFFER: _close_offer,
    Step.QUEUE: _queue,
    Step.CONNECT: _connect,
    Step.REJOIN: _rejoin,
    Step.LEAVE_TO_OTHERS: _leave_to_others,
    Step.FINISH: _finish,
    Step.GIVE_UP: _give_up,
    Step.ABANDON: _abandon,
}


# --- asking, where nothing is heard -----------------------------------------------------------------------------------


def _look_for(transfer: Transfer, offer: Offer, *, now: datetime) -> bool:
    """A callback may be lost, the person's or the caller's: who has accepted and is not yet together with the caller
    is looked for in the room. True when the carrier was asked: something may follow.
    """
    is_unheard = offer.accepted_at is not None and now - offer.accepted_at > UNHEARD
    is_parked = transfer.state == Transfer.State.OPEN
    is_overdue = offer.leg is not None and offer.leg.status not in LEG_ENDED and now >= offer.deadline_at
    if is_unheard and is_parked:
        waiting.look_into_room(transfer.call, now=now)
    if is_overdue:
        _look_up_person(offer, now=now)
    return is_overdue or (is_unheard and is_parked)


def _look_up_person(offer: Offer, *, now: datetime) -> None:
    if offer.leg is not None:
        found = rest.find_leg(offer.leg.leg_sid)
        offer.report_leg(LegStatus(found.status), at=now)


def _look_up(call: Call, *, now: datetime) -> None:
    leg = call.customer_leg()
    if leg is not None and call.phase != Phase.CLOSED:
        found = rest.find_leg(leg.leg_sid)
        with transaction.atomic():
            leg.report(found.status, at=now, source="carrier", duration_s=found.duration_s)
