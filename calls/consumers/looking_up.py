"""What servers know of the caller, on its way into a conversation that has begun without it."""

from collections.abc import Callable

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from calls import intake
from calls.intake import Conversation
from calls.models import Call
from calls.realtime.session_config import SessionSettings
from calls.tools import workshop


async def tell(*, call: Call, conversation: Conversation, reshape: Callable[[SessionSettings], None]) -> None:
    """Look the prompt's variables up beside the line; the model has them from its next answer on, if any came."""
    if not conversation.look_ups or not await workshop.look_up(call=call, wanted=conversation.look_ups):
        return
    try:
        held = await database_sync_to_async(intake.conversation_by_id, thread_sensitive=False)(call.pk)
    except (DatabaseError, InterfaceError):
        return
    if held is not None:
        reshape(held.settings)
