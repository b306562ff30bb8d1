"""The business as one aiohttp application; whoever asks needs its key."""

import datetime as dt
import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.business import calendar, mcp
from sandbox.business.calendar import CALENDAR, Calendar
from sandbox.business.crm import Crm
from sandbox.business.mcp import MCP, McpState

__all__ = ["CALENDAR", "KEY", "MCP", "make_app"]

# It opens nothing but this stand-in, and stands in the examples that are shipped for it.
KEY = "sandbox-business"
_LARGEST_BODY = 64 * 1024
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(*, today: dt.date, versions: tuple[str, ...] = ()) -> web.Application:
    """A calendar at `/calendar/` and a customer file at `/mcp`, from `today` on.

    `versions` of the Model Context Protocol are spoken; none given: all that are known here.
    """
    app = web.Application(middlewares=[_only_with_key], client_max_size=_LARGEST_BODY)
    app[CALENDAR] = Calendar(today)
    app[MCP] = McpState(Crm(), versions) if versions else McpState(Crm())
    app.add_routes(calendar.routes)
    app.add_routes(mcp.routes)
    return app


@web.middleware
async def _only_with_key(request: web.Request, handler: _Handler) -> web.StreamResponse:
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {KEY}".encode()):
        return web.json_response({"error": "the key is wrong"}, status=401, headers={"WWW-Authenticate": "Bearer"})
    return await handler(request)
