"""Handing a caller to a person: who asked for it, what was agreed, and how it is taken back.

Starting a transfer is a fact: from that moment the caller belongs to it, whatever they or the assistant say. All that
follows is done by `transfer_driver.drive`, which you must call after the transaction, and which anybody may call again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from agents.models import Agent, Queue
from calls.carrier.errors import CarrierError
from calls.control import briefs, company, leaving, page_lines
from calls.lifecycle import CallFact, Phase
from calls.lifecycle.transfer import Outcome
from calls.models import AssistantNote, Call, Offer, Transfer
from compliance import audit

# Somebody who was asked for by name is looked for this long.
PERSON_WAIT = timedelta(seconds=45)
# A caller in TaskRouter's line leaves it when it tells them to; we could cut a conversation that we do not see.
_LONGEST = timedelta(hours=4)
_FROM = frozenset({Phase.RINGING, Phase.WITH_ASSISTANT, Phase.WITH_AGENT, Phase.ON_HOLD, Phase.CAPTURING})


class UnableToTransfer(Exception):
    """The call cannot be handed over; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class To:
    """Where a caller is to go: a queue, a person, an address of the directory, or TaskRouter. Exactly one."""

    queue: Queue | None = None
    agent: Agent | None = None
    address: str = ""
    workflow: bool = False

    def __str__(self) -> str:
        return "TaskRouter" if self.workflow else str(self.agent or self.queue or "a number")


@dataclass(frozen=True, slots=True)
class Wish:
    """A transfer as it is asked for. `brief` is what the asker adds to what is known of the call."""

    to: To
    kind: str = Transfer.Kind.WARM
    reason: str = ""
    if_nobody: str = ""  # empty: as the queue says, or back to the assistant
    brief: dict[str, Any] = field(default_factory=dict)


def start(*, call: Call, wish: Wish, source: str, by: str, now: datetime, epoch: int | None = None) -> Transfer:
    """Record that this caller goes to a person, and to whom. You must drive it afterwards.

    `epoch` is that of the process that asks for the assistant; one that does not hold the call any more is not heard.
    Raises UnableToTransfer.
    """
    _check_target(wish)
    if call.customer_leg_is_on_trunk():
        raise UnableToTransfer("This caller came by a trunk to the model: only its assistant can send them on.")
    if epoch is not None and not call.is_held_by(epoch):
        raise UnableToTransfer("Another process has taken this call over.")
    try:
        with transaction.atomic():
            fresh = Call.objects.select_for_update().get(pk=call.pk)
            under_way = Transfer.open_of(fresh)
            if under_way is not None and under_way.state == Transfer.State.CONNECTED:
                _leave_person(under_way, now=now)
            elif under_way is not None:
                raise UnableToTransfer(_already(under_way))
            if Phase(fresh.phase) not in _FROM:
                raise UnableToTransfer(_why_not(fresh))
            if fresh.is_test and (why_nobody := page_lines.why_nobody(fresh)):
                raise UnableToTransfer(why_nobody)
            if fresh.is_by_whatsapp:
                company.check_target(queue=wish.to.queue, agent=wish.to.agent, address=wish.to.address)
                if wish.to.workflow:
                    raise UnableToTransfer(company.NOT_IN_LINE)
            found = Transfer.objects.create(
                call=fresh,
                kind=Transfer.Kind.TASKROUTER if wish.to.workflow else wish.kind,
                source=source,
                requested_by_ref=by,
                requested_at=now,
                queue=wish.to.queue,
                agent=wish.to.agent,
                address=wish.to.address,
                if_nobody=_if_nobody(fresh, wish),
                reason=wish.reason[:200],
                brief=briefs.of(fresh, added=wish.brief),
                waits_until=now + _patience(wish),
            )
            fresh.advance(
                CallFact.TRANSFER_REQUESTED,
                at=now,
                source=source if source in ("assistant", "supervisor") else "system",
                by=by,
                to=str(wish.to),
                why=wish.reason[:200],
            )
            if source in (Transfer.Source.SUPERVISOR, Transfer.Source.AGENT):
                audit.note(act="transfer_call", subject=f"call:{call.pk}", by=by, now=now, kind=wish.kind)
    except company.NotReached as why:
        raise UnableToTransfer(str(why)) from why
    except IntegrityError:
        raise UnableToTransfer("Somebody else has just sent this call on. Look again.") from None
    call.refresh_from_db()
    return found


def _check_target(wish: Wish) -> None:
    to = wish.to
    if sum((to.queue is not None, to.agent is not None, bool(to.address), to.workflow)) != 1:
        raise UnableToTransfer("Say to whom the call shall go.")
    if to.workflow and not settings.TASKROUTER_WORKFLOW_SID:
        raise UnableToTransfer("TaskRouter has no workflow for our callers.")
    if to.queue is not None and not to.queue.is_active:
        raise UnableToTransfer(f"The queue {to.queue} is closed.")
    if to.agent is not None and (not to.agent.is_active or to.agent.state == Agent.State.AWAY):
        raise UnableToTransfer(f"{to.agent} is away.")


def _patience(wish: Wish) -> timedelta:
    if wish.to.workflow:
        return _LONGEST
    return timedelta(seconds=wish.to.queue.max_wait_s) if wish.to.queue is not None else PERSON_WAIT


def _if_nobody(call: Call, wish: Wish) -> str:
    """Whoever tests hears the assistant again: no message is left, and nobody is called back, for a test."""
    if call.is_test:
        return Transfer.IfNobody.ASSISTANT
    return wish.if_nobody or (wish.to.queue.overflow if wish.to.queue else Transfer.IfNobody.ASSISTANT)


def _already(under_way: Transfer) -> str:
    to = under_way.agent or under_way.queue or "somebody else"
    return f"{under_way.requested_by_ref} is already sending this call to {to}."


def _why_not(call: Call) -> str:
    if not call.is_live:
        return "This call is over already."
    return "This call cannot be handed over at this moment."


def _leave_person(under_way: Transfer, *, now: datetime) -> None:
    """The person who has the call passes it on: they are out of it."""
    offer = under_way.open_offer()
    if offer is not None:
        offer.learn(finished_at=now)
        transaction.on_commit(lambda: leaving.close_person(offer, now=now))
    under_way.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.ACCEPTED)


def accept(*, offer: Offer, by: str, now: datetime) -> bool:
    """The person takes the call, by key or click. False when it is too late, or had been decided."""
    if offer.closed_at is not None or offer.withdrawn_at is not None or offer.declined_at is not None:
        return False
    if not offer.learn(accepted_at=now):
        return False
    offer.learn(accepted_by=by)
    return True


def decline(*, offer: Offer, reason: str, now: datetime) -> bool:
    """The person does not take the call. False when it had been decided."""
    if offer.closed_at is not None or offer.accepted_at is not None:
        return False
    if not offer.learn(declined_at=now):
        return False
    offer.learn(decline_reason=reason[:40] or "declined")
    return True


def finish(*, offer: Offer, now: datetime) -> bool:
    """The person who has the call says that it is over."""
    return offer.learn(finished_at=now)


def hand_back(*, offer: Offer, note: str, by: str, now: datetime) -> None:
    """The person who has the call gives it to the assistant. Raises UnableToTransfer."""
    transfer = offer.transfer
    call = transfer.call
    if transfer.state != Transfer.State.CONNECTED or offer.closed_at is not None:
        raise UnableToTransfer("This call is not yours any more.")
    if call.prompt_version_id is None:
        raise UnableToTransfer("No assistant has held this call, so none can take it back.")
    with transaction.atomic():
        offer.learn(finished_at=now)
        if not transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.ACCEPTED):
            raise UnableToTransfer("This call is not yours any more.")
        text = f"{offer.agent or 'A colleague'} has spoken with the caller and gives them back to you."
        AssistantNote.leave(call=call, text=f"{text} {note[:400]}".strip(), at=now)
        call.advance(CallFact.GIVEN_BACK, at=now, source="agent", by=by, key=f"given_back:{transfer.pk}")
    leaving.close_person(offer, now=now)
    leaving.empty_room(call)
    try:
        leaving.send(call, now=now)
    except CarrierError as error:
        raise UnableToTransfer("The telephone network was not reached. It is being tried again.") from error


def cancel(*, transfer: Transfer, by: str, now: datetime) -> None:
    """Take the wish back while nobody has taken the call: the assistant gets the caller again.

    Raises UnableToTransfer when somebody has it by now.
    """
    if transfer.state != Transfer.State.OPEN:
        raise UnableToTransfer("Somebody has taken this call already.")
    with transaction.atomic():
        transfer.note(waits_until=now, if_nobody=Transfer.IfNobody.ASSISTANT)
        offer = transfer.open_offer()
        if offer is not None:
            offer.learn(withdrawn_at=now)
        audit.note(act="cancel_transfer", subject=f"call:{transfer.call_id}", by=by, now=now)
