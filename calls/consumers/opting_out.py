"""A wish for no more calls that the conversation itself has noticed, carried out whatever happens meanwhile.

Somebody who says it mostly hangs up next, so it is work of the process, not of the bridge; and it lies in the journal
before the database is asked, so it outlives the process as well.
"""

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls import journal
from calls.control import opting_out
from calls.models import Call
from calls.voice import effects as e
from calls.voice import messages as m
from compliance.opt_out_replies import Reply, reply

log = structlog.get_logger(__name__)
_under_way: set[asyncio.Task[None]] = set()


def whatever_happens(job: Coroutine[Any, Any, None]) -> None:
    """Run this to its end, also when the bridge that asked for it is gone."""
    task = asyncio.create_task(job, name="opt out")
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def opt_out(*, call: Call, wish: e.OptOut) -> m.OptedOut:
    """Keep the wish; what is to be said of it."""
    given = {"said": wish.said, "by_key": wish.by_key, "needs_review": wish.needs_review, "now": timezone.now()}
    journal.soon(_opt_out_later, call_id=call.pk, **given)
    try:
        done = await database_sync_to_async(_opt_out, thread_sensitive=False)(call_id=call.pk, **given)
    except (DatabaseError, InterfaceError) as error:
        log.error("a wish for no more calls is kept for later", call=call.pk, error=type(error).__name__)
        language = "en" if call.prompt_version is None else call.prompt_version.language
        return m.OptedOut(reply(Reply.CONFIRMED, language=language))
    return m.OptedOut(done.words)


def _opt_out(*, call_id: int, said: str, by_key: bool, needs_review: bool, now: datetime) -> opting_out.OptedOut:
    call = Call.objects.select_related("assistant", "prompt_version").get(pk=call_id)
    if by_key:
        return opting_out.by_key(call=call, key=said, now=now)
    return opting_out.by_words(call=call, said=said, needs_review=needs_review, now=now)


@journal.job
def _opt_out_later(*, call_id: int, said: str, by_key: bool, needs_review: bool, now: datetime) -> None:
    if Call.objects.filter(pk=call_id).exists():
        _opt_out(call_id=call_id, said=said, by_key=by_key, needs_review=needs_review, now=now)
