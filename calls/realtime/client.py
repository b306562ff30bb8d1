"""The Realtime socket: opened and configured, then text out and text in. Only the first two events are read here.

Source: https://developers.openai.com/api/docs/guides/realtime-websocket.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import parsedate_to_datetime
from importlib import import_module
from urllib.parse import urlencode

from django.conf import settings

from calls.metrics import MODEL_SOCKETS_OPEN
from calls.realtime import session_config
from calls.realtime.session_config import SessionSettings
from calls.realtime.socket import Events, Listenable, ModelSocket, Socket, UnableToConnect

# The caller waits: a door that does not open in this time is tried again.
OPEN_LIMIT_S = 3.0
_REFUSED_FOR_GOOD = (400, 401, 403, 404)
_PASSING = ("server_error", "rate_limit_exceeded")

# Wait until a session may be used: when it will expire, and what came together with the news.
_Begin = Callable[[Socket], Awaitable[tuple[float | None, Events]]]


class ModelUnavailable(Exception):
    """The model's session could not be opened; `str()` is a short code without secrets.

    `is_permanent`: trying again will not help, the key or the request is wrong.
    """

    def __init__(self, why: str, *, is_permanent: bool = False) -> None:
        super().__init__(why)
        self.is_permanent = is_permanent


class RealtimeClient:
    """An open, configured model session. `life_ms`: how long the model will keep it from its opening, if it said so."""

    def __init__(self, socket: Socket, *, life_ms: int | None = None, first: Events = ()) -> None:
        self._socket = socket
        # Send one event; never waits. A socket that is gone swallows it, and the iteration ends.
        self.send = socket.post
        self._first = first  # events that came in one read with the answer to the session object
        self._life_ms = life_ms
        self._opened_at = time.monotonic()
        self._is_closed = False
        MODEL_SOCKETS_OPEN.inc()

    @classmethod
    async def open(cls, session: SessionSettings) -> "RealtimeClient":
        """Connect and configure; audio may flow when this returns. Raises ModelUnavailable."""
        return await cls._begun(_url(session.model), lambda socket: _configure(socket, session))

    @classmethod
    async def attach(cls, call_id: str) -> "RealtimeClient":
        """The control socket of a session that lives with a call by SIP; nothing of it is configured here.

        Raises ModelUnavailable: `is_permanent` when there is no such call, or no more.
        """
        return await cls._begun(_url_of_call(call_id), _created)

    @classmethod
    async def _begun(cls, url: str, begin: _Begin) -> "RealtimeClient":
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):
                socket = await _open(url, _headers())
                try:
                    expires_at, first = await begin(socket)
                except BaseException:  # also when it is cancelled: nobody else knows the socket
                    await socket.close()
                    raise
        except TimeoutError:
            raise ModelUnavailable("timed out") from None
        except UnableToConnect as error:
            raise ModelUnavailable(str(error), is_permanent=error.status in _REFUSED_FOR_GOOD) from error
        return cls(socket, life_ms=_life_ms(socket.date, expires_at), first=first)

    def left_ms(self) -> int | None:
        """How long the session has yet to live; None when the model did not say."""
        if self._life_ms is None:
            return None
        return max(self._life_ms - int((time.monotonic() - self._opened_at) * 1000), 0)

    async def __aiter__(self) -> AsyncIterator[Events]:
        """The model's events as they came in, some at a time, until its socket closes for whatever reason."""
        if self._first:
            first, self._first = self._first, ()
            yield first
        while events := await self._socket.events():
            yield events

    def listen(self, take: Callable[[Events], object], lost: Callable[[], object]) -> bool:
        """Have events handed over as they come in instead, and be told of the end; False when this socket cannot.

        Neither `take` nor `lost` may wait. After `deafen` or `close` neither is called any more.
        """
        if not isinstance(self._socket, Listenable):
            return False
        if self._first:
            first, self._first = self._first, ()
            take(first)
        self._socket.listen(take, lost)
        return True

    def deafen(self) -> None:
        """Hand over nothing more."""
        if isinstance(self._socket, Listenable):
            self._socket.deafen()

    async def close(self) -> None:
        """Close the socket; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        MODEL_SOCKETS_OPEN.dec()
        await self._socket.close()


async def _open(url: str, headers: dict[str, str]) -> Socket:
    if settings.WEBSOCKETS != "picows":
        return await ModelSocket.open(url, headers)
    fast = import_module("calls.realtime.fast_socket")  # which needs a package that not everybody has
    socket: Socket = await fast.FastSocket.open(url, headers)
    return socket


def _url(model: str) -> str:
    base = settings.OPENAI_BASE_URL
    return f"ws{base.removeprefix('http')}/realtime?{urlencode({'model': model})}"


def _url_of_call(call_id: str) -> str:
    base = settings.OPENAI_BASE_URL
    return f"ws{base.removeprefix('http')}/realtime?{urlencode({'call_id': call_id})}"


def _headers() -> dict[str, str]:
    headers = {"Authorization": f"Bearer {settings.OPENAI_API_KEY}"}
    if settings.OPENAI_PROJECT_ID:
        headers["OpenAI-Project"] = settings.OPENAI_PROJECT_ID
    return headers


def _life_ms(date: str, expires_at: float | None) -> int | None:
    """How long until the session expires, by the clock of the server that named the moment; ours may be wrong."""
    if expires_at is None:
        return None
    try:
        server_now = parsedate_to_datetime(date).timestamp()
    except ValueError:
        server_now = time.time()
    return max(int((expires_at - server_now) * 1000), 0)


async def _configure(socket: Socket, session: SessionSettings) -> tuple[float | None, Events]:
    """Send the session object and wait until the model has taken it; before that it would read our audio wrongly.

    Answers when the session will expire, and what came together with that answer.
    """
    socket.post(json.dumps({"type": "session.update", "session": session_config.session(session)}))
    while events := await socket.events():
        for place, text in enumerate(events, start=1):
            is_taken, expires_at = _answer(text)
            if is_taken:
                return expires_at, events[place:]
    raise ModelUnavailable("closed")


async def _created(socket: Socket) -> tuple[float | None, Events]:
    """Wait for the first event of a session that is there already; answers as `_configure` does."""
    while events := await socket.events():
        for place, text in enumerate(events, start=1):
            event = json.loads(text) if text else None
            if isinstance(event, dict) and event.get("type") == "session.created":
                expires_at = (event.get("session") or {}).get("expires_at")
                return (float(expires_at) if isinstance(expires_at, int | float) else None), events[place:]
    raise ModelUnavailable("closed", is_permanent=True)


def _answer(text: str | bytes) -> tuple[bool, float | None]:
    """Whether this event takes the session object, and until when it lives. Raises ModelUnavailable."""
    try:
        event = json.loads(text)
    except ValueError:
        return False, None
    kind = event.get("type") if isinstance(event, dict) else None
    if kind == "session.updated":
        expires_at = (event.get("session") or {}).get("expires_at")
        return True, float(expires_at) if isinstance(expires_at, int | float) else None
    if kind == "error":
        error = event.get("error") or {}
        code = error.get("code") or error.get("type")
        raise ModelUnavailable(f"session refused: {code}", is_permanent=code not in _PASSING)
    return False, None
