"""By which door a call reaches the assistant, and whether there is room behind it."""

from datetime import datetime
from typing import Any

from calls.control import bridges, sidebands
from calls.control.bridges import Place
from calls.models import Call, Number
from calls.models.number import NumberDoor
from compliance.statements import Asked

Door = Call.Door


def of_arrival(
    number: Number | None, *, now: datetime, asked: Asked[dict[str, Any]] | None = None
) -> tuple[Call.Door, Place]:
    """The door for a call that comes in, and who holds it there (by SIP: nobody of the bridges). Raises NoRoom."""
    if number is not None and number.door == NumberDoor.OPENAI_SIP and sidebands.is_open():
        return Door.OPENAI_SIP, Place()
    return Door.MEDIA_STREAM, bridges.choose(now=now, asked=asked)


def of_call(call: Call, *, now: datetime, but_not: str = "", is_under_way: bool = False) -> tuple[Call.Door, Place]:
    """The same for a call that is in the books. Raises NoRoom."""
    if sidebands.door_of(call) is Door.OPENAI_SIP:
        return Door.OPENAI_SIP, Place()
    return Door.MEDIA_STREAM, bridges.choose(now=now, but_not=but_not, is_under_way=is_under_way)
