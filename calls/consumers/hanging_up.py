"""The end of a call that its conversation has decided, also while the database is away and no books can be asked."""

import asyncio
from datetime import datetime

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls import journal
from calls.control import legs
from calls.lifecycle import CallFact, EndedReason
from calls.models import Call

# The caller has heard the goodbye and waits: so long for the books, and the carrier, to answer.
PATIENCE_S = 5.0

log = structlog.get_logger(__name__)


async def hang_up(*, call: Call, reason: EndedReason, epoch: int, leg_sid: str) -> None:
    """Ask the carrier to release the line. Raises legs.UnableToHangUp."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await database_sync_to_async(legs.hang_up, thread_sensitive=False)(
                call=call, reason=reason, source="assistant", by="assistant", epoch=epoch, now=timezone.now()
            )
    except (DatabaseError, InterfaceError, TimeoutError) as error:
        # Nobody can have taken the call over meanwhile, and whoever did so before has ended our stream.
        log.warning("hang-up without the database", call=call.pk, error=type(error).__name__)
        _keep(call, CallFact.HANG_UP_REQUESTED, EndedReason.UNKNOWN)
        await asyncio.to_thread(legs.release, leg_sid=leg_sid)
        _keep(call, CallFact.HANG_UP_ACCEPTED, reason)


def _keep(call: Call, fact: CallFact, reason: EndedReason) -> None:
    journal.soon(_keep_fact, call_id=call.pk, fact=fact.value, reason=reason.value, now=timezone.now())


@journal.job
def _keep_fact(*, call_id: int, fact: str, reason: str, now: datetime) -> None:
    call = Call.objects.filter(pk=call_id).first()
    if call is not None:
        call.advance(
            CallFact(fact),
            at=now,
            source="assistant",
            key=f"without books:{fact}:{now.isoformat()}",
            reason=EndedReason(reason),
            by="assistant",
        )
