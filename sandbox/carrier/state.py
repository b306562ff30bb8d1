"""The account: everything the carrier knows and does at one time. Its single parts are in `values.py` and `room.py`."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.carrier.account_book import AccountBook
from sandbox.carrier.agents import Agent
from sandbox.carrier.faults import Faults
from sandbox.carrier.handsets import Handset
from sandbox.carrier.ledger import Ledger
from sandbox.carrier.lines import Lines
from sandbox.carrier.queues import Queue
from sandbox.carrier.room import Room
from sandbox.carrier.values import (
    ENDED,
    Call,
    CallStatus,
    FetchDocument,
    HangUp,
    InlineDocument,
    ModelSide,
    Number,
    Recording,
    Replace,
    Source,
    Transcription,
    VerbRun,
    new_sid,
)
from sandbox.carrier.whatsapp import Books as WhatsApp
from sandbox.clock import Clock

__all__ = [
    "ENDED",
    "Call",
    "CallStatus",
    "Carrier",
    "FetchDocument",
    "HangUp",
    "InlineDocument",
    "Number",
    "Recording",
    "Replace",
    "Source",
    "Transcription",
    "VerbRun",
    "new_sid",
]

_log = logging.getLogger("sandbox.carrier")


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
    rooms: dict[str, Room] = field(default_factory=dict)
    lines: Lines = field(default_factory=Lines)
    queues: dict[str, Queue] = field(default_factory=dict)  # by name
    recordings: dict[str, Recording] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)  # by address: who picks up there when it is dialled
    handsets: dict[str, list[Handset]] = field(default_factory=dict)  # by address: browsers that are telephones
    whatsapp: WhatsApp = field(default_factory=WhatsApp)
    connectors: dict[str, str] = field(default_factory=lambda: {"Default": ""})  # for payments -> why it refuses them
    account: AccountBook = field(default_factory=AccountBook)
    stream_bytes_sent: int = 0
    out_of_hearing: int = 0  # conversations under way of whose sound the application hears nothing
    waiting_since: list[float] = field(default_factory=list)  # real time of each request that waits for its answer
    last_message_s: float = field(default_factory=time.monotonic)  # real time; caller sound does not count
    last_event_s: float = field(default_factory=time.monotonic)  # the same; nor do marks in the middle of a sentence
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    model_side: ModelSide | None = None  # who is reached at the model's SIP address
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

    @contextlib.contextmanager
    def unheard(self) -> Iterator[None]:
        """While inside, one more conversation's sound does not pass through the application: by SIP, or as text."""
        self.out_of_hearing += 1
        try:
            yield
        finally:
            self.out_of_hearing -= 1

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
        parent = (("ParentCallSid", call.parent_sid),) if call.parent_sid else ()
        return (
            ("AccountSid", self.account_sid),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", call.sid),
            ("CallStatus", call.status.value),
            ("Direction", call.direction),
            *parent,
            ("From", call.from_),
            ("To", call.to),
            ("Caller", call.from_),
            ("Called", call.to),
            *call.params,
        )
