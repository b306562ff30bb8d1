"""One conversation with an MCP server: begun, its tools listed or one of them used, and let go, within a time.

Every request goes through `calls.tools.web.client`: to an address that was judged, without redirects, cut off when it
is too large or too late. A session is never shared by two callers: what a server remembers of one is not told another.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from agents import mcp_offers, web_addresses
from agents.models import McpServer
from calls.tools.mcp import wire
from calls.tools.mcp.wire import Useless
from calls.tools.web import client
from calls.tools.web.client import Unanswered
from calls.tools.web.request import Request
from compliance.encrypted import Unreadable

_LARGEST = 1024 * 1024  # bytes of one answer: a list of tools with all their schemas, or a result with a picture in it
_MOST_PAGES = 20
_FAREWELL_S = 2.0


class NotSetUp(Exception):
    """Our own side of it is wrong; `str()` says what, for an admin."""


@dataclass(slots=True)
class Talk:
    """A conversation; use it as a context, so that the server hears that it is over.

    `headers` go with each request. Each method raises Unanswered or Useless, and NotSetUp when it begins.
    """

    server: McpServer
    timeout_s: float
    headers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    _session: str = ""
    _until: float = 0.0
    _number: int = 0
    _target: web_addresses.Target | None = None

    def __enter__(self) -> Self:
        self._until = time.monotonic() + self.timeout_s
        try:
            self._target = web_addresses.target(self.server.url, allowed=settings.TOOL_ALLOWED_HOSTS)
        except web_addresses.Refused as refused:
            raise NotSetUp(str(refused)) from None
        if isinstance(self.server.secret, Unreadable):
            raise NotSetUp("Its secret cannot be decrypted.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._session:  # nobody waits for that, least of all a caller
            threading.Thread(target=self._say_goodbye, name="mcp-goodbye", daemon=True).start()

    def begin(self) -> None:
        """As was agreed upon when the server's tools were read: at once, or with a session."""
        if self.server.protocol == wire.SESSIONLESS:
            self.version = wire.SESSIONLESS
        else:
            self._initialize()

    def find_a_way(self) -> None:
        """Ask whether it needs a session, then begin. What an older server says to that question is no matter."""
        try:
            found = self._ask(wire.request("server/discover", number=self._next(), version=wire.SESSIONLESS))
        except Useless as useless:
            if useless.status in (401, 403):
                raise
            if useless.code == wire.UNSUPPORTED_VERSION and not set(useless.versions) & set(wire.WITH_SESSIONS):
                spoken = ", ".join(useless.versions) or "other versions"
                raise Useless(f"The server speaks {spoken}, of which none is understood here.") from None
            self._initialize()
            return
        if wire.is_sessionless(found):
            self.version = wire.SESSIONLESS
        else:
            self._initialize()

    def tools(self) -> tuple[list[Any], str]:
        """What is offered, as it came, and what was wrong with the list all the same."""
        entries: list[Any] = []
        cursor, seen = "", set[str]()
        for _ in range(_MOST_PAGES):
            params = {"cursor": cursor} if cursor else {}
            page, cursor = wire.page(self._request("tools/list", params))
            entries += page
            if len(entries) > mcp_offers.MOST_TOOLS:
                return entries, f"It offers more than {mcp_offers.MOST_TOOLS} tools; the others were not read."
            if not cursor:
                return entries, ""
            if cursor in seen:
                return entries, "Its list of tools goes round in circles; the rest was not read."
            seen.add(cursor)
        return entries, f"Its list of tools has more than {_MOST_PAGES} pages; the others were not read."

    def use(self, original: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a tool."""
        return self._request("tools/call", {"name": original, "arguments": dict(arguments)})

    def _initialize(self) -> None:
        message = wire.initialize(self._next())
        reply, events = self._send(message)
        begun = _result(message, reply, events)
        self._session = wire.session_of(reply.headers)
        self.version = wire.agreed_version(begun)
        told, _ = self._send(
            wire.notification("notifications/initialized", version=self.version, session=self._session)
        )
        if told.status >= 400:
            raise Useless(f"The server would not begin: HTTP {told.status}.", status=told.status)

    def _request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask(wire.request(method, params, number=self._next(), version=self.version, session=self._session))

    def _ask(self, message: wire.Message) -> dict[str, Any]:
        return _result(message, *self._send(message))

    def _send(self, message: wire.Message) -> tuple[client.Reply, wire.Events]:
        events = wire.Events(message.id)
        reply = client.ask(
            self._as_request("POST", message.headers, message.body, events), timeout_s=self._left_s(), retries=1
        )
        return reply, events

    def _as_request(
        self, method: str, headers: Mapping[str, str], body: bytes, events: wire.Events | None = None
    ) -> Request:
        assert self._target is not None
        server = self.server
        secret = {server.secret_header: server.secret} if server.secret else {}
        whole = {**secret, **self.headers, "User-Agent": "contactcenter", **headers}
        return Request(
            self._target, method, whole, body, largest=_LARGEST, is_enough=None if events is None else events.feed
        )

    def _say_goodbye(self) -> None:
        headers = {"Mcp-Session-Id": self._session, "MCP-Protocol-Version": self.version or wire.WITH_SESSIONS[0]}
        try:
            client.ask(self._as_request("DELETE", headers, b""), timeout_s=_FAREWELL_S)
        except Unanswered:
            return  # a server that keeps the session forgets it by itself

    def _left_s(self) -> float:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            assert self._target is not None
            raise Unanswered(f"{self._target.host} did not answer in time.")
        return left_s

    def _next(self) -> int:
        self._number += 1
        return self._number


def _result(message: wire.Message, reply: client.Reply, events: wire.Events) -> dict[str, Any]:
    return wire.result(message, status=reply.status, content_type=reply.content_type, body=reply.body, events=events)
