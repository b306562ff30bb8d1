"""Making ready whoever is to speak, while the carrier still says the words that come before."""

from calls import intake
from calls.control import bridges
from calls.realtime import warm


async def make_ready(answer: intake.WithAssistant) -> None:
    """Have the model opened where the stream will come to."""
    if answer.place.name:
        await bridges.make_ready(answer.place, nonce=answer.nonce, call_id=answer.call.pk)
    else:
        warm.begin(answer.nonce, answer.conversation.settings, context=answer.conversation)
