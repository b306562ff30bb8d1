"""People of tests: Bob's seat and queue, and a call that he has had."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from agents.models import Agent, Department, Disposition, HoldMusic, Membership, Queue, Skill
from calls.models import AssistantNote, Call, Conference, Offer, Participant, RoomSound, Transfer
from tests import given


def a_seat(user: User, *, name: str = "Bob", **how: object) -> Agent:
    """Somebody who takes calls in the browser, as a member of the front desk."""
    department, _ = Department.objects.get_or_create(slug="reception", defaults={"name": "Reception"})
    queue, _ = Queue.objects.get_or_create(slug="front-desk", defaults={"name": "Front desk", "department": department})
    agent = Agent.objects.create(user=user, name=name, department=department, **how)
    Membership.objects.create(queue=queue, agent=agent)
    return agent


def taken_by(agent: Agent, call: Call) -> Offer:
    """The call went to this person, who had it, and whose note is there."""
    at = call.started_at + timedelta(seconds=20)
    membership = agent.memberships.get()
    transfer = Transfer.objects.create(
        call=call,
        source=Transfer.Source.SUPERVISOR,
        requested_by_ref="alice@example.com",
        requested_at=at,
        queue=membership.queue,
        reason="A refund",
        waits_until=at,
        state=Transfer.State.ENDED,
        outcome="accepted",
        ended_at=at,
    )
    offer = Offer.make(
        transfer=transfer,
        agent=agent,
        address=agent.address,
        label=agent.label,
        now=at,
        deadline_at=at + timedelta(minutes=1),
    )
    assert offer is not None
    offer.learn(accepted_at=at, joined_at=at)
    offer.close(outcome="accepted", now=at + timedelta(minutes=1))
    Disposition.objects.get_or_create(code="resolved", defaults={"name": "Resolved"})
    offer.wrap_up(disposition="resolved", note="All is well.", now=at)
    room = Conference.known(call=call, conference_sid=given.a_sid("CF"))
    Participant.objects.create(conference=room, leg_sid=given.a_sid(), label=agent.label, joined_at=at)
    RoomSound.ask(call=call, nonce=given.a_sid("n"), now=at)
    AssistantNote.leave(call=call, text="Bob was asked for.", at=at)
    return offer


def surroundings() -> None:
    """A skill and a piece of music, for whoever lists everything."""
    Skill.objects.get_or_create(name="Spanish")
    HoldMusic.objects.get_or_create(
        name="A piece", defaults={"licence": "our own", "audio": ContentFile(b"RIFF", name="piece.wav")}
    )
