"""Other instructions for a conversation that is under way, as the books have them by now."""

from collections.abc import Callable

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from calls import intake
from calls.intake import Conversation
from calls.models import Call
from calls.realtime.session_config import SessionSettings
from calls.tools import workshop

Reshape = Callable[[SessionSettings], None]


async def reword(*, call: Call, reshape: Reshape) -> None:
    """Have the model go on as the books say now; as before, while they cannot be read."""
    try:
        held = await database_sync_to_async(intake.conversation_by_id, thread_sensitive=False)(call.pk)
    except (DatabaseError, InterfaceError):
        return
    if held is not None:
        reshape(held.settings)


async def look_up(*, call: Call, conversation: Conversation, reshape: Reshape) -> None:
    """Ask servers for what the prompt wants of them, beside the line; the model has it from its next answer on."""
    if conversation.look_ups and await workshop.look_up(call=call, wanted=conversation.look_ups):
        await reword(call=call, reshape=reshape)
