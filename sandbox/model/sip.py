"""Calls that come to the model by SIP: announced by a signed webhook, let in or turned away, referred, ended.

https://developers.openai.com/api/docs/guides/realtime-sip and `…/webhooks`. Nothing of SIP itself is here: the carrier
stand-in invites, and is told what became of it.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import aiohttp

from sandbox.clock import Clock
from sandbox.model.sip_session import SipSession

USER_AGENT = "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)"
_RETRY_AFTER_MS = (1_000.0, 4_000.0, 15_000.0)
_ANSWER_S = 10.0
_LATE_S = 301


class State(StrEnum):
    """How far a call has come."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ENDED = "ended"


class Far(Protocol):
    """The carrier's end of an accepted call."""

    def hang_up(self) -> None:
        """BYE."""

    def refer(self, target: str) -> None:
        """REFER."""


@dataclass(slots=True, eq=False)
class SipCall:
    """One INVITE and what became of it."""

    id: str
    headers: list[dict[str, str]]
    state: State = State.PENDING
    sip_status: int = 0
    session: SipSession | None = None
    far: Far | None = None
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    accepts: int = 0
    referred_to: list[str] = field(default_factory=list)

    def view(self) -> dict[str, Any]:
        """For a look from outside."""
        return {
            "id": self.id,
            "state": self.state,
            "sip_status": self.sip_status,
            "headers": self.headers,
            "accepts": self.accepts,
            "attachments": 0 if self.session is None else self.session.attachments,
            "session": None if self.session is None else self.session.id,
            "referred_to": self.referred_to,
        }


@dataclass(slots=True)
class Webhooks:
    """Where webhooks go and how they misbehave; counts run down with use."""

    url: str = ""
    secret: str = field(default_factory=lambda: "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    old_secret: str = ""  # while it counts, each message is signed with both
    late: int = 0  # so many of the next are stamped more than five minutes ago
    duplicates: int = 0  # so many of the next are sent twice, with the same id
    forged: int = 0  # so many of the next carry a signature of somebody else's
    unknown_types: int = 0  # so many of the next are preceded by one of a type nobody knows
    dropped: int = 0  # so many of the next are never sent
    delay_ms: float = 0

    def use_up(self, name: str) -> bool:
        """Whether a counted fault is due; counts it down."""
        left = int(getattr(self, name))
        if left:
            setattr(self, name, left - 1)
        return left > 0


class OpenSession(Protocol):
    """How a call gets its session."""

    def __call__(self, *, model: str) -> SipSession: ...


class SipSide:
    """The calls, and the webhooks that tell of them."""

    def __init__(self, *, clock: Clock, open_session: OpenSession) -> None:
        self.webhooks = Webhooks()
        self.project = "proj_sandbox"
        self.calls: dict[str, SipCall] = {}
        self.sent: list[dict[str, Any]] = []  # every attempt of a webhook, and how it was answered
        self.is_unreachable = False  # no answer at all from the SIP side
        self._clock = clock
        self._open_session = open_session
        self._http: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- the carrier's end ---

    def invite(self, headers: Mapping[str, str]) -> SipCall:
        """Somebody comes: tell the application."""
        listed = [{"name": name, "value": value} for name, value in headers.items()]
        call = SipCall(f"rtc_{secrets.token_hex(10)}", listed)
        self.calls[call.id] = call
        self._spawn(self._announce(call))
        return call

    def over(self, call: SipCall) -> None:
        """The line is gone: control sockets close at once, and what was not told yet never is."""
        if call.state in (State.ENDED, State.REJECTED):
            return
        call.state = State.ENDED
        call.decided.set()
        if call.session is not None:
            call.session.closed_by = call.session.closed_by or "line"
            call.session.wire.finish()
            call.session.stop()

    # --- the application's verbs ---

    def find(self, call_id: str) -> SipCall | None:
        """A call that is not over."""
        call = self.calls.get(call_id)
        return None if call is None or call.state in (State.ENDED, State.REJECTED) else call

    def session_of(self, call_id: str) -> SipSession | None:
        """The session of a call that was let in and is not over."""
        call = self.find(call_id)
        return None if call is None or call.state is not State.ACCEPTED else call.session

    def accept(self, call: SipCall, given: dict[str, Any]) -> None:
        """Let it in with this (checked) session object."""
        session = self._open_session(model=given["model"])
        session.configure(given)
        session.on_expired = lambda: self.hang_up(call)
        session.start()
        call.session, call.state, call.sip_status = session, State.ACCEPTED, 200
        call.accepts += 1
        call.decided.set()

    def reject(self, call: SipCall, status: int) -> None:
        """Turn it away."""
        call.state, call.sip_status = State.REJECTED, status
        call.decided.set()

    def hang_up(self, call: SipCall) -> None:
        """End it from this side."""
        far = call.far
        if call.session is not None:
            call.session.closed_by = "model"
        self.over(call)
        if far is not None:
            far.hang_up()

    def refer(self, call: SipCall, target: str) -> None:
        """Have the far end send the caller elsewhere."""
        call.referred_to.append(target)
        if call.far is not None:
            call.far.refer(target)

    # --- webhooks ---

    async def _announce(self, call: SipCall) -> None:
        hooks = self.webhooks
        if hooks.delay_ms:
            await self._clock.sleep(hooks.delay_ms)
        if hooks.use_up("dropped"):
            return
        if hooks.use_up("unknown_types"):
            await self.send("realtime.call.daydreamed", {"call_id": call.id})
        data = {"call_id": call.id, "sip_media_security": "srtp", "sip_headers": call.headers}
        await self.send("realtime.call.incoming", data)

    async def send(self, kind: str, data: dict[str, Any]) -> None:
        """Send one message, again and again until it is taken."""
        hooks = self.webhooks
        event = {
            "id": f"evt_{secrets.token_hex(8)}",
            "object": "event",
            "type": kind,
            "created_at": int(time.time()),
            "data": data,
        }
        body, webhook_id = json.dumps(event, separators=(",", ":")).encode(), f"wh_{secrets.token_hex(8)}"
        is_late, is_forged = hooks.use_up("late"), hooks.use_up("forged")
        for wait_ms in (0.0, *_RETRY_AFTER_MS):
            if wait_ms:
                await self._clock.sleep(wait_ms)
            headers = self.signed(webhook_id, body, late_s=_LATE_S if is_late else 0, is_forged=is_forged)
            status = await self._post(webhook_id, kind, headers, body)
            if 200 <= status < 300:
                break
        if hooks.use_up("duplicates"):
            await self._post(webhook_id, kind, self.signed(webhook_id, body), body)

    def signed(self, webhook_id: str, body: bytes, *, late_s: int = 0, is_forged: bool = False) -> dict[str, str]:
        """The headers of a message that is sent now."""
        at = str(int(time.time()) - late_s)
        keys = [self.webhooks.secret, *([self.webhooks.old_secret] if self.webhooks.old_secret else [])]
        if is_forged:
            keys = ["whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()]
        made = [f"v1,{signature(key, webhook_id, at, body)}" for key in reversed(keys)]
        return {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "webhook-id": webhook_id,
            "webhook-timestamp": at,
            "webhook-signature": " ".join(made),
        }

    async def _post(self, webhook_id: str, kind: str, headers: dict[str, str], body: bytes) -> int:
        if not self.webhooks.url:
            return 0
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_S))
        try:
            async with self._http.post(
                self.webhooks.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.sent.append({"webhook_id": webhook_id, "type": kind, "status": status})
        return status

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """The stand-in stops."""
        for task in self._tasks:
            task.cancel()
        for call in list(self.calls.values()):
            self.over(call)
        if self._http is not None:
            await self._http.close()


def signature(secret: str, webhook_id: str, at: str, body: bytes) -> str:
    """The MAC of Standard Webhooks, base64."""
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    signed = f"{webhook_id}.{at}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
