"""Making ready whoever is to speak, while the carrier still says the words that come before."""

from calls import intake
from calls.carrier.twiml import TextLine
from calls.control import bridges
from calls.realtime import warm


async def make_ready(answer: intake.WithAssistant) -> None:
    """Have the model opened where the stream will come to; a line of text has no session to open."""
    if answer.conversation.text_door is not None:
        return
    if answer.place.name:
        await bridges.make_ready(answer.place, nonce=answer.nonce, call_id=answer.call.pk)
    else:
        warm.begin(answer.nonce, answer.conversation.settings, context=answer.conversation)


def text_line(answer: intake.WithAssistant) -> TextLine | None:
    """The line of text for the document; None when the assistant comes by a stream of sound.

    The carrier itself says the greeting, as soon as the line is open; where a conversation goes on there is none.
    """
    door = answer.conversation.text_door
    if door is None:
        return None
    is_first = answer.opening is not None
    return TextLine(door.attributes, door.languages, answer.conversation.plan.greeting if is_first else "")
