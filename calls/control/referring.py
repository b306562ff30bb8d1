"""A caller who came to the model by a trunk is sent on to a person by SIP REFER.

The carrier lets us do nothing with such a line: there is no room, no music and no way back. The model's side is asked
to refer the caller, and from then on they are out of our hands.
"""

from datetime import datetime

from agents.models import Agent, Queue
from calls.control import dialing
from calls.models import Call, Sideband
from compliance.verdict import StaffEntry


class UnableToRefer(Exception):
    """The caller was not sent on; `str()` says why, for whoever speaks with them."""


def is_by_trunk(call: Call) -> bool:
    """True when the caller can be sent on in this way only."""
    return call.customer_leg_is_on_trunk()


def send_on(*, call: Call, queue: Queue | None, agent: Agent | None, by: str, now: datetime) -> str:
    """Send the caller to this person, or to one of this queue who is free; what to tell the model of it.

    Raises UnableToRefer.
    """
    line, person = Sideband.newest(call), _person(queue, agent)
    if person is None:
        raise UnableToRefer("Nobody can take the call at this moment.")
    if line is None or line.model_call_id is None:
        raise UnableToRefer("This line cannot be sent on.")
    entry = StaffEntry(address=person.address, label=person.label)
    try:
        dialing.send_on(
            call=call,
            to=person.address,
            directory=entry,
            model_call_id=line.model_call_id,
            errand=f"refer:{line.pk}:{person.pk}",
            by=by,
            now=now,
        )
    except (dialing.Refused, dialing.UnableToDial) as error:
        raise UnableToRefer(str(error)) from error
    call.transferred("refer")
    call.note("referred", at=now, source="assistant", key=f"referred:{line.pk}:{person.pk}", to=str(person))
    return "The caller is being put through. Say nothing more."


def _person(queue: Queue | None, agent: Agent | None) -> Agent | None:
    """Somebody with a telephone who is free now: a browser cannot be reached by REFER."""
    seats = (Agent.Seat.PHONE, Agent.Seat.SIP)
    free = Agent.objects.filter(is_active=True, state=Agent.State.AVAILABLE, seat__in=seats)
    if agent is not None:
        return free.filter(pk=agent.pk).first()
    return free.filter(memberships__queue=queue).order_by("pk").first() if queue is not None else None
