"""People at their desks, for the screens: seats, and offers as far as they have come."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from agents import floor
from agents.models import Agent, Department, Disposition, Queue
from calls.lifecycle import CallFact
from calls.lifecycle.transfer import Outcome
from calls.models import Call, Offer, Transfer


def a_seat(person: User, *, name: str = "Bob", state: str = "available") -> Agent:
    """Somebody's seat in the browser."""
    department, _ = Department.objects.get_or_create(slug="reception", defaults={"name": "Reception"})
    return Agent.objects.create(
        user=person, name=name, department=department, state=state, state_since=timezone.now(), wrap_up_s=60
    )


def a_queue(name: str = "Front desk") -> Queue:
    """A queue of Reception."""
    department, _ = Department.objects.get_or_create(slug="reception", defaults={"name": "Reception"})
    return Queue.objects.create(name=name, slug=name.lower().replace(" ", "-"), department=department)


def results() -> None:
    """What a call can have been about."""
    for code, name in (("refund", "Refund promised"), ("resolved", "=Resolved")):
        Disposition.objects.get_or_create(code=code, defaults={"name": name})


def a_transfer(call: Call, *, queue: Queue | None = None, agent: Agent | None = None) -> Transfer:
    """The caller was asked to be put through."""
    now = timezone.now()
    call.advance(
        CallFact.TRANSFER_REQUESTED, at=now, source="supervisor", by="sam", to=str(queue or agent), why="Refund"
    )
    return Transfer.objects.create(
        call=call,
        source=Transfer.Source.SUPERVISOR,
        requested_by_ref="sam",
        requested_at=now,
        queue=queue,
        agent=agent,
        reason="Refund of order 441",
        brief={"summary": "Charged twice.", "last_words": [{"party": "customer", "text": "I want it back."}]},
        waits_until=now + timedelta(minutes=5),
        sent_at=now,
    )


def an_offer(transfer: Transfer, agent: Agent) -> Offer:
    """The agent is rung."""
    now = timezone.now()
    Agent.objects.filter(pk=agent.pk).update(state=Agent.State.OFFERED)
    offer = Offer.make(
        transfer=transfer,
        agent=agent,
        address=agent.address,
        label=f"agent-{agent.pk}",
        now=now,
        deadline_at=now + timedelta(seconds=40),
    )
    assert offer is not None
    transfer.call.advance(CallFact.OFFERED, at=now, source="system", key=f"offered:{offer.pk}", to=str(agent))
    floor.changed("agent", agent.pk)
    return offer


def join(offer: Offer, *, now: datetime | None = None) -> None:
    """The agent is with the caller."""
    at = now or timezone.now()
    Agent.objects.filter(pk=offer.agent_id).update(state=Agent.State.ON_CALL)
    offer.learn(accepted_at=at, accepted_by="click", joined_at=at)
    offer.transfer.move(Transfer.State.CONNECTED, connected_at=at)
    offer.transfer.call.advance(
        CallFact.AGENT_JOINED, at=at, source="carrier", key=f"joined:{offer.pk}", who=str(offer.agent)
    )


def leave(offer: Offer) -> None:
    """The conversation is over; the agent owes a note."""
    now = timezone.now()
    offer.learn(left_at=now, finished_at=now)
    offer.close(outcome=Outcome.ACCEPTED, now=now)
    offer.transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.ACCEPTED)
    Agent.objects.filter(pk=offer.agent_id).update(state=Agent.State.WRAP_UP, wrap_up_until=now + timedelta(seconds=60))
    floor.changed("agent", offer.agent_id or 0)
