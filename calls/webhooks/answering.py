"""How a webhook asks the database: within a limit, so that a caller is answered whatever is broken behind it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from django.http.request import QueryDict
from django.utils import timezone

from agents import floor
from calls import journal
from calls.carrier import twiml
from calls.carrier.capture_callback import without_secrets

# The database has this long to answer before the caller is served without it.
ANSWER_LIMIT_S = 0.7

_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="webhook")
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


class StoreAway(Exception):
    """The database did not answer in time."""


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
        raise StoreAway from error


async def keep(job: Callable[..., None], form: QueryDict, **more: Any) -> HttpResponse:
    """Store a callback now, or later if the database is away: the carrier would not send it again."""
    floor.attach_loop()
    arguments = {"form": kept(form), "now": timezone.now(), **more}
    try:
        await ask(job, **arguments)
    except StoreAway:
        journal.soon(job, **arguments)
    return document(twiml.nothing())


def kept(form: QueryDict) -> dict[str, str]:
    """A form as it may wait on disk for the database: without anything that a caller keyed in."""
    return without_secrets({name: str(value) for name, value in form.dict().items()})


def document(text: str) -> HttpResponse:
    """An answer that the carrier carries out."""
    return HttpResponse(text, content_type="text/xml; charset=utf-8")
