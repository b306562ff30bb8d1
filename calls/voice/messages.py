"""What the voice session is told: the facts of the carrier, the model and the tools, in one vocabulary.

Both wires translate into it. Audio payloads are base64 text of G.711 exactly as it came over the wire: it is never
decoded on the way through. All times are milliseconds of the carrier's media clock (0 = the stream began) unless a name
says otherwise. What the session orders in return is in `effects`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from calls.voice.line_messages import LineMessage


class Party(StrEnum):
    """Who is speaking."""

    CUSTOMER = "customer"
    ASSISTANT = "assistant"
    SUPERVISOR = "supervisor"  # heard by the assistant alone


class EndReason(StrEnum):
    """Why a voice session is over; the values are a call's ended reasons, but for the three that end no call."""

    CARRIER_STOPPED = "carrier_stopped"  # the carrier closed the stream: hang-up or a new document
    ASSISTANT_ENDED = "assistant_ended"
    ASSISTANT_FAREWELL = "assistant_farewell"  # it said goodbye and forgot to hang up
    CALLER_SILENT = "caller_silent"
    CALL_TOO_LONG = "call_too_long"
    HANDED_OVER = "handed_over"  # this process stops; another goes on with the conversation
    GAVE_WAY = "gave_way"  # another document of ours takes the call, and gives it back
    OPTED_OUT = "opted_out"  # they want no more calls of ours
    RECORDING_REFUSED = "recording_refused"  # and this number does not go on without
    MODEL_UNREACHABLE = "model_unreachable"
    MODEL_LOST = "model_lost"
    STREAM_LOST = "stream_lost"
    STREAM_MALFORMED = "stream_malformed"


# --- from the carrier ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """The stream is up; `parameters` are the strings our own TwiML sent along."""

    stream_sid: str
    call_sid: str
    encoding: str
    sample_rate: int
    channels: int
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class CallerAudio:
    """One frame of the caller's voice, base64 G.711, covering [at_ms, at_ms + its length)."""

    payload: str
    at_ms: int
    sequence: int


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed one key."""

    digit: str


@dataclass(frozen=True, slots=True)
class MarkReturned:
    """The carrier played everything before this mark, or dropped it by a clear."""

    name: str


@dataclass(frozen=True, slots=True)
class StreamStopped:
    """The carrier ended the stream, by `stop` or by closing the socket."""


@dataclass(frozen=True, slots=True)
class StreamBroken:
    """The stream's socket died or spoke nonsense; the call itself may still be up."""

    reason: EndReason


# --- from the model -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelReady:
    """The model's session is configured; audio may flow until it expires (None: the model did not say when)."""

    expires_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ModelLost:
    """The model's socket could not be opened (`unreachable`), or ended. `is_permanent`: to try again is no use.

    `why` is a short code for people, without secrets.
    """

    unreachable: bool = False
    is_permanent: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class SpareReady:
    """A second session, opened beside the one in use, is configured."""

    expires_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SpareLost:
    """The second session could not be opened, or ended before it was used."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The model heard the caller begin; `audio_ms` counts the audio appended to it."""

    item_id: str
    audio_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The model heard the caller end; `audio_ms` counts the audio appended to it."""

    item_id: str
    audio_ms: int


@dataclass(frozen=True, slots=True)
class CallerWords:
    """A piece of the caller's transcript (`is_final` False), or all of it."""

    item_id: str
    text: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class CallerWordsFailed:
    """The caller's speech could not be transcribed."""

    item_id: str
    code: str


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    """The model began a response."""

    response_id: str


@dataclass(frozen=True, slots=True)
class AudioDelta:
    """A piece of the assistant's voice, base64 G.711."""

    response_id: str
    item_id: str
    payload: str


@dataclass(frozen=True, slots=True)
class AssistantWords:
    """A piece of what the assistant says, in text (`is_final` False), or all of it."""

    response_id: str
    item_id: str
    text: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model wants a tool run; `arguments` is JSON text as it wrote it."""

    response_id: str
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    """The model finished a response: completed, cancelled, incomplete or failed; `usage` is what it is billed for."""

    response_id: str
    status: str
    reason: str
    usage: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SummaryWritten:
    """What the model wrote beside the conversation, as we asked: the older part of the call in a few sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class AsideEnded:
    """A response beside the conversation is over; `usage` is what it is billed for."""

    response_id: str
    usage: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TranscriptionUsage:
    """What transcribing one stretch of the caller's speech is billed for."""

    item_id: str
    usage: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What is left of the account's limits, as (name, remaining, limit, seconds until all of it is back)."""

    limits: tuple[tuple[str, int, int, float], ...]


@dataclass(frozen=True, slots=True)
class ModelFault:
    """The model refused one of our events, or reports trouble; the session usually lives on."""

    code: str
    param: str
    is_expiry: bool


# --- from a tool, from a supervisor -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool's answer for the model. `hang_up` asks the session to end the call once the goodbye was heard.

    `leaves_line`: the carrier takes the call away; what comes of it is told when it is back.
    """

    call_id: str
    output: str
    is_error: bool = False
    hang_up: bool = False
    leaves_line: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What a supervisor tells the assistant, unheard by the caller, or (`aloud`) has it say word for word.

    `ref` names it: what is known already is not told twice.
    """

    ref: str
    text: str
    aloud: bool = False


@dataclass(frozen=True, slots=True)
class Awaited:
    """A tool was answered with "not yet": a supervisor is to decide. The caller is kept company until `Decided`."""

    ref: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A supervisor has decided, or nobody did in time: what came of the tool, in words for the model."""

    ref: str
    text: str
    hang_up: bool = False


@dataclass(frozen=True, slots=True)
class RecordingRefused:
    """The caller's refusal has been carried out. `ends`: we do not go on without a recording."""

    ends: bool
    by_key: bool = False


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The wish for no more calls has been carried out; `words` are to be said of it, and the call ends."""

    words: str


SupervisorMessage = Advice | Awaited | Decided
CarrierMessage = StreamStarted | CallerAudio | KeyPressed | MarkReturned | StreamStopped | StreamBroken
ModelMessage = (
    ModelReady
    | ModelLost
    | SpareReady
    | SpareLost
    | SpeechStarted
    | SpeechStopped
    | CallerWords
    | CallerWordsFailed
    | ResponseStarted
    | AudioDelta
    | AssistantWords
    | ToolCalled
    | ResponseEnded
    | SummaryWritten
    | AsideEnded
    | TranscriptionUsage
    | LineMessage
    | RateLimits
    | ModelFault
)
