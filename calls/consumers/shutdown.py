"""The end of a process that held calls."""

from calls import journal
from calls.consumers.books import books
from calls.realtime import warm


async def settle() -> None:
    """Close what waits for calls that will not come, and write what the calls left behind."""
    await warm.close_all()
    await books.settled()
    await journal.settled()
