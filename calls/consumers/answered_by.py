"""A machine that a conversation has heard, told to the books: what follows is decided there."""

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls.control import machines
from calls.models import Call

log = structlog.get_logger(__name__)


async def machine(*, call: Call, how: str) -> None:
    """A machine has answered; `how` it was heard."""
    try:
        await database_sync_to_async(machines.heard, thread_sensitive=False)(call=call, how=how, now=timezone.now())
    except (DatabaseError, InterfaceError) as error:
        log.error("a machine keeps the assistant", call=call.pk, error=type(error).__name__)
