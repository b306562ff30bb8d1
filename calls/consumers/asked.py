"""What a conversation has noticed and cannot do itself: carried out beside it, also while the database is away."""

from datetime import datetime

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls import journal
from calls.consumers import refusing
from calls.control import machines, stopping
from calls.models import Call
from calls.voice import effects as e
from calls.voice import messages as m

log = structlog.get_logger(__name__)
Asked = e.RefuseRecording | e.OptOut | e.MachineHeard


async def carry_out(*, call: Call, leg_sid: str, asked: Asked) -> m.RecordingRefused | m.EndReason | None:
    """Do it: how the recording stands now, or why the line must be released; None when there is nothing to tell."""
    match asked:
        case e.RefuseRecording():
            return await refusing.refuse(call=call, leg_sid=leg_sid, refusal=asked)
        case e.OptOut():
            await _stop_calls(call, asked)
            return m.EndReason.OPTED_OUT
        case e.MachineHeard(how):
            await _machine(call, how)
            return None


async def _stop_calls(call: Call, wish: e.OptOut) -> None:
    """Keep that they want no more calls before the line is released."""
    given = {"call_id": call.pk, "said": wish.said, "by_key": wish.by_key, "now": timezone.now()}
    try:
        await database_sync_to_async(_stop, thread_sensitive=False)(**given)
    except (DatabaseError, InterfaceError) as error:
        log.error("a wish for no more calls kept for later", call=call.pk, error=type(error).__name__)
        journal.soon(_stop_later, **given)


def _stop(*, call_id: int, said: str, by_key: bool, now: datetime) -> None:
    call = Call.objects.select_related("number").get(pk=call_id)
    if by_key:
        stopping.by_key(call=call, key=said, now=now)
    else:
        stopping.by_words(call=call, text=said, now=now)


@journal.job
def _stop_later(*, call_id: int, said: str, by_key: bool, now: datetime) -> None:
    _stop(call_id=call_id, said=said, by_key=by_key, now=now)


async def _machine(call: Call, how: str) -> None:
    try:
        await database_sync_to_async(machines.heard, thread_sensitive=False)(call=call, how=how, now=timezone.now())
    except (DatabaseError, InterfaceError) as error:
        log.error("a machine keeps the assistant", call=call.pk, error=type(error).__name__)
