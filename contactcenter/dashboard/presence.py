"""A person's being at a call: in the books from the socket's opening to its end."""

import asyncio

import structlog
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls.control import supervision
from calls.models import Call, Supervision
from calls.models.supervision import SEEN_EVERY

log = structlog.get_logger(__name__)


class Presence:
    """Of one socket."""

    def __init__(self) -> None:
        self._id: int | None = None
        self._heartbeat: asyncio.Task[None] | None = None

    async def begin(self, *, call_id: int, user: User, mode: Supervision.Mode) -> bool:
        """Be at a call. False when that cannot be kept: it is over, or nobody knows it, or the database is away."""
        try:
            self._id = await database_sync_to_async(_begin, thread_sensitive=False)(call_id, user, mode)
        except (DatabaseError, InterfaceError) as error:
            log.warning("presence not kept", call=call_id, error=type(error).__name__)
            return False
        if self._id is None:
            return False
        self._heartbeat = asyncio.create_task(self._be_seen(self._id), name="presence")
        return True

    async def end(self) -> None:
        """Be there no more."""
        if self._id is None:
            return
        assert self._heartbeat is not None
        self._heartbeat.cancel()
        ended, self._id = self._id, None
        try:
            await database_sync_to_async(_end, thread_sensitive=False)(ended)
        except (DatabaseError, InterfaceError) as error:  # a sweep will see that the browser is gone
            log.warning("end of presence not kept", error=type(error).__name__)

    async def _be_seen(self, supervision_id: int) -> None:
        while True:
            await asyncio.sleep(SEEN_EVERY.total_seconds())
            try:
                await database_sync_to_async(Supervision.seen, thread_sensitive=False)(supervision_id)
            except (DatabaseError, InterfaceError) as error:
                log.warning("presence not kept", error=type(error).__name__)


def _begin(call_id: int, user: User, mode: Supervision.Mode) -> int | None:
    call = Call.objects.filter(pk=call_id).first()
    if call is None or not call.is_live:
        return None
    return int(supervision.begin(call=call, user=user, mode=mode, now=timezone.now()).pk)


def _end(supervision_id: int) -> None:
    supervision.end(supervision_id=supervision_id, now=timezone.now())
