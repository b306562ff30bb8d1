"""What can become of a call that comes in, or comes back: one value for each, for the webhook to put into words."""

from dataclasses import dataclass

from calls.control.bridges import Place
from calls.intake.conversation import Conversation
from calls.models import Call
from compliance.disclosures import OpeningWords


@dataclass(frozen=True, slots=True)
class WithAssistant:
    """The call goes to an assistant through a media stream; `nonce` names the stream, `ticket` is its signed form.

    `conversation`: None where another process holds it and nothing of it is needed to answer the carrier.

    With a `sip_token` it goes there by SIP instead, and there is no stream; `sip_edge` is the carrier's edge nearest to
    the caller, empty for the one of the settings.
    """

    call: Call
    nonce: str
    ticket: str
    place: Place
    opening: OpeningWords | None  # None: they were spoken already
    conversation: Conversation | None
    is_recorded: bool
    sip_token: str = ""
    sip_line: int = 0
    sip_edge: str = ""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The caller is asked whether they may be recorded, before anything is; `attempt` counts the questions."""

    call: Call
    question: OpeningWords
    attempt: int


@dataclass(frozen=True, slots=True)
class Parked:
    """The caller sits in the call's room and waits for a person; `words` are said before they are in it."""

    call: Call
    words: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class LeaveMessage:
    """The caller may leave a message; `greeting` says so, and that it is recorded."""

    call: Call
    greeting: OpeningWords


@dataclass(frozen=True, slots=True)
class OfferCallback:
    """The caller may press a key to be called back; whoever presses none is where they were."""

    call: Call


@dataclass(frozen=True, slots=True)
class Told:
    """The caller hears these words, or some of the house where nobody wrote any, and the call ends."""

    call: Call
    words: str
    is_closed: bool  # else there are too many calls


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The call is not picked up; the caller hears the busy tone, or that the number cannot be reached."""

    call: Call
    is_busy: bool


@dataclass(frozen=True, slots=True)
class NotInService:
    """Nobody answers this number."""

    call: Call


@dataclass(frozen=True, slots=True)
class NobodyHere:
    """The number is ours, but its assistant cannot take calls."""

    call: Call


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Its assistant could, but we hold as many calls as we can."""

    call: Call


Answer = WithAssistant | AskConsent | Parked | LeaveMessage | Told | TurnedAway | NotInService | NobodyHere | NoRoom
