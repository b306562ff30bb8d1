"""How a process that holds calls asks the books for those that come in: a few at a time, first come first served.

When a bridge dies, all its calls come to another at once. Each of many threads that compute keeps the event loop
waiting for its turn, and with it the sound of those who are on the line already; and all answers would be late at once.
"""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="asking")
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def in_turn(job: Callable[Given, Answer]) -> Callable[Given, Awaitable[Answer]]:
    """The job as something to be awaited. Raises what the job raises."""
    asked: Callable[Given, Awaitable[Answer]] = database_sync_to_async(job, thread_sensitive=False, executor=_threads)
    return asked
