"""One request on its way to a process of the product, and the answer on its way back.

Bodies are passed on as they come, in both directions at once. A request that has gone out is not sent a second time,
except one that nobody can have acted on: without a body, asking for something, and not answered by a single byte.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import h11

from deploy import front_routes
from deploy.front_routes import Upstream
from deploy.front_wire import Wire, tied

LARGEST_HEAD = 64 * 1024
CONNECT_S = 1.0
# Between two rounds of asking those who are worth waiting for.
ASK_AGAIN_S = 0.05
# Nothing of a body for so long: whoever should send it has gone without a word.
BODY_S = 60.0
SWITCHING = 101
_REPEATABLE = {b"GET", b"HEAD"}


class Unanswered(Exception):
    """No process answered; `status` and the sentence are for the client."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class BrokenOff(Exception):
    """One side went away in the middle: the other's connection cannot go on either."""


class Exchange:
    """One request of one client. `head` is the request as the process behind is to see it."""

    def __init__(self, client: Wire, near: h11.Connection, *, head: h11.Request, is_socket: bool) -> None:
        self._client = client
        self._near = near
        self._head = head
        self._is_socket = is_socket
        self.has_body = has_body(head)
        self._is_repeatable = head.method in _REPEATABLE and not self.has_body

    async def run(self, upstreams: Sequence[Upstream]) -> None:
        """Find somebody who answers, and pass the answer on.

        Raises Unanswered while the client can still be told so, and BrokenOff when it cannot.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + max((upstream.wait_s for upstream in upstreams), default=0.0)
        while not await self._try_each(upstreams):
            if clock() >= until:
                raise Unanswered(502, "Nobody answers here at the moment. Please try again in a few seconds.")
            await asyncio.sleep(ASK_AGAIN_S)
            if self._client.is_over:
                raise BrokenOff

    async def _try_each(self, upstreams: Sequence[Upstream]) -> bool:
        for upstream in upstreams:
            upstream.open += 1
            try:
                if await self._try(upstream):
                    return True
            finally:
                upstream.open -= 1
        return False

    async def _try(self, upstream: Upstream) -> bool:
        """Pass the request to this one; False when the next one may be asked."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, link = await loop.create_connection(Wire, upstream.host, upstream.port)
        except OSError:
            return False
        self._client.on_lost = link.close
        body = None
        try:
            if self._client.is_over:
                raise BrokenOff
            far = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
            link.write(far.send(self._head) or b"")
            if self.has_body:
                body = asyncio.create_task(self._pass_body(far, link))
            else:
                link.write(far.send(h11.EndOfMessage()) or b"")
            answer = await self._first_word(far, link, within_s=upstream.answer_s)
            if answer is None:
                return False
            await self._pass_answer(answer, far, link)
            return True
        finally:
            self._client.on_lost = None
            if body is not None:
                body.cancel()
                with suppress(asyncio.CancelledError):
                    await body
            link.close()

    async def _pass_body(self, far: h11.Connection, link: Wire) -> None:
        try:
            if self._near.they_are_waiting_for_100_continue:
                self._client.write(self._near.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            while True:
                event = await next_event(self._near, self._client, within_s=BODY_S)
                if not isinstance(event, h11.Data | h11.EndOfMessage):
                    raise BrokenOff
                link.write(far.send(h11.EndOfMessage() if isinstance(event, h11.EndOfMessage) else event) or b"")
                if isinstance(event, h11.EndOfMessage):
                    return
                await link.drained()
        except (BrokenOff, TimeoutError, h11.ProtocolError):
            link.reset()  # half a body must not be taken for a whole one

    async def _first_word(
        self, far: h11.Connection, link: Wire, *, within_s: float
    ) -> h11.Response | h11.InformationalResponse | None:
        """The answer's head; None when there is none and somebody else may be asked."""
        while True:
            try:
                event = await next_event(far, link, within_s=within_s)
            except TimeoutError:
                if self._is_socket:
                    return None
                raise Unanswered(504, "The answer took too long. Please try again.") from None
            except (BrokenOff, h11.ProtocolError):
                event = h11.ConnectionClosed()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse):
                if event.status_code == SWITCHING:
                    return event
            elif self._client.is_over:
                raise BrokenOff
            elif self._is_repeatable:
                return None
            else:
                raise Unanswered(502, "The answer broke off. Please try again.")

    async def _pass_answer(
        self, answer: h11.Response | h11.InformationalResponse, far: h11.Connection, link: Wire
    ) -> None:
        headers = front_routes.passed_on(answer.headers.raw_items(), keep_upgrade=self._is_socket)
        if isinstance(answer, h11.InformationalResponse):
            self._say(h11.InformationalResponse(status_code=SWITCHING, headers=headers, reason=answer.reason))
            self._client.write(far.trailing_data[0])
            link.write(self._near.trailing_data[0])
            await tied(self._client, link)
            return
        self._say(h11.Response(status_code=answer.status_code, headers=headers, reason=answer.reason))
        try:
            while not isinstance(event := await next_event(far, link, within_s=None), h11.EndOfMessage):
                if not isinstance(event, h11.Data):
                    raise BrokenOff
                self._say(event)
                await self._client.drained()
        except h11.ProtocolError:
            raise BrokenOff from None
        self._say(h11.EndOfMessage())

    def _say(self, event: h11.Event) -> None:
        self._client.write(self._near.send(event) or b"")


def has_body(head: h11.Request) -> bool:
    """Whether a request comes with a body."""
    framing = dict(head.headers)  # in lower case
    return b"transfer-encoding" in framing or framing.get(b"content-length", b"0") != b"0"


async def next_event(connection: h11.Connection, wire: Wire, *, within_s: float | None) -> h11.Event:
    """The next event of a connection.

    Raises TimeoutError, h11.ProtocolError when the connection ends in the middle, and BrokenOff.
    """
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            async with asyncio.timeout(within_s):
                data = await wire.read()
            connection.receive_data(data)
        elif isinstance(event, h11.Event):
            return event
        else:
            raise BrokenOff  # more than was asked for
