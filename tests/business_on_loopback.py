"""The sandbox's business in a thread of this process: a strict calendar and customer file, and a look into both."""

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.business import app as business
from sandbox.business.calendar import Calendar
from sandbox.business.mcp import McpState
from tests import mcp_server


@dataclass(frozen=True, slots=True)
class Business:
    """Where it is, and what it knows."""

    place: str
    calendar: Calendar
    mcp: McpState

    @property
    def url(self) -> str:
        return f"http://{self.place}"


async def _last_things(loop: asyncio.AbstractEventLoop) -> None:
    """Whoever comes while the door is being shut is sent away, and sockets that were told to close do."""
    late = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    await asyncio.sleep(0)  # one turn of the loop: what was told to close is told of it in the next


@contextmanager
def a_business(*versions: str, today: dt.date) -> Iterator[Business]:
    """The business, which speaks these versions of MCP, until the block ends."""
    loop = asyncio.new_event_loop()
    app = business.make_app(today=today, versions=versions)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        place = f"127.0.0.1:{runner.addresses[0][1]}"
        yield Business(place, app[business.CALENDAR], app[business.MCP])
    finally:
        mcp_server.let_goodbyes_be_said()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.run_until_complete(_last_things(loop))
        loop.close()
