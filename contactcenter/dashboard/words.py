"""How codes, times and numbers are said to people: filters every template has, and the sentences behind them."""

from django import template
from django.utils import timezone

from calls.lifecycle import EndedReason, FailureClass, Phase
from calls.models import Call, CallEvent
from compliance.numbers import is_withheld, readable
from compliance.redaction import mask_address
from contactcenter.dashboard.event_words import EVENTS
from contactcenter.dashboard.test_call_words import ENDINGS_OF_TESTS

register = template.Library()

_ROOM_IN_ROW = 110  # characters

PHASES = {
    Phase.RINGING: "Ringing",
    Phase.WITH_ASSISTANT: "With assistant",
    Phase.TRANSFERRING: "Going to a person",
    Phase.QUEUED: "Waiting for a person",
    Phase.WITH_AGENT: "With a person",
    Phase.ON_HOLD: "On hold",
    Phase.CAPTURING: "Keying in a secret",
    Phase.VOICEMAIL: "Leaving a message",
    Phase.CLOSED: "Ended",
}

ENDINGS = {
    EndedReason.UNKNOWN: "It is not known why the call ended.",
    EndedReason.CALLER_HUNG_UP: "The caller hung up.",
    EndedReason.NOT_ANSWERED: "The call was given up before it was answered.",
    EndedReason.ASSISTANT_ENDED: "The assistant said goodbye and ended the call.",
    EndedReason.ASSISTANT_FAREWELL: "The assistant had said goodbye; the line was released a few seconds later.",
    EndedReason.CALLER_SILENT: "The caller said nothing, so the assistant ended the call.",
    EndedReason.CALL_TOO_LONG: "The call reached its greatest length, so the assistant ended it.",
    EndedReason.SUPERVISOR_ENDED: "A supervisor ended the call.",
    EndedReason.AGENT_ENDED: "The person who had taken the call ended it.",
    EndedReason.NOBODY_FREE: "Nobody was free to take the call; the caller was told so.",
    EndedReason.VOICEMAIL_LEFT: "The caller left a message.",
    EndedReason.MACHINE_ANSWERED: "A machine answered, and no message was left there.",
    EndedReason.MESSAGE_DELIVERED: "A machine answered, and our message was left there.",
    EndedReason.NOT_DIALLED: "The call was permitted, and nobody was rung.",
    EndedReason.MESSAGE_PLAYED: "The caller heard the message of this number.",
    EndedReason.RECORDING_REFUSED: "The caller did not want to be recorded, and this number does not go on without.",
    EndedReason.OPTED_OUT: "They want no more calls; that was confirmed and the call ended.",
    EndedReason.UNKNOWN_NUMBER: "The number called is not in service here.",
    EndedReason.NO_ASSISTANT: "No assistant was ready to take calls to this number.",
    EndedReason.NO_ROOM: "We held as many calls as we could; the caller was told so.",
    EndedReason.CARRIER_FAILED: "The telephone network failed the call.",
    EndedReason.REJECTED: "The call was not picked up, as the rules of this number say.",
    EndedReason.STREAM_REFUSED: "The audio connection was refused.",
    EndedReason.STREAM_LOST: "The audio connection to the telephone network broke.",
    EndedReason.STREAM_MALFORMED: "The telephone network sent audio we could not read.",
    EndedReason.MODEL_UNREACHABLE: "The AI model could not be reached.",
    EndedReason.MODEL_LOST: "The connection to the AI model was lost.",
    EndedReason.BRIDGE_FAILED: "A fault of ours ended the conversation.",
    EndedReason.INTAKE_FAILED: "We could not take the call; the caller was told so.",
}

FAILURES = {
    FailureClass.NONE: "",
    FailureClass.OURS: "our fault",
    FailureClass.MODEL: "AI model",
    FailureClass.CARRIER: "telephone network",
}

PARTIES = {
    "customer": "Caller",
    "caller": "Caller",
    "assistant": "Assistant",
    "agent": "Agent",
}

# What the called operator's check of the caller's signed number gave (STIR/SHAKEN), in Twilio's words.
# https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir
ATTESTATIONS = {
    "TN-Validation-Passed-A": "The caller's operator vouches for the number (level A).",
    "TN-Validation-Passed-B": "The operator knows the caller, but not whether the number is theirs (level B).",
    "TN-Validation-Passed-C": "The call came through a gateway; nobody vouches for the number (level C).",
    "TN-Validation-Failed-A": "The signature does not fit: the number may be forged.",
    "TN-Validation-Failed-B": "The signature does not fit: the number may be forged.",
    "TN-Validation-Failed-C": "The signature does not fit: the number may be forged.",
    "TN-Validation-Failed": "The signature does not fit: the number may be forged.",
    "No-TN-Validation": "The call carried no signature.",
}

TRANSFERS = {
    "assistant_lost": "The connection to the assistant was lost.",
    "intake_failed": "We could not take the call ourselves.",
    "refer": "The caller was sent on by SIP.",
}

# Kinds of event that carry a sentence of their own.
_SENTENCES = {"call_received": "why", "note_taken": "text", "facts_nudged": "missing", "rule_fired": "rule"}


@register.filter
def phase_words(phase: str) -> str:
    """A call's phase."""
    return PHASES[Phase(phase)]


@register.filter
def state_words(call: Call) -> str:
    """What a call is doing: its phase, or that it is about to end."""
    is_with_assistant = call.phase in (Phase.RINGING, Phase.WITH_ASSISTANT)
    is_ending = is_with_assistant and call.ended_reason != EndedReason.UNKNOWN
    return "Ending" if is_ending else phase_words(call.phase)


@register.filter
def attestation_words(verstat: str) -> str:
    """The carrier's word on the caller's number, as a sentence."""
    return ATTESTATIONS.get(verstat, verstat)


@register.filter
def transfer_words(reason: str) -> str:
    """Why a call was handed over, as a sentence."""
    return TRANSFERS.get(reason, reason.replace("_", " ").capitalize())


@register.filter
def ending_words(reason: str) -> str:
    """Why a call ended, as a sentence."""
    return ENDINGS[EndedReason(reason)]


# The same of a call that we placed, where it says something else.
_ENDINGS_OF_OURS = {
    EndedReason.CALLER_HUNG_UP: "They hung up.",
    EndedReason.NOT_ANSWERED: "Nobody answered.",
    EndedReason.CALLER_SILENT: "They said nothing, so the assistant ended the call.",
    EndedReason.NOBODY_FREE: "Nobody was free to speak with them; they were told so.",
    EndedReason.AGENT_ENDED: "The colleague who spoke with them ended the call.",
    EndedReason.INTAKE_FAILED: "They answered, and a fault of ours kept us from speaking.",
}


@register.filter
def ending_of(call: Call) -> str:
    """Why a call ended, as a sentence that fits whoever had placed it."""
    reason = EndedReason(call.ended_reason)
    ours = _ENDINGS_OF_OURS if call.direction == Call.Direction.OUTBOUND else {}
    return (ENDINGS_OF_TESTS if call.is_test else ours).get(reason, ENDINGS[reason])


@register.filter
def failure_words(failure: str) -> str:
    """Whose fault it was."""
    return FAILURES[FailureClass(failure)]


@register.filter
def party_words(party: str) -> str:
    """Who speaks."""
    return PARTIES[party]


@register.filter
def event_words(kind: str) -> str:
    """A call event's kind."""
    return EVENTS.get(kind, kind.replace("_", " ").capitalize())


@register.filter
def event_details(event: CallEvent) -> str:
    """What is known of an event beyond its kind: `digit 5`, `name end_call`; of some a sentence tells it all."""
    if sentence := event.data.get(_SENTENCES.get(event.kind, "")):
        return str(sentence)
    known = {name.replace("_", " "): value for name, value in event.data.items() if value not in ("", None, False)}
    return ", ".join(name if value is True else f"{name} {value}" for name, value in known.items())


@register.filter
def last_words(text: str) -> str:
    """The end of what was said, as much of it as a row has room for."""
    text = " ".join(text.split())
    if len(text) <= _ROOM_IN_ROW:
        return text
    end = text[-_ROOM_IN_ROW:]
    return "…" + (end.partition(" ")[2] or end)


@register.filter
def masked(address: str) -> str:
    """A telephone address as everybody may see it."""
    return "Number withheld" if is_withheld(address) else mask_address(address)


@register.filter
def spelled(address: str) -> str:
    """A telephone number in full, as people of its country read it."""
    return "Number withheld" if is_withheld(address) else readable(address)


@register.filter
def clock(ms: int | None) -> str:
    """Milliseconds as m:ss, or h:mm:ss from an hour on."""
    if ms is None:
        return ""
    seconds = max(ms, 0) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


@register.filter
def second(ms: int) -> int:
    """Milliseconds as whole seconds, for an address that leads to this moment (`?t=83`)."""
    return max(ms, 0) // 1000


@register.filter
def took(ms: int | None) -> str:
    """A short time as people say it: `610 ms`, `1.2 s`."""
    if ms is None:
        return ""
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


@register.filter
def percent(share: float) -> str:
    """A share from 0 to 1 as `98 %`; never 100 % of less, nor 0 % of more."""
    rounded = round(share * 100)
    return f"{min(max(rounded, 1), 99) if 0 < share < 1 else rounded} %"


@register.filter
def lasted(call: Call) -> int | None:
    """How long a call lasted, in milliseconds from the first ring; None while it goes on."""
    if call.ended_at is None:
        return None
    return int((call.ended_at - call.started_at).total_seconds() * 1000)


@register.filter
def running(call: Call) -> int:
    """How long a call has lasted by now, in milliseconds from the first ring; a browser counts on from there."""
    return int(((call.ended_at or timezone.now()) - call.started_at).total_seconds() * 1000)
