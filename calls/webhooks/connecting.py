"""Making ready whoever is to speak, while the carrier still says the words that come before."""

from calls import intake
from calls.carrier.twiml import TextLine
from calls.control import bridges
from calls.realtime import warm


async def make_ready(answer: intake.WithAssistant) -> None:
    """Have the model opened where the stream will come to; a line of text has no session to open."""
    held = answer.conversation
    if held is None:
        await bridges.make_ready(answer.place, nonce=answer.nonce, call_id=answer.call.pk)
    elif held.text_door is None:
        warm.begin(answer.nonce, held.settings, context=held)


def text_line(answer: intake.WithAssistant) -> TextLine | None:
    """The line of text for the document; None when the assistant comes by a stream of sound.

    The carrier itself says the greeting, as soon as the line is open; where a conversation goes on there is none.
    """
    held = answer.conversation
    if held is None or held.text_door is None:
        return None
    door, is_first = held.text_door, answer.opening is not None
    return TextLine(door.attributes, door.languages, held.plan.greeting if is_first else "")
