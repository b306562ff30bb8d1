"""What the voice session orders: of the model, of the carrier, of the books and of its shell.

An effect is performed once, in the order given. Audio payloads are base64 text of G.711 and pass through unchanged.
"""

from dataclasses import dataclass, field
from typing import Any

from calls.voice.messages import EndReason, Party


@dataclass(frozen=True, slots=True)
class AppendAudio:
    """To the model: caller audio, base64 G.711, unchanged."""

    payload: str


@dataclass(frozen=True, slots=True)
class Respond:
    """To the model: make a response; `instructions` only when this one differs from the prompt."""

    instructions: str = ""


@dataclass(frozen=True, slots=True)
class CancelResponse:
    """To the model: stop the response under way."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Truncate:
    """To the model: of this item only `audio_end_ms` were heard."""

    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class AddMessage:
    """To the model: something that was said, or that it should know. `role` is user, assistant or system.

    `item_id`: by which we shall name it; `after`: behind which item it stands (root: in front), empty: at the end.
    """

    role: str
    text: str
    item_id: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class DeleteItem:
    """To the model: this item is no longer part of the conversation."""

    item_id: str


@dataclass(frozen=True, slots=True)
class AddToolCall:
    """To the model: a tool call it made in an earlier session of this call."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class AnswerTool:
    """To the model: the output of a tool call."""

    call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class Summarise:
    """To the model: write these lines down in a few sentences, beside the conversation."""

    text: str


@dataclass(frozen=True, slots=True)
class CommitAudio:
    """To the model: the caller is gone in mid-sentence; take what was said as a whole."""


@dataclass(frozen=True, slots=True)
class SilenceOutput:
    """To the model, by SIP: drop what the caller has not heard yet."""


@dataclass(frozen=True, slots=True)
class RetrieveItem:
    """To the model, by SIP: tell us this item, which we have missed."""

    item_id: str


@dataclass(frozen=True, slots=True)
class ListenAgain:
    """To the model: from now on the caller may interrupt (turn detection as the prompt version has it)."""


@dataclass(frozen=True, slots=True)
class SwitchModel:
    """To the model's line: what follows goes to the spare session; close the one before."""


@dataclass(frozen=True, slots=True)
class SpeakLanguage:
    """To the model's line: the caller speaks this language from now on. `voice` is for the next session."""

    language: str
    voice: str = ""


@dataclass(frozen=True, slots=True)
class PlayAudio:
    """To the carrier: play this, base64 G.711, unchanged."""

    payload: str


@dataclass(frozen=True, slots=True)
class Mark:
    """To the carrier: tell us when everything before this was played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """To the carrier: drop what has not been played yet."""


@dataclass(frozen=True, slots=True)
class RunTool:
    """To the shell: run a tool and feed its answer back. `key`: the caller's key has begun it, not the model."""

    call_id: str
    name: str
    arguments: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class RefuseRecording:
    """To the shell: the caller does not want to be recorded; `said` are their words, or the key."""

    said: str
    by_key: bool = False


@dataclass(frozen=True, slots=True)
class OptOut:
    """To the shell: they want no more calls; `said` are their words, or the key. To be kept whatever happens."""

    said: str
    by_key: bool = False
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class MachineHeard:
    """To the shell: a machine has answered; `how` is `tone` (its tone is over) or `words`."""

    how: str


@dataclass(frozen=True, slots=True)
class Words:
    """To the floor: what this party has said so far in the current turn."""

    party: Party
    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnSpoken:
    """To the books: one stretch of speech as known now; the same `item_id` again replaces it.

    `text` is what was heard; `unheard` is the rest of what the assistant meant to say, when the caller cut it.
    `response_ms` is the caller's wait from the end of their speech to the first sound of this turn.
    """

    party: Party
    item_id: str
    started_ms: int
    ended_ms: int | None
    text: str
    unheard: str = ""
    is_cut: bool = False
    is_final: bool = True
    response_ms: int | None = None
    transcription_failed: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """To the books: something that happened, on the call's clock."""

    kind: str
    at_ms: int
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Used:
    """To the books: a usage record; `kind` is response or transcription, `ref` the vendor's id."""

    kind: str
    ref: str
    usage: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Remember:
    """To the books: what another process needs to go on with this conversation (see `resume`)."""

    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenModel:
    """To the shell: open a new session of the model after this long, whatever became of the one before."""

    after_ms: int = 0


@dataclass(frozen=True, slots=True)
class OpenSpare:
    """To the shell: open a second session beside the one in use."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """To the shell: end the call at the carrier, now."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class Linger:
    """To the shell: the caller is gone, the last words are still being written down; call `time_is_up` soon."""


@dataclass(frozen=True, slots=True)
class Ended:
    """To the shell: the session is over; close both sockets."""

    reason: EndReason


ToModel = (
    AppendAudio
    | Respond
    | CancelResponse
    | Truncate
    | AddMessage
    | DeleteItem
    | AddToolCall
    | AnswerTool
    | Summarise
    | CommitAudio
    | SilenceOutput
    | RetrieveItem
    | ListenAgain
)
ToModelLine = SwitchModel | SpeakLanguage
ToCarrier = PlayAudio | Mark | Clear
ToBooks = TurnSpoken | Noted | Used | Remember
ToShell = RunTool | RefuseRecording | OptOut | MachineHeard | Words | OpenModel | OpenSpare | HangUp | Linger | Ended
Effect = ToModel | ToModelLine | ToCarrier | ToBooks | ToShell
