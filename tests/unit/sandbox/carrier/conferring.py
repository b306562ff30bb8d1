"""People in conferences: calls that are there already and go where a document sends them."""

from sandbox import speech
from sandbox.carrier import calls, rooms
from sandbox.carrier.state import InlineDocument
from tests.unit.sandbox.carrier.conftest import NUMBER

ROOM = "call-7"
AFTER = '<Pause length="3600"/>'


def conference(attributes: str = "", *, dial: str = "", after: str = AFTER, name: str = ROOM) -> InlineDocument:
    """A document that enters the room; labels and URLs are in `attributes`."""
    return InlineDocument(
        f"<Response><Dial {dial}><Conference {attributes}>{name}</Conference></Dial>{after}</Response>"
    )


async def enter(world, attributes: str = 'beep="false"', *, from_: str = "+14155552671", **more):
    """Somebody who is on the line already enters the room."""
    call = calls.place_orphan(world.carrier, to=NUMBER, from_=from_)
    calls.redirect(call, source=conference(attributes, **more))
    await world.step(20)
    return call


def told(world, *, start_events: str = "start end join leave mute hold modify announcement") -> str:
    """Attributes that have everything reported to `/room`."""
    return f'beep="false" statusCallback="{world.application.base}/room" statusCallbackEvent="{start_events}"'


def events(world) -> list[str]:
    """What was reported, in order."""
    return [form["StatusCallbackEvent"] for form in world.application.got("/room")]


def room_of(world, name: str = ROOM):
    """The live room of this name."""
    room = rooms.find(world.carrier, name)
    assert room is not None, f"no conference {name!r} is under way"
    return room


async def say(world, call, text: str, *, voice: str = "caller") -> None:
    """Say something and wait until it must have arrived."""
    spoken = speech.say(text, voice=voice)
    call.line.say(spoken.audio)
    await world.step(spoken.ms + 200)


def heard(call, *, since: int = 0) -> str | None:
    """The words that somebody was played."""
    call.line.run()
    return speech.recognise(bytes(call.line.outbound.past[since:]))


async def a_room(world):
    """Two in a room that tells everything: the customer and somebody else."""
    customer = await enter(world, told(world) + ' participantLabel="customer"')
    other = await enter(world, 'beep="false" participantLabel="agent-3"')
    return room_of(world), customer, other
