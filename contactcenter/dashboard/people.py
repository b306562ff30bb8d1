"""The cards about people: the agents of the floor, the strip of a transfer, and an agent's own desk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from agents.models import Agent, Disposition, Queue, TransferDestination
from calls.control import company, joining, page_lines
from calls.lifecycle import Phase
from calls.models import Call, CallResult, Offer, Participant, Transfer
from contactcenter.dashboard import tapes


def agents() -> dict[str, Any]:
    """Every agent with what they are doing, the free ones first."""
    order = {state: n for n, state in enumerate(("available", "offered", "on_call", "wrap_up", "away"))}
    found = list(Agent.objects.filter(is_active=True).select_related("department"))
    found.sort(key=lambda agent: (order[agent.state], agent.name))
    return {"agents": found, "free_agents": sum(agent.state == Agent.State.AVAILABLE for agent in found)}


def strip(call: Call) -> dict[str, Any]:
    """Where a call stands on its way to a person, and who is in its room."""
    transfer = call.transfers.select_related("queue", "agent").order_by("-pk").first()
    if transfer is None:
        return {"transfer": None, "offers": [], "room": [], "destinations": []}
    return {
        "transfer": transfer,
        "offers": list(transfer.offers.select_related("agent").order_by("pk")),
        "room": in_room(joining.who_is_in(call)) if call.is_live else [],
        "destinations": _destinations(call) if call.is_live else [],
    }


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a call's room beside the caller, by name, and how they are there."""

    name: str
    label: str
    how: str  # empty: they speak and are heard
    is_muted: bool = False
    may_mute: bool = True  # who coaches is not heard by the caller anyway


def in_room(inside: list[Participant]) -> list[Member]:
    """Who is in a room, in words."""
    seats = {member.label: member.label.rpartition("-")[2] for member in inside}
    known = {str(pk): name for pk, name in Agent.objects.filter(pk__in=_numbers(seats)).values_list("pk", "name")}
    return [
        Member(
            name="Third person" if member.label.startswith("third-") else known.get(seats[member.label], member.label),
            label=member.label,
            how="coaches, unheard by the caller" if member.is_coaching else "muted" if member.is_muted else "",
            is_muted=member.is_muted,
            may_mute=not member.is_coaching,
        )
        for member in inside
    ]


def _numbers(seats: dict[str, str]) -> list[int]:
    return [int(key) for label, key in seats.items() if key.isdecimal() and not label.startswith("third-")]


@dataclass(frozen=True, slots=True)
class Rung:
    """Somebody who was rung for a call, as the call page tells it."""

    name: str
    offer: Offer
    result: str  # the disposition, by its name

    @property
    def talked_ms(self) -> int | None:
        """How long they had the caller; None when they never did, or still do."""
        left = self.offer.left_at or self.offer.closed_at
        if self.offer.joined_at is None or left is None:
            return None
        return int((left - self.offer.joined_at).total_seconds() * 1000)


def ladder(call: Call) -> list[Rung]:
    """Everybody who was rung for a call, in order, with what came of it."""
    results = dict(Disposition.objects.values_list("code", "name"))
    offers = Offer.objects.filter(transfer__call=call).select_related("agent").order_by("pk")
    return [
        Rung(str(offer.agent or "Number outside"), offer, results.get(offer.disposition, offer.disposition))
        for offer in offers
    ]


@dataclass(frozen=True, slots=True)
class Wait:
    """A caller who waits for a person: for whom, and since when."""

    whom: str
    since: datetime

    @property
    def ms(self) -> int:
        """How long they have waited by now; a browser counts on from there."""
        return int((timezone.now() - self.since).total_seconds() * 1000)


def waits(calls: list[Call]) -> dict[int, Wait]:
    """Which of these callers wait for a person, by call."""
    waiting = [call.pk for call in calls if call.phase in (Phase.QUEUED, Phase.TRANSFERRING)]
    if not waiting:
        return {}
    found = (
        Transfer.objects.filter(call__in=waiting).exclude(state=Transfer.State.ENDED).select_related("queue", "agent")
    )
    return {
        transfer.call_id: Wait(str(transfer.queue or transfer.agent or "Number outside"), transfer.requested_at)
        for transfer in found
    }


def with_results(calls: QuerySet[Call]) -> QuerySet[Any]:
    """Calls with the person who had them last (`person`), and the result that was put down (`result`)."""
    offers = Offer.objects.filter(transfer__call=OuterRef("pk"), joined_at__isnull=False).order_by("-joined_at")
    code = offers.exclude(disposition="").values("disposition")[:1]
    of_assistant = CallResult.objects.filter(call=OuterRef("pk")).values("disposition")[:1]
    name = Disposition.objects.filter(code=OuterRef("result_code")).values("name")[:1]
    return calls.annotate(
        person=Subquery(offers.values("agent__name")[:1]), result_code=Coalesce(Subquery(code), Subquery(of_assistant))
    ).annotate(result=Coalesce(Subquery(name), F("result_code")))


def result_of_assistant(call: Call) -> tuple[str, str] | None:
    """The result that the assistant has put down, by its name, and its note."""
    put_down = CallResult.objects.filter(call=call).first()
    if put_down is None:
        return None
    known = Disposition.objects.filter(code=put_down.disposition).first()
    return (known.name if known is not None else put_down.disposition), str(put_down.note)


def may(call: Call) -> dict[str, bool]:
    """Which buttons of call control fit this moment."""
    phase = Phase(call.phase)
    # Nothing of a test call is at the telephone network before it is put through; then it is a call like any other.
    is_on_page = call.is_test and call.is_on_page()
    if is_on_page and page_lines.why_nobody(call):
        phase = Phase.CLOSED
    is_with_somebody = phase in (Phase.WITH_ASSISTANT, Phase.WITH_AGENT) and not is_on_page
    return {
        "may_transfer": phase in (Phase.WITH_ASSISTANT, Phase.WITH_AGENT, Phase.ON_HOLD),
        "may_hold": is_with_somebody,
        "may_resume": phase is Phase.ON_HOLD,
        "may_take_over": phase is Phase.WITH_ASSISTANT,
        "may_barge": phase in (Phase.WITH_AGENT, Phase.ON_HOLD),
        "may_add": phase in (Phase.WITH_AGENT, Phase.ON_HOLD),
        "may_cancel": phase in (Phase.TRANSFERRING, Phase.QUEUED),
    }


def _destinations(call: Call) -> list[TransferDestination]:
    found = TransferDestination.objects.filter(is_allowed=True).order_by("name")
    return [place for place in found if company.may_meet(call, place.address)]


def choices(call: Call) -> dict[str, Any]:
    """Whom a call may be sent to: whoever its channel reaches."""
    queues = list(Queue.objects.filter(is_active=True).order_by("name"))
    found = agents()
    if call.is_by_whatsapp:
        queues = [queue for queue in queues if company.has_seat(queue)]
        found["agents"] = [agent for agent in found["agents"] if company.may_meet(call, agent.address)]
    return found | {
        "queues": queues,
        "destinations": _destinations(call),
        "has_workflow": bool(settings.TASKROUTER_WORKFLOW_SID) and not call.is_by_whatsapp,
        "if_nobody": Transfer.IfNobody.choices,
    }


def desk(agent_id: int) -> dict[str, Any] | None:
    """An agent's desk: what they do, the call they are offered or have, and the note they owe."""
    agent = Agent.objects.select_related("department").filter(pk=agent_id).first()
    if agent is None:
        return None
    offers = Offer.objects.select_related(
        "transfer__call__assistant", "transfer__call__number", "transfer__queue"
    ).filter(agent=agent)
    offer = offers.filter(closed_at=None).first()
    owed = None
    if offer is None and agent.state == Agent.State.WRAP_UP:
        owed = offers.filter(joined_at__isnull=False, wrapped_up_at=None).order_by("-pk").first()
    mine = offer or owed
    return {
        "agent": agent,
        "offer": offer,
        "owed": owed,
        "call": None if mine is None else mine.transfer.call,
        "tape": None if offer is None else tapes.running(offer.transfer.call),
        "wish": "" if mine is None else mine.transfer.reason,
        "brief": {} if mine is None else mine.transfer.brief,
        "is_offered": offer is not None and offer.accepted_at is None and offer.joined_at is None,
        "is_joining": offer is not None and offer.accepted_at is not None and offer.joined_at is None,
        "dispositions": list(Disposition.objects.filter(is_active=True).order_by("name")),
        "waiting": Transfer.objects.filter(state=Transfer.State.OPEN, queue__memberships__agent=agent).count(),
    }
