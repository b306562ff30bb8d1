"""Why a call ended. Several facts may each suggest a reason; the most telling wins, whatever came first."""

from enum import StrEnum

from calls.lifecycle.leg import LegStatus


class EndedReason(StrEnum):
    """Why a call ended: the code; the sentence is made where it is shown."""

    UNKNOWN = "unknown"
    CALLER_HUNG_UP = "caller_hung_up"
    NOT_ANSWERED = "not_answered"
    ASSISTANT_ENDED = "assistant_ended"
    ASSISTANT_FAREWELL = "assistant_farewell"
    CALLER_SILENT = "caller_silent"
    CALL_TOO_LONG = "call_too_long"
    SUPERVISOR_ENDED = "supervisor_ended"
    AGENT_ENDED = "agent_ended"
    NOBODY_FREE = "nobody_free"
    VOICEMAIL_LEFT = "voicemail_left"
    MACHINE_ANSWERED = "machine_answered"  # and we left nothing there
    MESSAGE_DELIVERED = "message_delivered"  # of ours, on a machine
    MESSAGE_PLAYED = "message_played"
    RECORDING_REFUSED = "recording_refused"  # and this number does not go on without
    OPTED_OUT = "opted_out"  # they want no more calls
    NOT_DIALLED = "not_dialled"  # permitted, and nobody was rung
    UNKNOWN_NUMBER = "unknown_number"
    NO_ASSISTANT = "no_assistant"
    NO_ROOM = "no_room"
    CARRIER_FAILED = "carrier_failed"
    REJECTED = "rejected"  # by us: whatever the carrier makes of the line then is no fault
    STREAM_REFUSED = "stream_refused"
    STREAM_LOST = "stream_lost"
    STREAM_MALFORMED = "stream_malformed"
    MODEL_UNREACHABLE = "model_unreachable"
    MODEL_LOST = "model_lost"
    BRIDGE_FAILED = "bridge_failed"
    INTAKE_FAILED = "intake_failed"


class FailureClass(StrEnum):
    """Whose fault a bad ending was; empty means none."""

    NONE = ""
    OURS = "ours"
    MODEL = "model"
    CARRIER = "carrier"


# The more telling a reason, the later it stands: a technical fault outranks who hung up after it.
_REASON_ORDER = tuple(EndedReason)
_REASON_RANK = {reason: rank for rank, reason in enumerate(_REASON_ORDER)}

_FAILURE = {
    EndedReason.NO_ROOM: FailureClass.OURS,
    EndedReason.CARRIER_FAILED: FailureClass.CARRIER,
    EndedReason.STREAM_REFUSED: FailureClass.OURS,
    EndedReason.STREAM_LOST: FailureClass.CARRIER,
    EndedReason.STREAM_MALFORMED: FailureClass.CARRIER,
    EndedReason.MODEL_UNREACHABLE: FailureClass.MODEL,
    EndedReason.MODEL_LOST: FailureClass.MODEL,
    EndedReason.BRIDGE_FAILED: FailureClass.OURS,
    EndedReason.INTAKE_FAILED: FailureClass.OURS,
}

_REASON_OF_LEG = {
    LegStatus.COMPLETED: EndedReason.CALLER_HUNG_UP,
    LegStatus.BUSY: EndedReason.NOT_ANSWERED,
    LegStatus.NO_ANSWER: EndedReason.NOT_ANSWERED,
    LegStatus.CANCELED: EndedReason.NOT_ANSWERED,
    LegStatus.FAILED: EndedReason.CARRIER_FAILED,
}


def reason_after(known: EndedReason, suggested: EndedReason) -> EndedReason:
    """The more telling of two reasons, whichever came first."""
    return max(known, suggested, key=_REASON_RANK.__getitem__)


def reason_of_leg(status: LegStatus) -> EndedReason:
    """What a leg's end says by itself about why the call ended. Raises KeyError for a leg that has not ended."""
    return _REASON_OF_LEG[status]


def failure_class(reason: EndedReason) -> FailureClass:
    """Whose fault this ending was; empty when nobody's."""
    return _FAILURE.get(reason, FailureClass.NONE)
