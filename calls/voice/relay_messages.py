"""What a text conversation is told, and what it asks for, where the carrier listens and speaks (ConversationRelay).

Keys, tools, supervisors and everything for the books are those of the voice session (`messages`, `effects`); here is
only what a line of text has of its own. All times are milliseconds since the line opened, on the shell's clock.
"""

from dataclasses import dataclass, field
from typing import Any

from calls.voice import effects as e
from calls.voice import messages as m

# --- from the carrier -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prompted:
    """The caller has said this (`is_last`), or this so far; `lang` as the carrier tells it."""

    text: str
    lang: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller spoke, or pressed a key, while they heard us: `heard` is what they had heard of it by then."""

    heard: str
    after_ms: int


@dataclass(frozen=True, slots=True)
class Speaking:
    """The carrier began (`is_on`) or ended to speak our words to the caller."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class Listening:
    """The carrier hears the caller speak (`is_on`), or not any more."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class Played:
    """The caller has heard these words of ours."""

    text: str


@dataclass(frozen=True, slots=True)
class Complained:
    """The carrier did not understand, or could not do, something we sent."""

    what: str


RelayMessage = (
    Prompted
    | Interrupted
    | Speaking
    | Listening
    | Played
    | Complained
    | m.KeyPressed
    | m.StreamStopped
    | m.StreamBroken
)

# --- from the model ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """More words of an answer."""

    answer_id: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The answer is whole; `ref` is the model's name for it, `usage` what it is billed for."""

    answer_id: str
    ref: str
    usage: dict[str, Any]
    reason: str = ""  # why it is incomplete


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """No more comes of this answer. `is_permanent`: to ask again is no use; `unreachable`: nobody was there."""

    answer_id: str
    code: str
    is_permanent: bool = False
    unreachable: bool = False


AnswerMessage = Piece | m.ToolCalled | AnswerEnded | AnswerFailed

# --- what is asked of the shell ---------------------------------------------------------------------------------------

HistoryItem = e.AddMessage | e.AddToolCall | e.AnswerTool


@dataclass(frozen=True, slots=True)
class Ask:
    """Of the model, after this long: answer this conversation; `instructions` are for this answer alone."""

    answer_id: str
    items: tuple[HistoryItem, ...]
    instructions: str = ""
    after_ms: int = 0


@dataclass(frozen=True, slots=True)
class CancelAsk:
    """Of the model: stop answering; nothing of it is wanted any more."""

    answer_id: str


@dataclass(frozen=True, slots=True)
class Say:
    """Of the carrier: speak this after what waits already; `is_last` ends the turn."""

    text: str
    is_last: bool
    is_interruptible: bool | None = None  # None: as the whole line is


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Of the carrier: send these keys down the line."""

    digits: str


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """Of the carrier: hear and speak this language from now on."""

    code: str


ToRelay = Say | SendDigits | SwitchLanguage
RelayEffect = Ask | CancelAsk | ToRelay | e.ToBooks | e.ToShell


@dataclass(frozen=True, slots=True)
class RelayPlan:
    """What the session must know of the line itself.

    `greets`: the carrier speaks the greeting by itself as soon as the line is open. `fillers` are the words for a
    pause that gets long, in turn. `languages` are those it can be switched to.
    """

    greets: bool = True
    languages: frozenset[str] = frozenset()
    fillers: tuple[str, ...] = field(default=("One moment, please.", "I am still on it.", "Thank you for waiting."))
