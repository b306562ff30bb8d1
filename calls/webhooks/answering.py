"""How a webhook asks the database: within a limit, so that a caller is answered whatever is broken behind it."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import journal
from calls.carrier import twiml
from calls.carrier.capture_callback import without_secrets
from calls.webhooks import pressure

# The database has this long to answer before the caller is served without it.
ANSWER_LIMIT_S: float = settings.ANSWER_LIMIT_S
# A report that has not had its turn by then is written down by the journal: callers' documents are more urgent. Where
# many wait, or many are told, it goes there at once, and is on disk before it is answered.
REPORT_LIMIT_S = 0.1

# Few, so that under load the first come first and in time, and not all of them late at once. And each thread that
# computes keeps the event loop waiting for its turn after whatever it sends: with six, a flood of calls was answered
# after 17 s, with three after 1.7 s, and more of them.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="webhook")
_for_reports = ThreadPoolExecutor(max_workers=1, thread_name_prefix="report")
journal.give_way_while(pressure.is_high)
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


class StoreAway(Exception):
    """The database did not answer in time. `is_slow`: it was not refused, and may have answered a moment later."""

    def __init__(self, *, is_slow: bool = False) -> None:
        super().__init__()
        self.is_slow = is_slow


async def ask(job: Callable[..., Result], **arguments: Any) -> Result:
    """Run a database job within the limit. Raises StoreAway.

    In a thread of its own kind: a database that hangs must not hold the thread that finishes the request.
    """
    asked = database_sync_to_async(job, thread_sensitive=False, executor=_threads)
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return await asked(**arguments)
    except (TimeoutError, DatabaseError, InterfaceError) as error:
        log.error("webhook answered without the database", error=type(error).__name__)
        raise StoreAway(is_slow=isinstance(error, TimeoutError)) from error


async def keep(job: Callable[..., None], form: QueryDict, **more: Any) -> HttpResponse:
    """Store a callback now, or soon if there is much to do or the database is away: it would not be sent again."""
    floor.attach_loop()
    arguments = {"form": kept(form), "now": timezone.now(), **more}
    if not await _is_stored(job, arguments):
        journal.soon(job, **arguments)
    return document(twiml.nothing())


async def _is_stored(job: Callable[..., None], arguments: dict[str, Any]) -> bool:
    """Whether it is, within a moment; what has been begun is waited for a little longer, or it would be done twice."""
    if pressure.is_flooded_by_one_more(time.monotonic()) or pressure.is_high():
        return False
    has_begun = threading.Event()

    def begun() -> None:
        has_begun.set()
        job(**arguments)

    storing = asyncio.ensure_future(
        database_sync_to_async(begun, thread_sensitive=False, executor=_for_reports)(),
    )
    await asyncio.wait({storing}, timeout=REPORT_LIMIT_S)
    if has_begun.is_set() and not storing.done():
        await asyncio.wait({storing}, timeout=ANSWER_LIMIT_S)
    if not storing.done():
        storing.cancel()
        return False
    try:
        storing.result()
    except (DatabaseError, InterfaceError) as error:
        log.error("report waits for the database", error=type(error).__name__)
        return False
    return True


def kept(form: QueryDict) -> dict[str, str]:
    """A form as it may wait on disk for the database: without anything that a caller keyed in."""
    return without_secrets({name: str(value) for name, value in form.dict().items()})


def document(text: str) -> HttpResponse:
    """An answer that the carrier carries out."""
    return HttpResponse(text, content_type="text/xml; charset=utf-8")
