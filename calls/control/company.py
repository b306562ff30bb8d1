"""Who may be brought to whom: somebody on WhatsApp and the telephone network never meet.

The gate refuses every dial that would bring them together. Here it is said before anybody waits for it.
"""

from agents.models import Agent, Queue
from calls.models import Call
from compliance.numbers import Kind, channel_of

NOT_A_NUMBER = "A WhatsApp call reaches browsers and SIP telephones only, never a telephone number."
NOT_IN_LINE = "A WhatsApp call cannot wait in TaskRouter's line: whom it rings there, we cannot see."


class NotReached(Exception):
    """They cannot be brought to this call; `str()` says why, for a person."""


def of_call(call: Call) -> Kind | None:
    """By which channel the customer of a call is there, as the gate is told."""
    return Kind.WHATSAPP if call.is_by_whatsapp else Kind.PHONE


def may_meet(call: Call, address: str) -> bool:
    """True when whoever is at this address may be brought to this call."""
    return not call.is_by_whatsapp or channel_of(address) is not Kind.PHONE


def check_target(*, queue: Queue | None, agent: Agent | None, address: str) -> None:
    """Somebody on WhatsApp may be sent there. Raises NotReached."""
    if address and channel_of(address) is Kind.PHONE:
        raise NotReached(NOT_A_NUMBER)
    if agent is not None and agent.seat == Agent.Seat.PHONE:
        raise NotReached(f"{agent} is rung at a telephone number. {NOT_A_NUMBER}")
    if queue is not None and not has_seat(queue):
        raise NotReached(f"Everybody in the queue {queue} is rung at a telephone number. {NOT_A_NUMBER}")


def has_seat(queue: Queue) -> bool:
    """True when somebody serves this queue who is not rung at a telephone number."""
    members = Agent.objects.filter(memberships__queue=queue, is_active=True)
    return members.exclude(seat=Agent.Seat.PHONE).exists() or not members.exists()
