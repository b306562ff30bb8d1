"""Who may be rung for a waiting caller, what place in the line they have, and who is in their room by the carrier."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.matching import Free, Waiting, match, suits
from agents.models import Agent, Queue
from calls.carrier import conferences
from calls.lifecycle import LEG_ENDED
from calls.models import Call, Conference, Leg, Offer, Participant, Transfer
from calls.models.conference import CUSTOMER, name_of
from compliance.verdict import StaffEntry

_PERSON_RING_S = 25
_GUEST_RING_S = 30
# Of whom it is told how long they waited.
_LATELY = timedelta(hours=1)
_WAITS = 10
_FREE = (Agent.State.AVAILABLE,)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is to be rung, where, and by what name they sit in the room."""

    agent: Agent | None
    address: str
    label: str
    ring_s: int
    entry: StaffEntry | None


def candidate(transfer: Transfer) -> Candidate | None:
    """Whom to ring now for this transfer; None when nobody suitable is free."""
    if transfer.kind == Transfer.Kind.TASKROUTER:
        return None
    if transfer.address:
        if transfer.offers.exists():
            return None
        return Candidate(None, transfer.address, "third-1", _GUEST_RING_S, None)
    waiting = [_waiting(each) for each in _without_offer()]
    found = next((each for each in match(waiting, _free()) if each.ref == transfer.pk), None)
    if found is None:
        return None
    agent = Agent.objects.get(pk=found.agent)
    ring_s = transfer.queue.ring_s if transfer.queue else _PERSON_RING_S
    return Candidate(agent, agent.address, agent.label, ring_s, StaffEntry(address=agent.address, label=agent.label))


def may_come(transfer: Transfer) -> bool:
    """True while somebody who is not free now may become free, and was not tried."""
    if transfer.kind == Transfer.Kind.TASKROUTER:
        return True
    if transfer.address:
        return False
    caller = _waiting(transfer)
    states = [Agent.State.AVAILABLE, Agent.State.OFFERED, Agent.State.ON_CALL, Agent.State.WRAP_UP]
    return any(suits(caller, each) for each in _free(states))


def has_company(call: Call, *, but: Offer | None) -> bool:
    """True while somebody is in the room whom the caller hears, beside the person of this offer.

    Whose leg is over has left, whatever became of the room's own report.
    """
    others = Participant.inside(call=call).filter(is_coaching=False).exclude(label__in=[CUSTOMER, ""])
    if but is not None:
        others = others.exclude(label=but.label)
    gone = Leg.objects.filter(call=call, status__in=LEG_ENDED).values("leg_sid")
    return others.exclude(leg_sid__in=gone).exists()


def place_in_line(transfer: Transfer) -> int:
    """1 for the caller who is next."""
    before = Transfer.objects.filter(
        state=Transfer.State.OPEN,
        queue=transfer.queue,
        agent=transfer.agent,
        requested_at__lt=transfer.requested_at,
    ).exclude(call__phase="closed")
    return before.count() + 1


def recent_waits(queue: Queue, *, before: datetime) -> list[timedelta]:
    """How long those had waited who were taken out of this line lately, the newest first."""
    taken = Transfer.objects.filter(queue=queue, connected_at__gt=before - _LATELY, connected_at__lte=before)
    return [
        each.connected_at - each.requested_at for each in taken.order_by("-connected_at")[:_WAITS] if each.connected_at
    ]


def _without_offer() -> Iterable[Transfer]:
    open_offers = Offer.objects.filter(closed_at=None).values("transfer")
    found = Transfer.objects.select_related("queue", "call").filter(state=Transfer.State.OPEN, address="")
    found = found.exclude(kind=Transfer.Kind.TASKROUTER)
    return found.exclude(pk__in=open_offers).exclude(call__phase="closed").prefetch_related("offers", "queue__skills")


def _waiting(transfer: Transfer) -> Waiting:
    skills = transfer.queue.skills.all() if transfer.queue else ()
    return Waiting(
        ref=transfer.pk,
        since=transfer.requested_at,
        queue=transfer.queue_id,
        skills=frozenset(skill.pk for skill in skills),
        tried=frozenset(offer.agent_id for offer in transfer.offers.all() if offer.agent_id is not None),
        only=transfer.agent_id,
        not_by_telephone=transfer.call.is_by_whatsapp,
    )


def _free(states: Collection[str] = _FREE) -> list[Free]:
    rung = Offer.objects.filter(closed_at=None, agent__isnull=False).values("agent")
    agents = Agent.objects.filter(state__in=states, is_active=True).prefetch_related("skills", "memberships")
    if tuple(states) == _FREE:
        agents = agents.exclude(pk__in=rung)
    return [
        Free(
            agent=agent.pk,
            idle_since=agent.idle_since or agent.state_since or agent.user.date_joined,
            skills=frozenset(skill.pk for skill in agent.skills.all()),
            priorities={each.queue_id: each.priority for each in agent.memberships.all()},
            is_by_telephone=agent.seat == Agent.Seat.PHONE,
        )
        for agent in agents.select_related("user")
    ]


def look_into_room(call: Call, *, now: datetime) -> None:
    """Ask the carrier who is in the call's room, and keep it: its own reports may be lost. Raises CarrierError."""
    found = conferences.find_room(name_of(call.pk))
    if found is None:
        return
    room = Conference.known(call=call, conference_sid=found.conference_sid)
    for member in found.members:
        known = Participant.objects.filter(conference=room, leg_sid=member.leg_sid, is_in=True).exists()
        if not known:
            joined(room, leg_sid=member.leg_sid, label=member.label, at=now)


def joined(room: Conference, *, leg_sid: str, label: str, at: datetime) -> None:
    """Keep that a leg was seen in a room, with the lowest number: any report of the carrier's outranks it."""
    Participant.report(
        conference=room,
        leg_sid=leg_sid,
        label=label,
        event="participant-join",
        sequence=0,
        is_muted=False,
        is_on_hold=False,
        is_coaching=False,
        at=at,
    )
    note_person(room.call, label=label, leg_sid=leg_sid, joined_at=at)


def note_person(
    call: Call, *, label: str, leg_sid: str, joined_at: datetime | None = None, left_at: datetime | None = None
) -> None:
    """Tell the offer of whoever came into the room, or left it; the leg that came is the one that counts."""
    offer = Offer.objects.filter(transfer__call=call, label=label).order_by("-pk").first()
    if offer is None or (offer.leg is not None and offer.leg.leg_sid != leg_sid):
        return
    if joined_at is not None:
        offer.learn(joined_at=joined_at)
        offer.learn(accepted_at=joined_at)
    if left_at is not None:
        offer.learn(left_at=left_at)
