"""The plain values of the carrier: numbers, calls, what runs on them and what is recorded of them."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Protocol

import aiohttp

from sandbox.carrier.line import Line
from sandbox.carrier.stream_log import StreamLog


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
    sms_url: str = ""
    sms_method: str = "POST"
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


@dataclass(frozen=True, slots=True)
class RecordingTerms:
    """How a recording is to be made, and who is told of it."""

    callback_url: str = ""
    callback_method: str = "POST"
    callback_events: frozenset[str] = frozenset({"completed"})
    trim: bool = False
    track: str = "both"
    channels: int = 2

    def apply_to(self, recording: "Recording") -> None:
        """Let a recording that has not begun be made like this."""
        for each in fields(self):
            setattr(recording, each.name, getattr(self, each.name))


@dataclass(slots=True)
class Recording:
    """A recording while it is made and after; `spans` are call samples: (start, end, heard or silenced)."""

    sid: str
    call_sid: str
    source: str
    started_at_ms: float
    conference_sid: str = ""
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


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of the ringing, and the answer as the signalling has it."""

    status: CallStatus
    sip_code: int


class ModelSide(Protocol):
    """What the carrier sees of the model's SIP side."""

    project: str
    is_unreachable: bool

    def invite(self, headers: dict[str, str]) -> Any:
        """An INVITE; answers the call, whose `decided` is set when it is let in or turned away."""

    def over(self, call: Any) -> None:
        """A BYE, or a CANCEL."""


class Subject(Protocol):
    """What requests to the application are about: a call or a conference."""

    sid: str
    is_forgotten: bool  # by the API: it answers as if there had never been one, and nothing is reported
    last_callback: asyncio.Task[None] | None
    cookies: aiohttp.CookieJar


class Recorded(Subject, Protocol):
    """What can be recorded."""

    line: Line
    recordings: list[Recording]


@dataclass(slots=True)
class Transcription:
    """A transcription of a call, while it runs and after."""

    sid: str
    name: str
    updated_at_ms: float
    is_running: bool = True
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Visit:
    """A call's stay in a conference, on the sandbox clock."""

    room_sid: str
    room: str
    label: str
    joined_at_ms: float
    left_at_ms: float | None = None
    reason: str = ""


@dataclass(slots=True)
class Call:
    """One leg: a call to one of our numbers or one that we placed, from the first ring to its end."""

    sid: str
    number: Number | None
    to: str
    from_: str
    line: Line
    created_at_ms: float
    caller: str = "manual"
    voice: str = "caller"
    token: str = ""
    status: CallStatus = CallStatus.RINGING
    direction: str = "inbound"
    parent_sid: str = ""
    fallback: FetchDocument | None = None
    status_callback: FetchDocument | None = None
    status_events: frozenset[str] = frozenset({"completed"})
    reports: int = 0  # status callbacks so far
    sip_code: int = 0  # how the far end took it, or did not; 0 for calls that come in
    answered_by: str = ""
    record: Recording | None = None  # the one that was ordered with the call itself
    ended_at_ms: float | None = None
    ended_by: str = ""
    is_forgotten: bool = False  # by the API: it answers as if there had never been such a call, and nothing is reported
    commands: asyncio.Queue[HangUp | Replace] = field(default_factory=asyncio.Queue)
    command: HangUp | Replace | None = None  # the last one that was obeyed: why the running verb is interrupted
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    cookies: aiohttp.CookieJar = field(default_factory=lambda: aiohttp.CookieJar(unsafe=True))
    verbs: list[VerbRun] = field(default_factory=list)
    streams: list[StreamLog] = field(default_factory=list)  # newest last
    copies: list[StreamLog] = field(default_factory=list)  # the one-way streams, newest last
    recordings: list[Recording] = field(default_factory=list)
    transcriptions: list[Transcription] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    key_listeners: list[Callable[[str], None]] = field(default_factory=list)
    last_callback: asyncio.Task[None] | None = None
    params: tuple[tuple[str, str], ...] = ()  # geography and attestation, the same in every webhook of the call

    @property
    def is_live(self) -> bool:
        """Not ended yet."""
        return self.status not in ENDED

    @property
    def is_outgoing(self) -> bool:
        """Placed by us, whoever answers it."""
        return self.direction != "inbound"

    @property
    def duration_s(self) -> int | None:
        """Seconds from answer to end, rounded; None while the call lives."""
        if self.ended_at_ms is None:
            return None
        answered_at_ms = self.line.answered_at_ms
        return 0 if answered_at_ms is None else round((self.ended_at_ms - answered_at_ms) / 1000)
