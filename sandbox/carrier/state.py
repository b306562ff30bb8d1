"""What the carrier knows: numbers, calls, streams and recordings as plain values, and the account they belong to."""

import asyncio
import contextlib
import logging
import random
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.carrier.faults import Faults
from sandbox.carrier.ledger import Ledger
from sandbox.carrier.line import Line
from sandbox.carrier.stream_log import StreamLog
from sandbox.clock import Clock

_log = logging.getLogger("sandbox.carrier")


class CallStatus(StrEnum):
    """The carrier's words for the state of a call (https://www.twilio.com/docs/voice/api/call-resource)."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


ENDED = frozenset(CallStatus) - {CallStatus.QUEUED, CallStatus.RINGING, CallStatus.IN_PROGRESS}


def new_sid(prefix: str) -> str:
    """A fresh identifier: two letters and 32 hex digits."""
    return prefix + secrets.token_hex(16)


@dataclass(slots=True)
class Number:
    """One of the account's numbers and where its calls are announced."""

    sid: str
    e164: str
    created_at_ms: float
    updated_at_ms: float
    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    other: dict[str, str] = field(default_factory=dict)  # parameters that are stored and shown, and do nothing here


@dataclass(frozen=True, slots=True)
class FetchDocument:
    """The next TwiML comes from this address."""

    url: str
    method: str = "POST"
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class InlineDocument:
    """The next TwiML was given with a REST request; it has no address, so nothing in it can be relative."""

    twiml: str


Source = FetchDocument | InlineDocument


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; `status` is what it ends as if nobody had answered yet."""

    status: CallStatus = CallStatus.NO_ANSWER
    by: str = "caller"


@dataclass(frozen=True, slots=True)
class Replace:
    """Drop the running document and run this one."""

    source: Source


@dataclass(slots=True)
class VerbRun:
    """One verb as it was executed, on the call's clock (ms since the sandbox started)."""

    verb: str
    text: str
    started_at_ms: float
    ended_at_ms: float | None = None
    outcome: str = ""


@dataclass(slots=True)
class Recording:
    """A recording while it is made and after; `spans` are call samples: (start, end, heard or silenced)."""

    sid: str
    call_sid: str
    source: str
    started_at_ms: float
    callback_url: str = ""
    callback_method: str = "POST"
    callback_events: frozenset[str] = frozenset({"completed"})
    trim: bool = False
    track: str = "both"
    channels: int = 2
    status: str = "in-progress"
    spans: list[tuple[int, int, bool]] = field(default_factory=list)
    span_from: int | None = None
    span_is_heard: bool = True
    duration_ms: float = 0.0
    updated_at_ms: float = 0.0
    deleted: bool = False


@dataclass(slots=True)
class Transcription:
    """A transcription of a call, while it runs and after."""

    sid: str
    name: str
    updated_at_ms: float
    is_running: bool = True
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Call:
    """One call to one of our numbers, from the first ring to its end."""

    sid: str
    number: Number
    to: str
    from_: str
    line: Line
    created_at_ms: float
    caller: str = "manual"
    voice: str = "caller"
    token: str = ""
    status: CallStatus = CallStatus.RINGING
    fallback: FetchDocument | None = None
    status_callback: FetchDocument | None = None
    ended_at_ms: float | None = None
    ended_by: str = ""
    is_forgotten: bool = False  # by the API: it answers as if there had never been such a call, and nothing is reported
    commands: asyncio.Queue[HangUp | Replace] = field(default_factory=asyncio.Queue)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    cookies: aiohttp.CookieJar = field(default_factory=lambda: aiohttp.CookieJar(unsafe=True))
    verbs: list[VerbRun] = field(default_factory=list)
    streams: list[StreamLog] = field(default_factory=list)  # newest last
    recordings: list[Recording] = field(default_factory=list)
    transcriptions: list[Transcription] = field(default_factory=list)
    key_listeners: list[Callable[[str], None]] = field(default_factory=list)
    last_callback: asyncio.Task[None] | None = None
    params: tuple[tuple[str, str], ...] = ()  # geography and attestation, the same in every webhook of the call

    @property
    def is_live(self) -> bool:
        """Not ended yet."""
        return self.status not in ENDED


@dataclass(slots=True)
class Carrier:
    """The whole stand-in: one account, its numbers and calls, its faults and its book."""

    clock: Clock
    account_sid: str
    auth_token: str
    var_dir: Path
    ledger: Ledger
    base_url: str
    api_keys: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    numbers: dict[str, Number] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    answering: dict[str, str] = field(default_factory=dict)  # numbers that answer when dialled -> what they say
    connectors: dict[str, str] = field(default_factory=lambda: {"Default": ""})  # for payments -> why it refuses them
    stream_bytes_sent: int = 0
    waiting_since: list[float] = field(default_factory=list)  # real time of each request that waits for its answer
    last_message_s: float = field(default_factory=time.monotonic)  # real time; caller sound does not count
    last_event_s: float = field(default_factory=time.monotonic)  # the same; nor do marks in the middle of a sentence
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    http: aiohttp.ClientSession | None = None
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    def session(self) -> aiohttp.ClientSession:
        """The carrier's HTTP client; made by the running application."""
        if self.http is None:
            raise RuntimeError("the carrier is not running")
        return self.http

    def stir(self, *, is_event: bool = True) -> None:
        """A message other than caller sound crossed one of the carrier's sockets just now (real time, for lock-step).

        `is_event` tells whether it may have set something in motion that takes the application a while.
        """
        self.last_message_s = time.monotonic()
        if is_event:
            self.last_event_s = self.last_message_s

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """While inside, the application owes an answer: lock-step gives it some real time."""
        since = time.monotonic()
        self.waiting_since.append(since)
        self.stir()
        try:
            yield
        finally:
            self.waiting_since.remove(since)
            self.stir()

    def announce(self) -> None:
        """Something a viewer may want to see has changed."""
        self.changed.set()
        self.changed = asyncio.Event()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside the present task; a crash of it is written into the ledger."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("the sandbox itself failed", exc_info=error)
            self.ledger.add("error", code=0, message=f"the sandbox itself failed: {error!r}")

    def number_of(self, e164: str) -> Number | None:
        """The account's number with this E.164 spelling."""
        return next((number for number in self.numbers.values() if number.e164 == e164), None)

    def webhook_params(self, call: Call) -> tuple[tuple[str, str], ...]:
        """The standard parameters of every request about this call."""
        return (
            ("AccountSid", self.account_sid),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", call.sid),
            ("CallStatus", call.status.value),
            ("Direction", "inbound"),
            ("From", call.from_),
            ("To", call.to),
            ("Caller", call.from_),
            ("Called", call.to),
            *call.params,
        )
