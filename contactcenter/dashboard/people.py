"""The cards about people: the agents of the floor, the strip of a transfer, and an agent's own desk."""

from typing import Any

from django.conf import settings

from agents.models import Agent, Disposition, Queue, TransferDestination
from calls.control import joining
from calls.lifecycle import Phase
from calls.models import Call, Offer, Transfer
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
        "room": joining.who_is_in(call) if call.is_live else [],
        "destinations": _destinations() if call.is_live else [],
    }


def may(call: Call) -> dict[str, bool]:
    """Which buttons of call control fit this moment."""
    phase = Phase(call.phase)
    is_with_somebody = phase in (Phase.WITH_ASSISTANT, Phase.WITH_AGENT)
    return {
        "may_transfer": phase in (Phase.WITH_ASSISTANT, Phase.WITH_AGENT, Phase.ON_HOLD),
        "may_hold": is_with_somebody,
        "may_resume": phase is Phase.ON_HOLD,
        "may_take_over": phase is Phase.WITH_ASSISTANT,
        "may_barge": phase in (Phase.WITH_AGENT, Phase.ON_HOLD),
        "may_add": phase in (Phase.WITH_AGENT, Phase.ON_HOLD),
        "may_cancel": phase in (Phase.TRANSFERRING, Phase.QUEUED),
    }


def _destinations() -> list[TransferDestination]:
    return list(TransferDestination.objects.filter(is_allowed=True).order_by("name"))


def choices() -> dict[str, Any]:
    """Whom a call may be sent to."""
    return agents() | {
        "queues": list(Queue.objects.filter(is_active=True).order_by("name")),
        "destinations": _destinations(),
        "has_workflow": bool(settings.TASKROUTER_WORKFLOW_SID),
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
